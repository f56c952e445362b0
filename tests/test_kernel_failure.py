"""What happens in a real kernel when something goes wrong: exceptions, refusals, deaths, stops."""

from __future__ import annotations

import re
import sys

import psutil
import pytest

from kernel import KILL, KILLED, MEET, Notebook, check_frames, is_alive, wait_until
from marks import by_any_method, on_each_backend, on_processes, on_workers


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what most tests use."""
    notebook.do("import os, parmagic, sys, threading\ndef same(x): return x")
    notebook.do(MEET)


@on_each_backend
def test_an_exception_arrives_as_it_was_raised(notebook: Notebook, backend: str) -> None:
    """Its class and arguments, its cell and line, the item, and nothing of ours."""
    notebook.do(
        "def outer(x):\n"
        "    return inner(x)\n"
        "\n"
        "def inner(x):\n"
        "    if x == 2:\n"
        "        raise KeyError('no', x)\n"
        "    return x"
    )

    error = notebook.run(f"%pmap -q -b {backend} outer range(4)").error

    assert (error.ename, error.evalue) == ("KeyError", "('no', 2)")
    assert ", line 2, in outer(x)" in error.traceback
    assert ", line 6, in inner(x)" in error.traceback
    assert "----> 6         raise KeyError('no', x)" in error.traceback
    assert "(raised by item 2 of 4, counting from 0; the item is 2)" in error.traceback
    assert error.traceback.count("KeyError: ('no', 2)") == 1
    check_frames(error)


@pytest.mark.parametrize("backend", ["serial", "thread", "process", "pool"])  # with numpy
def test_debug_lands_in_the_line_that_raised(notebook: Notebook, backend: str) -> None:
    """`%debug` after an error in a worker shows its frames in the source, up to the caller."""
    notebook.do(
        "def caller(x):\n"
        "    y = x + 1\n"
        "    return broken(y)\n"
        "def broken(number, *, by=0):\n"
        "    seen = {'table': np.zeros(3)}\n"
        "    return number / by"
    )
    notebook.do("import numpy as np")
    notebook.run(f"%pmap -q -b {backend} caller [4]")

    asked = "p ('number', number + 1)", "p seen", "p ('there', caller)", "up", "p ('x', x)", "q"
    reply = notebook.answer("%colors NoColor\n%debug", *asked)

    if sys.platform != "win32":  # there the debugger finds no cell: it looks for lower-case names
        assert "----> 6     return number / by" in reply.stdout
        assert "----> 3     return broken(y)" in reply.stdout
    assert "('number', 6)" in reply.stdout
    assert "{'table': array([0., 0., 0.])}" in reply.stdout
    assert "('there', <function caller" in reply.stdout  # what is global in the notebook
    assert "('x', 4)" in reply.stdout
    assert "worker.py" not in reply.stdout
    assert reply.status == "ok"


@on_each_backend
@pytest.mark.parametrize(
    "cell",
    [
        "zero = 0\n\n%pmap -q -b {backend} x / zero for x in [5]",
        "zero = 0\n\n%pmap -q -b {backend} lambda x: x / zero [5]",
        "def inside(zero):\n    x = 1\n    %pmap -q -b {backend} x / zero for x in [5]\ninside(0)",
        "zero = 0\n\n%pmap -q -b {backend} same(x) / zero for x in [5]",
    ],
)
@by_any_method
def test_an_expression_fails_at_its_own_line_which_is_shown_once(
    notebook: Notebook, backend: str, cell: str
) -> None:
    """As in a plain loop: nobody wrote the function that the expression is made."""
    error = notebook.run("def same(x): return x\n" + cell.format(backend=backend)).error

    assert error.ename == "ZeroDivisionError"
    arrows = [line for line in error.traceback.splitlines() if "--> " in line]
    assert [line for line in arrows if "zero for x" in line or "lambda x" in line] == arrows[-1:]
    assert "/ zero" in arrows[-1]
    assert "<" not in error.traceback
    assert "(raised by item 0 of 1, counting from 0; the item is 5)" in error.traceback
    check_frames(error)


@on_each_backend
@pytest.mark.parametrize(
    "cell",
    [
        "values = [\n    same(x) / 0\n    for x in [5]\n]",
        "found = []\nfor x in [5, 6]:\n    found.append(same(x) / 0)",
    ],
)
@by_any_method
def test_the_code_of_a_cell_that_fails_is_shown_once(
    notebook: Notebook, backend: str, cell: str
) -> None:
    """Elements and turns are tasks, and still are shown where they stand."""
    notebook.do("def same(x): return x")

    error = notebook.run(f"%%parallel -q -b {backend}\n{cell}").error

    assert len(re.findall(r"^(-+> )?\d* .*same\(x\) / 0\)?$", error.traceback, re.MULTILINE)) == 1
    assert "<" not in error.traceback
    check_frames(error)


@on_each_backend
@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("for x in [5]:\n    y = fails(x)\n    print(y)\n    z = 1", 3),
        ("for x in [5]:\n    if x:\n        fails(x)\n    else:\n        z = 1\n    z = 2", 4),
        ("found = []\nfor x in [5]:\n    same(x)\n    found.append(found[x])\n    z = 2", 5),
        ("values = [\n    fails(x)\n    for x in [5]\n    if x\n]", 3),
        ("for x in map(int, ['x']):\n    same(x)\n    z = 1", 2),
    ],
)
@by_any_method
def test_a_cell_that_fails_is_shown_at_the_line_that_does(
    notebook: Notebook, backend: str, cell: str, line: int
) -> None:
    """Of a loop or a comprehension over several lines, as IPython shows it for a plain cell."""
    notebook.do("def same(x): return x\ndef fails(x): raise ValueError(x)")

    error = notebook.run(f"%%parallel -q -b {backend}\n{cell}").error

    arrows = re.findall(r"^-+> (\d+) (?!.*run_cell_magic|def )", error.traceback, re.MULTILINE)
    assert arrows[0] == str(line), error.traceback
    assert set(arrows) == {str(line)}, error.traceback
    check_frames(error)


@pytest.mark.parametrize(
    "code", ["same range(1 // 0)", "same xs[5]", "[].x xs", "same open('no such file')"]
)
@by_any_method
def test_code_that_fails_before_any_task_is_shown_once(notebook: Notebook, code: str) -> None:
    """What makes the items or the function, evaluated in the notebook."""
    notebook.do("xs = [1]\ndef same(x): return x")

    alone = notebook.run(f"x = 1\n%pmap {code}").error
    inside = notebook.run(f"def asks():\n    %pmap {code}\nasks()").error

    assert alone.traceback.count("run_line_magic") == 1
    assert inside.traceback.count("> 2     get_ipython().run_line_magic") == 1
    for error in (alone, inside):
        assert error.ename in (
            "ZeroDivisionError",
            "IndexError",
            "AttributeError",
            "FileNotFoundError",
        )
        check_frames(error)


@pytest.mark.parametrize("call", ["same, 5", "same, [1], workers=0", "None, [1]", "same"])
@by_any_method
def test_a_wrong_argument_of_the_function_shows_the_line_that_has_it(
    notebook: Notebook, call: str
) -> None:
    """And no line of parmagic's own."""
    notebook.do("import parmagic\ndef same(x): return x")

    error = notebook.run(f"parmagic.pmap({call})").error

    assert error.ename in ("PlanError", "TypeError")
    assert error.traceback.count("-> ") == 1
    check_frames(error)


@on_processes
def test_what_of_a_named_tuple_cannot_be_sent_is_named(notebook: Notebook, backend: str) -> None:
    """Its class can."""
    notebook.do(
        "import collections, threading\n"
        "def same(x): return x\n"
        "Own = collections.namedtuple('Own', 'a')\n"
        "own = Own(threading.Lock())"
    )

    error = notebook.run(f"%pmap -b {backend} same [own]").error

    assert "because of `item.a` (_thread.lock)" in error.evalue


ITEMS = {
    "%pmap -q fails(x) for x in [7] if x": "; the item is 7",
    "%pmap -q fails(x, y) for x, y in [(1, 2)]": "; the item is (1, 2)",
    "%pmap -q fails(3) for x in [7]": "",
    "%%parallel -q\nfound = [fails(x) for x in [7]]": "; the item is 7",
    "%%parallel -q\nfound = [fails(x, y) for x, y in [(1, 2)]]": "; the item is (1, 2)",
    "%%parallel -q\nfound = [fails(3) for x in [7]]": "",
    "%%parallel -q\nimport numpy\nfound = [fails(x) for x in [numpy.zeros(2)]]": (
        "; the item is array([0., 0.])"  # which is not compared with anything: it may refuse
    ),
    "import pandas\nrow = pandas.Series({'a': 1, 'b': 2})\n%pmap -q fails [row]": (
        "; the item is a 1 b 2 dtype: int64"  # in one line, as the rest
    ),
    "%%parallel -q\nfound = []\nfor x in [7]:\n    found.append(fails(x))": "; the item is 7",
    "fails = parmagic.pmap(fails, [1], [2])": "; the item is (1, 2)",
}


@pytest.mark.parametrize(("cell", "shown"), ITEMS.items(), ids=ITEMS)
@by_any_method
def test_an_item_is_said_as_it_was_written(notebook: Notebook, cell: str, shown: str) -> None:
    """Also where we give tasks a tuple of it, or nothing as they read nothing."""
    notebook.do("def fails(*given): raise ValueError(given)")

    error = notebook.run(cell).error

    assert f"(raised by item 0 of 1, counting from 0{shown})" in error.traceback


UNSENT = {
    "found = [same(x) for x in locks]": "item 0 (_thread.lock) cannot be sent to another process (",
    "for x in locks:\n    same(x)": "item 0 (_thread.lock) cannot be sent to another process (",
    "a = same(1)\nb = same(locks)": (
        "an argument of the call cannot be sent to another process because of `call.args[0][0]` ("
    ),
    "a = same(1)\nb = same(x=boxes)": (
        "an argument of the call cannot be sent to another process because of "
        "`call.kwargs['x']['a']` ("
    ),
}


@pytest.mark.parametrize(("cell", "message"), UNSENT.items(), ids=UNSENT)
@by_any_method
def test_what_cannot_be_sent_of_a_cell_is_named_as_it_was_written(
    notebook: Notebook, cell: str, message: str
) -> None:
    """Not as the tuples that we make of it."""
    notebook.do("locks = [threading.Lock()]\nboxes = {'a': threading.Lock()}")

    error = notebook.run(f"%%parallel -q\n{cell}").error

    assert error.evalue.startswith(message)
    check_frames(error)


@on_each_backend
@pytest.mark.parametrize("item", ["10**5000", "[10**5000]", "array()"])
@by_any_method
def test_an_item_that_cannot_be_said_hides_no_exception(
    notebook: Notebook, backend: str, item: str
) -> None:
    """Nor does a variable of a frame; Python writes no integers of more than some 4,300 digits."""
    notebook.do(
        "class array: pass\n"
        "def broken(x):\n"
        "    y = [x, 10**5000]\n"
        "    raise ValueError('as it was')"
    )

    error = notebook.run(f"%pmap -q -b {backend} broken [{item}]").error

    assert (error.ename, error.evalue.splitlines()[0]) == ("ValueError", "as it was")
    assert "(raised by item 0 of 1, counting from 0; the item is " in error.traceback
    check_frames(error)


@on_each_backend
def test_the_debugger_still_lands_in_the_expression_that_failed(
    notebook: Notebook, backend: str
) -> None:
    """Whose variables are those of the task."""
    notebook.run(f"zero = 0\n%pmap -q -b {backend} x / zero for x in [5]")

    reply = notebook.answer("%colors NoColor\n%debug", "p ('x', x)", "q")

    assert "('x', 5)" in reply.stdout


@on_each_backend
@pytest.mark.parametrize("line", ["int ['x']", "same [(1, 2)]", "len(x) for x in [3]"])
@by_any_method
def test_a_call_that_fails_before_any_line_shows_the_line_that_asked(
    notebook: Notebook, backend: str, line: str
) -> None:
    """A built-in function has no lines, and one that cannot take its arguments never began."""
    notebook.do("def same(x, /, *, y): return x")
    try:
        error = notebook.run(f"%pmap -q -b {backend} {line}").error
    finally:
        notebook.do("def same(x): return x")

    assert error.ename in ("ValueError", "TypeError")
    check_frames(error)
    assert error.traceback.count("----> ") == 1, error.traceback
    assert "skipping hidden" not in error.traceback


@on_processes
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("-t 0.2 time.sleep [0,60]", "TimeoutError"),
        ("end [0,1]", "WorkerDied"),
    ],
)
def test_what_ends_a_task_from_outside_shows_the_line_that_asked_once(
    notebook: Notebook, backend: str, line: str, kind: str
) -> None:
    """In a cell, and in a function that a cell calls, whose line is then shown below it."""
    notebook.do("import os, time\ndef end(x): os._exit(3) if x else None")

    alone = notebook.run(f"x = 1\n%pmap -q -b {backend} {line}\ny = 2").error
    function, items = line.split(" ")[-2:]
    more = "timeout=0.2, " if "-t" in line else ""
    plain = notebook.run(f"parmagic.pmap({function}, {items}, {more}backend='{backend}')").error
    inside = notebook.run(f"def asks():\n    %pmap -q -b {backend} {line}\nasks()").error

    for error, shown in ((alone, 1), (plain, 1), (inside, 2)):
        assert error.ename == kind
        check_frames(error)
        assert error.traceback.count("-> ") == shown, error.traceback
        assert "skipping hidden" not in error.traceback
    assert "in asks()" in inside.traceback


@by_any_method
def test_an_exception_that_was_shown_can_be_sent_on(notebook: Notebook) -> None:
    """Nothing that serves to show it stands in the way of pickling it."""
    notebook.run("%pmap -q -o run int ['x']")

    assert notebook.get("import pickle\nstr(pickle.loads(pickle.dumps(run.error)))").startswith(
        "invalid literal"
    )


@by_any_method
def test_a_function_that_calls_itself_shows_its_lines(notebook: Notebook) -> None:
    """Lines that are alike are left out only where nothing of the user's is between them."""
    notebook.do("def again(x):\n    if x: again(x - 1)\n    return 1 / x")

    error = notebook.run("%pmap -q again [2]").error
    assert error.traceback.count("again(x - 1)") >= 2, error.traceback
    assert "return 1 / x" in error.traceback


@on_each_backend
def test_what_follows_a_failure_does_not_run(notebook: Notebook, backend: str) -> None:
    """Neither the rest of the cell nor the cells that "Run All" has sent after it."""
    notebook.do("reached = []")

    failed, after = notebook.run_all(
        f"%pmap -q -b {backend} 1 / x for x in [0]\nreached.append('statement')",
        "reached.append('cell')",
    )

    assert (failed.status, after.status) == ("error", "aborted")
    assert notebook.get("reached") == []


@on_each_backend
def test_a_class_of_the_notebook_can_be_caught(notebook: Notebook, backend: str) -> None:
    """The exception is of the very class that the notebook defined, with all it carries."""
    notebook.do(
        "class Refused(Exception):\n"
        "    def __init__(self, what, why):\n"
        "        super().__init__(f'{what}: {why}')\n"
        "        self.why = why\n"
        "def refuse(x): raise Refused(x, 'tired')"
    )

    reply = notebook.do(
        "try:\n"
        f"    %pmap -q -b {backend} refuse [1]\n"
        "except Refused as error:\n"
        "    found = type(error) is Refused, error.args, error.why\n"
        "found"
    )

    assert reply.value == "(True, ('1: tired',), 'tired')"


@on_each_backend
def test_a_chain_of_exceptions_arrives_whole(notebook: Notebook, backend: str) -> None:
    """What caused an exception is shown above it, with its own lines."""
    notebook.do(
        "def fetch(x):\n"
        "    try:\n"
        "        return {}[x]\n"
        "    except KeyError as missing:\n"
        "        raise LookupError('nothing') from missing"
    )

    error = notebook.run(f"%pmap -q -b {backend} fetch ['it']").error

    assert error.ename == "LookupError"
    assert "KeyError: 'it'" in error.traceback
    assert "the direct cause of the following exception" in error.traceback
    assert "return {}[x]" in error.traceback
    check_frames(error)


@on_each_backend
def test_the_record_is_kept_when_a_task_fails(notebook: Notebook, backend: str) -> None:
    """Values in their places, the exception where it was raised, PENDING where none was reached."""
    notebook.run(f"%pmap -q -b {backend} -w 1 -o run 1 / x for x in [4, 0] + [1] * 998")

    assert notebook.get("run is parmagic.last_run(), len(run.values), len(run.tasks)") == (
        True,
        1000,
        1000,
    )
    assert notebook.get("run.values[0], type(run.values[1]).__name__") == (
        0.25,
        "ZeroDivisionError",
    )
    assert notebook.get("run.error is run.values[1] is run.tasks[1].error")
    assert notebook.get("run.values[-1] is parmagic.PENDING")
    assert notebook.get("run.tasks[-1].started, run.tasks[-1].worker") == (None, None)
    assert notebook.get("run.complete") is False


@on_each_backend
def test_the_headline_of_a_failed_run_claims_nothing(notebook: Notebook, backend: str) -> None:
    """It says how far the run came and what stopped it, and no chart is shown."""
    reply = notebook.run(f"%pmap -b {backend} -w 1 --plot 1 / x for x in [4, 0]")

    assert reply.stdout.startswith("1 of 2 tasks on ")
    assert "stopped by ZeroDivisionError in task 1; what was done: " in reply.stdout
    assert not reply.displays


@on_each_backend
def test_a_generator_that_raises_keeps_what_it_gave(notebook: Notebook, backend: str) -> None:
    """The items before are done, and the error is the generator's own."""
    notebook.do("def numbers():\n    yield from range(5)\n    raise OSError('the file is shorter')")

    error = notebook.run(f"%pmap -q -b {backend} -o run same numbers()").error

    assert error.ename == "OSError"
    assert ", line 3, in numbers()" in error.traceback
    check_frames(error)
    assert notebook.get("run.values") == [0, 1, 2, 3, 4]


@on_workers
def test_a_result_that_cannot_be_sent_is_named(notebook: Notebook, backend: str) -> None:
    """The message says what came back, from which item, and what to do."""
    notebook.do("def lock(x): return threading.Lock() if x else x")

    error = notebook.run(f"%pmap -q -b {backend} -w 1 -o run lock range(2)").error

    assert error.ename == "TravelError"
    assert "the task returned a _thread.lock" in error.evalue
    assert "`--backend thread`" in error.evalue
    assert "item 1 of 2" in error.traceback
    check_frames(error)
    assert notebook.get("run.values[0]") == 0
    assert notebook.run("%pmap -q -b thread lock range(2)").status == "ok"


@on_workers
def test_an_item_that_cannot_be_sent_is_named(notebook: Notebook, backend: str) -> None:
    """The message says which item, of which type, and what to do."""
    error = notebook.run(f"%pmap -q -b {backend} -w 1 same [0, threading.Lock()]").error

    assert error.ename == "TravelError"
    assert error.evalue.startswith("item 1 (_thread.lock) cannot be sent to another process")
    assert "let tasks return values instead" in error.evalue
    check_frames(error)
    error = notebook.run(f"%pmap -q -b {backend} -w 1 same [open(os.devnull)]").error
    assert "make it inside the task" in error.evalue


@on_workers
def test_what_a_function_among_the_items_holds_that_cannot_be_sent_is_named(
    notebook: Notebook, backend: str
) -> None:
    """Not its source, which is there; also if it is held by another function."""
    notebook.do(
        "def locked():\n"
        "    lock = threading.Lock()\n"
        "    def inner(x): return inner, lock\n"
        "    return lambda x: inner(x)"
    )

    error = notebook.run(f"%pmap -q -b {backend} f(1) for f in [locked()]").error
    assert (
        "because of `item (its variable inner) (its variable lock)` (_thread.lock)" in error.evalue
    )
    error = notebook.run(f"%pmap -q -b {backend} f['a'] for f in [{{'a': locked()}}]").error
    assert "because of `item['a'] (its variable inner) (its variable lock)`" in error.evalue


@on_workers
def test_of_an_iterator_it_is_said_to_make_a_list(notebook: Notebook, backend: str) -> None:
    """Wherever it is: among the items, what a task reads, or what it returns."""
    notebook.do("def lazy(n): return (i for i in range(n))\nones = iter([1])")

    error = notebook.run(f"%pmap -q -b {backend} list(x) for x in [lazy(2)]").error
    assert "'generator' object): make a list of it, or use" in error.evalue
    error = notebook.run(f"%pmap -q -b {backend} lazy [2]").error
    assert "'generator' object): return a list of it, or use" in error.evalue
    message = notebook.run(f"%pmap -q -b {backend} (list(ones), x) for x in [2]").usage_error
    assert "(workers cannot share an iterator): make a list of it, or use" in message


@on_workers
def test_an_instance_of_a_class_that_a_task_makes_is_refused_with_the_cure(
    notebook: Notebook, backend: str
) -> None:
    """The notebook has no such class."""
    notebook.do(
        "from collections import namedtuple\n"
        "def local(n):\n"
        "    class Point: pass\n"
        "    return [Point()]\n"
        "def row(n): return namedtuple('Row', 'n')(n)"
    )

    error = notebook.run(f"%pmap -q -b {backend} local [2]").error
    assert "because a function makes its class `Point`: define it outside of that" in error.evalue
    error = notebook.run(f"%pmap -q -b {backend} row [2]").error
    assert "class `Row` is not found by that name: define it by that name, outside" in error.evalue


@on_workers
def test_the_part_of_an_item_or_a_value_that_cannot_be_sent_is_named(
    notebook: Notebook, backend: str
) -> None:
    """By the way to it, not only by what is around it."""
    error = notebook.run(f"%pmap -q -b {backend} same [{{'db': [threading.Lock()]}}]").error
    assert "item 0 (dict) cannot be sent to another process" in error.evalue
    assert "because of `item['db'][0]` (_thread.lock)" in error.evalue

    notebook.do("def open_all(x): return {'log': open(os.devnull)}")
    error = notebook.run(f"%pmap -q -b {backend} open_all [1]").error
    assert "the task returned a dict, which cannot be sent back" in error.evalue
    assert "because of `value['log']` (_io.TextIOWrapper)" in error.evalue


@on_workers
def test_what_cannot_travel_is_refused_before_any_worker_starts(
    notebook: Notebook, backend: str
) -> None:
    """By name, type, cell and line, with the remedy; and with no process started."""
    notebook.do("%pmap -q -w 2 same range(2)")  # the pool is there, whatever it was before
    before = {process.pid for process in notebook.children()}
    number = notebook.do(
        "lock = threading.Lock()\ndef helper():\n    unused = 1\n    return lock.locked()"
    ).number

    message = notebook.run(f"%pmap -b {backend} (helper(), x) for x in range(3)").usage_error

    assert message.startswith(
        f"`lock` (_thread.lock), read by `helper` in In[{number}] line 4, cannot be sent to "
    )
    assert message.endswith(": let tasks return values instead, or use `--backend thread`")
    assert {process.pid for process in notebook.children()} == before
    assert notebook.get("%pmap -q -b thread (helper(), x) for x in range(2)") == [
        (False, 0),
        (False, 1),
    ]


@by_any_method
def test_threads_are_not_advised_for_what_is_only_for_the_thread_that_made_it(
    notebook: Notebook,
) -> None:
    """As a connection of sqlite3."""
    notebook.do("import sqlite3\nconn = sqlite3.connect(':memory:')\ndef ask(x): return conn, x")

    message = notebook.run("%pmap ask range(2)").usage_error

    assert message.endswith(": make it inside the function")


@on_workers
def test_what_calls_of_a_cell_would_share_is_not_to_be_made_in_each(
    notebook: Notebook, backend: str
) -> None:
    """Given to each call, as to `Process(target=..., args=(lock, ...))`."""
    notebook.do("import multiprocessing\nlock = multiprocessing.Lock()\ndef hold(lock, x): ...")

    error = notebook.run(f"%%parallel -b {backend}\nhold(lock, 1)\nhold(lock, 2)").error

    assert "(multiprocessing.synchronize.Lock): let tasks return values instead" in error.evalue


@on_workers
def test_a_function_without_source_is_refused_by_its_name(notebook: Notebook, backend: str) -> None:
    """A thread needs none."""
    notebook.do("body = 'return x'\nexec('def made(x): ' + body)")

    message = notebook.run(f"%pmap -q -b {backend} made range(2)").usage_error

    assert message.startswith("`made` (function), called in In[")
    assert "its source cannot be found" in message
    assert "define it with `def`, in a cell" in message
    assert notebook.get("%pmap -q -b thread made range(2)") == [0, 1]


@on_each_backend
def test_a_task_may_not_end_the_notebook(notebook: Notebook, backend: str) -> None:
    """`sys.exit` in a task ends that task, as an exception; the next run is as ever."""
    error = notebook.run(f"%pmap -q -b {backend} sys.exit(x) for x in [3]").error

    assert (error.ename, error.evalue) == ("SystemExit", "3")
    assert notebook.get(f"%pmap -q -b {backend} same [1]") == [1]


@on_processes
@pytest.mark.parametrize(
    ("death", "cause"),
    [("os._exit(1)", "exit code 1"), (KILL, KILLED)],
)
def test_a_worker_that_dies_is_reported_and_replaced(
    notebook: Notebook, backend: str, death: str, cause: str
) -> None:
    """WorkerDied names the task and the cause; the next run is as ever."""
    notebook.do(f"def die(x): return {death} if x == 3 else x")

    error = notebook.run(f"%pmap -q -b {backend} -w 2 -o run die range(4)").error

    assert error.ename == "WorkerDied"
    assert cause in error.evalue
    assert "item 3 of 4" in error.traceback
    check_frames(error)
    assert notebook.get("run.values[:3]") == [0, 1, 2]
    assert notebook.get(f"%pmap -q -b {backend} -w 2 same range(3)") == [0, 1, 2]


def is_noticed(process: psutil.Process, kernel: int) -> bool:
    """Tell whether the parent of a dead process knows; the kernel looks when it needs it."""
    try:
        return not process.is_running() or (process.ppid() == kernel and not is_alive(process))
    except psutil.NoSuchProcess:
        return True


def test_a_worker_that_dies_between_runs_is_replaced(notebook: Notebook) -> None:
    """Nobody need know: it had nothing to do."""
    line = "%pmap -q -w 2 (meet('.', f'{0}{{x}}', f'{0}{{1-x}}'), os.getpid()) for x in range(2)"
    pids = {pid for _, pid in notebook.get(line.format("alive"))}
    workers = [process for process in notebook.children() if process.pid in pids]
    for process in workers:
        process.kill()
    wait_until(lambda: all(is_noticed(process, notebook.pid) for process in workers))

    assert not pids & {pid for _, pid in notebook.get(line.format("again"))}


STILL_RUNNING = (
    "1 task still running: a thread cannot be stopped in the middle of a task; it takes no other\n"
)


@on_each_backend
def test_an_interrupt_stops_and_keeps_what_is_done(notebook: Notebook, backend: str) -> None:
    """There is one KeyboardInterrupt, finished values are kept, and the next run is clean."""
    mark = f"begun-{backend}"
    notebook.do(
        "def long(x, mark):\n"
        "    if x == 0: return 'done'\n"
        "    if x == 1: os.mkdir(mark)  # one step: no line of a library can be struck\n"
        "    for _ in range(2000 if x else 0):\n"
        "        time.sleep(0.01)\n"
        "        if os.access(mark + '-end', os.F_OK): return 'stopped'"
    )

    reply = notebook.stop(
        f"%pmap -b {backend} -w 1 -o run long(x, '{mark}') for x in range(8)", mark
    )

    (notebook.folder / f"{mark}-end").touch()  # a thread cannot be stopped: it takes no new task
    assert reply.error.ename == "KeyboardInterrupt"
    check_frames(reply.error)
    assert reply.stderr == (STILL_RUNNING if backend == "thread" else "")
    assert reply.error.traceback.count("run_line_magic") == 1, reply.error.traceback
    said = ", interrupted; what was done: `import parmagic; parmagic.last_run().values`\n"
    assert reply.stdout.endswith(said), reply.stdout
    notebook.do("del parmagic")  # who has only loaded the extension can run what it says
    notebook.do(reply.stdout.split("`")[1])
    assert notebook.get(
        "run is parmagic.last_run(), type(run.error).__name__, len(run.values)"
    ) == (
        True,
        "KeyboardInterrupt",
        8,
    )
    assert notebook.get("run.values[0], run.values[-1] is parmagic.PENDING") == ("done", True)
    cut = "[task.index for task in run.tasks if task.started and task.finished is None]"
    assert notebook.get(f"{cut}, run.breakdown.unfinished > run.breakdown.imbalance") == ([1], True)
    assert notebook.get(f"%pmap -q -b {backend} same range(3)") == [0, 1, 2]


@by_any_method
def test_an_interrupt_while_threads_are_started_ends_those_that_run(notebook: Notebook) -> None:
    """They take no other task: the first may be at work before the last has begun."""
    notebook.do(
        "import threading\n"
        "start, before = threading.Thread.start, threading.active_count()\n"
        "ran, go_on = [], threading.Event()\n"
        "def wait(x):\n"
        "    ran.append(x)\n"
        "    go_on.wait()\n"
        "def struck(self):\n"
        "    start(self)\n"
        "    while not ran: time.sleep(0.01)\n"
        "    raise KeyboardInterrupt"
    )

    reply = notebook.run(
        "threading.Thread.start = struck\n"
        "try: get_ipython().run_line_magic('pmap', '-q -b thread -w 2 wait range(8)')\n"
        "finally: threading.Thread.start = start"
    )

    assert reply.error.ename == "KeyboardInterrupt"
    assert reply.stderr == STILL_RUNNING
    notebook.do("go_on.set()\nwhile threading.active_count() > before: time.sleep(0.01)")
    assert notebook.get("ran") == [0]


@on_processes
def test_after_an_interrupt_no_worker_is_busy(notebook: Notebook, backend: str) -> None:
    """The processes that ran the tasks are gone when the cell has ended."""
    mark = f"pid-{backend}-{{}}"
    notebook.do(
        "def forever(x):\n"
        f"    name = '{mark}'.format(x)\n"
        "    with open(name + '~', 'w') as file: file.write(str(os.getpid()))\n"
        "    os.rename(name + '~', name)\n"
        "    if x == 1: wait_for('never')\n"
        "    while True: pass"
    )

    notebook.stop(f"%pmap -q -b {backend} -w 2 forever range(2)", mark.format(0))
    pids = {int(path.read_text()) for path in notebook.folder.glob(mark.format("[01]"))}

    assert pids
    assert not pids & {process.pid for process in notebook.children()}


def test_an_idle_worker_outlives_an_interrupt(notebook: Notebook) -> None:
    """Jupyter interrupts every process of the kernel's group, but it means the kernel."""
    line = "%pmap -q -w 2 (meet('.', f'{0}{{x}}', f'{0}{{1-x}}'), os.getpid()) for x in range(2)"
    before = {pid for _, pid in notebook.get(line.format("quiet"))}
    notebook.do("def rest(x): touch('resting'); wait_for('never')")

    notebook.stop("%pmap -q -w 1 rest [0]", "resting")

    after = {pid for _, pid in notebook.get(line.format("awake"))}
    assert len(before & after) == 1


def test_closing_the_notebook_leaves_nothing(notebook: Notebook) -> None:
    """No process and no module file is left when a kernel has been shut down."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        assert other.get("%pmap -q abs [-1]") == [1]
        started = other.children()
        assert started
        assert list(other.temporary.glob("parmagic-*"))

        other.shut_down()

        assert not any(is_alive(process) for process in started)
        assert not list(other.temporary.iterdir())


def test_unloading_leaves_no_process(notebook: Notebook) -> None:
    """Not even the helpers that multiprocessing starts beside the first process."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do("%pmap -q abs [-1]\n%pmap -q -b process abs [-1]")
        assert other.children()

        other.do("%unload_ext parmagic")

        assert not psutil.Process(other.pid).children(recursive=True)
        assert not list(other.temporary.glob("parmagic-*"))


def test_a_killed_kernel_takes_its_workers_along(notebook: Notebook) -> None:
    """Also those in the middle of a task."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do(MEET)
        other.do(
            "%config ParallelMagics.workers = 2\n"
            "def work(x):\n"
            "    meet('.', f'here{x}', f'here{1 - x}')\n"
            "    while True: pass"
        )

        other.send("%pmap work range(2)")
        wait_until(lambda: len(list(other.folder.glob("here?"))) == 2)
        started = other.children()
        assert len(started) >= 2

        other.kill()

        wait_until(lambda: not any(is_alive(process) for process in started))


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_a_worker_that_is_told_to_end_may_take_a_moment(notebook: Notebook, backend: str) -> None:
    """As on a busy machine: what it does at its end is done, such as writing what was measured."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do(
            f"{MEET}\nfrom multiprocessing.util import Finalize\n"
            "def last(name):\n    time.sleep(0.5)\n    touch(name)\n"
            "def task(x): Finalize(None, last, ('ended',), exitpriority=1)"
        )
        other.do(f"%pmap -q -w 1 -b {backend} task [1];\n%unload_ext parmagic")

        assert (other.folder / "ended").exists()


@pytest.mark.parametrize(
    ("asks", "said"),
    [
        ("input()", "EOF when reading a line"),
        ("breakpoint()", "a debugger waits for a command"),
        ("pdb.set_trace()", "a debugger waits for a command"),
    ],
)
@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_task_that_waits_to_be_typed_into_says_what_to_do(
    notebook: Notebook, backend: str, asks: str, said: str
) -> None:
    """Of a debugger that was left, IPython would show nothing at all."""
    notebook.do(f"import parmagic, pdb\ndef ask(x):\n    {asks}\n    return x")

    error = notebook.run(f"%pmap -b {backend} ask [1]").error

    assert error.ename == "EOFError"
    cure = "nobody can type into a worker: use `--backend serial`"
    assert f"{said}\n({cure})" in error.traceback
    error = notebook.run(f"parmagic.pmap(ask, [1], backend='{backend}')").error
    assert 'use `backend="serial"`)' in error.traceback
    check_frames(error)
    typed = ("yes",) if "input" in asks else ("continue",)
    if "breakpoint" not in asks:  # which a kernel leaves to the debugger of the front end
        assert notebook.answer("%pmap -b serial ask [1]", *typed).value == "[1]"
