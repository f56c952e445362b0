"""%%parallel in a real kernel: an ordinary cell whose calls run at the same time."""

from __future__ import annotations

import re

import pytest

from kernel import MEET, Notebook, check_frames
from marks import by_any_method, on_each_backend, side_by_side


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what most tests use."""
    notebook.do(
        "import os, parmagic, sys\n"
        "def square(x): return x * x\n"
        "def fail(x): raise ValueError('bad', x)\n"
        "def pair(x): return x, x + 1"
    )
    notebook.do(MEET)


@side_by_side
def test_two_calls_run_at_the_same_time_and_the_rest_waits(
    notebook: Notebook, backend: str
) -> None:
    """The example of the README: both print while the other runs, and then comes the last line."""
    reply = notebook.do(
        f"%%parallel -q -w 2 -b {backend}\n"
        "def print_numbers():\n"
        f"    print(meet('.', 'numbers-{backend}', 'letters-{backend}'))\n"
        "def print_letters():\n"
        f"    print(meet('.', 'letters-{backend}', 'numbers-{backend}'))\n"
        "print_numbers()\n"
        "print_letters()\n"
        "print('Both are done!')"
    )

    first, second, last = reply.stdout.split("\n")[:3]
    assert {first, second} == {f"numbers-{backend}", f"letters-{backend}"}
    assert last == "Both are done!"


def test_each_call_has_a_process_of_its_own(notebook: Notebook) -> None:
    """On the backend `process` no two tasks share one, and none is the kernel."""
    notebook.do("def pid(): return os.getpid()")
    notebook.do("%%parallel -q -b process\na = pid()\nb = pid()\nc = pid()")

    pids = notebook.get("{a, b, c}")
    assert len(pids) == 3
    assert notebook.pid not in pids


@on_each_backend
def test_every_form_of_a_task_statement_assigns_its_value(notebook: Notebook, backend: str) -> None:
    """Names, several names, tuples, starred names, annotated names, and none."""
    notebook.do(
        f"%%parallel -q -b {backend} -o run\n"
        "a = square(2)\n"
        "b = c = square(x=3)\n"
        "d, e = pair(4)\n"
        "f, *g = pair(*[5])\n"
        "h: int = square(**{'x': 6})\n"
        "square(7)"
    )

    assert notebook.get("a, b, c, d, e, f, g, h") == (4, 9, 9, 4, 5, 5, [6], 36)
    assert notebook.get("[task.label for task in run.tasks]") == [
        "a = square(2)",
        "b = c = square(x=3)",
        "d, e = pair(4)",
        "f, *g = pair(*[5])",
        "h: int = square(**{'x': 6})",
        "square(7)",
    ]


@on_each_backend
def test_a_call_waits_for_the_names_it_reads(notebook: Notebook, backend: str) -> None:
    """Also where a function reads the name and not the call itself."""
    notebook.do(
        f"%%parallel -q -b {backend}\n"
        "def add(): return first + second\n"
        "first = square(3)\n"
        "second = square(first)\n"
        "third = add()\n"
        "first = 100\n"
        "fourth = add()"
    )

    assert notebook.get("first, second, third, fourth") == (100, 81, 90, 181)


@side_by_side
def test_a_call_starts_when_its_own_inputs_are_there(notebook: Notebook, backend: str) -> None:
    """It waits for nobody else: here the first call ends only after the third."""
    notebook.do("def signal(path, value): touch(path); return value + 1")
    notebook.do(
        f"%%parallel -q -w 2 -b {backend}\n"
        f"slow = wait_for('third-{backend}')\n"
        "first, second = pair(2)\n"
        f"third = signal('third-{backend}', first + second)\n"
        "first = 100"
    )

    assert notebook.get("slow, first, second, third") == (None, 100, 3, 6)


@on_each_backend
def test_a_failure_undoes_what_follows_it_though_it_was_done(
    notebook: Notebook, backend: str
) -> None:
    """The first statement to fail is the serial one; also where the arguments are what fails."""
    notebook.do("early = late = 0")
    reply = notebook.run(
        f"%%parallel -q -b {backend}\nearly = square(2)\nfail(early)\nlate = square(early)"
    )
    assert (reply.error.ename, reply.error.evalue) == ("ValueError", "('bad', 4)")
    assert notebook.get("early, late") == (4, 0)

    reply = notebook.run(
        f"%%parallel -q -b {backend}\nearly = square(3)\nwrong = square(early[0])\nlate = 1"
    )
    assert reply.error.ename == "TypeError"
    assert "----> 3 wrong = square(early[0])" in reply.error.traceback
    assert notebook.get("early, late") == (9, 0)


@on_each_backend
def test_functions_of_the_users_own_modules_are_tasks(notebook: Notebook, backend: str) -> None:
    """Those of the standard library and of installed packages stay in the notebook."""
    (notebook.folder / "own_module.py").write_text("def cube(x): return x ** 3\n")
    notebook.do("from own_module import cube\nfrom textwrap import dedent")
    notebook.do(f"%%parallel -q -b {backend} -o run\na = cube(2)\nb = dedent(' x')\nc = cube(a)")

    assert notebook.get("a, b, c, len(run.tasks)") == (8, "x", 512, 2)


@on_each_backend
def test_functions_that_the_cell_itself_imports_are_tasks(notebook: Notebook, backend: str) -> None:
    """As those imported earlier are, also through a package; `--explain` imports nothing for it."""
    (notebook.folder / f"fresh_{backend}.py").write_text(
        "def cube(x): return x ** 3\ndef parts(x): yield x\ndef odd(x): return x\nodd = str\n"
    )
    package = notebook.folder / f"package_{backend}"
    package.mkdir()
    (package / "__init__.py").write_text("from .inner import twice as double\n")
    (package / "inner.py").write_text("def twice(x): return 2 * x\n")
    cell = (
        f"from fresh_{backend} import cube, parts, odd\n"
        f"from package_{backend} import double as twice\n"
        f"from package_{backend}.inner import twice as same\n"
        "from textwrap import dedent\n"
        "a = cube(2)\n"
        "b = twice(a)\n"
        "c = same(3)\n"
        "d = [cube(x) for x in range(3)]\n"
        "e = parts(1)\n"
        "f = odd(1)\n"
        "g = dedent(' x')"
    )

    shown = notebook.do(f"%%parallel --explain\n{cell}").stdout.splitlines()
    assert [line.split()[1] for line in shown[:11]] == [
        *["notebook"] * 4, *["together"] * 3, "elements", *["notebook"] * 3,
    ]  # fmt: skip
    assert notebook.get(f"'fresh_{backend}' in sys.modules") is False
    for _ in range(2):  # once imported, the module itself is asked
        notebook.do(f"%%parallel -q -b {backend} -o run\n{cell}")
        assert notebook.get("a, b, c, d, list(e), f, g, len(run.tasks)") == (
            *(8, 16, 6, [0, 1, 8], [1], "1", "x"),
            6,
        )


@on_each_backend
def test_functions_called_through_their_module_are_tasks(notebook: Notebook, backend: str) -> None:
    """Whether the module is imported before or by the cell, and under what name."""
    (notebook.folder / f"early_{backend}.py").write_text("def cube(x): return x ** 3\n")
    package = notebook.folder / f"outer_{backend}"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text("def twice(x): return 2 * x\nclass Own:\n    f = twice\n")
    notebook.do(f"import early_{backend} as early\nimport math\ntotal = 0")
    cell = (
        f"import outer_{backend}.inner\n"
        f"import outer_{backend}.inner as inner\n"
        "a = early.cube(2)\n"
        f"b = outer_{backend}.inner.twice(a)\n"
        "c = square(b)\n"
        "d = [inner.twice(x) for x in range(3)]\n"
        "for x in d:\n"
        "    total += early.cube(x)\n"
        "e = math.sqrt(4.0)\n"
        "f = inner.Own.f(4)\n"
        "g = [inner.cube(x) for inner in [early] for x in [3]]"
    )
    notebook.do(f"%%parallel -q -b {backend} -o run\n{cell}")

    assert notebook.get("a, b, c, d, total, e, f, g") == (
        *(8, 16, 256, [0, 2, 4], 72, 2.0, 8),
        [27],
    )
    assert notebook.get("len(run.tasks)") == 3 + 3 + 3


@on_each_backend
@by_any_method
def test_other_statements_run_in_the_kernel_in_their_order(
    notebook: Notebook, backend: str
) -> None:
    """Loops, ifs, imports, magics and definitions are as in any cell."""
    reply = notebook.do(
        f"%%parallel -q -b {backend}\n"
        "import math as m\n"
        "here = %pwd\n"
        "total = 0\n"
        "for x in range(3):\n"
        "    total += x\n"
        "a = square(total)\n"
        "if a == 9:\n"
        "    total = a + m.floor(1.5)\n"
        "def square_of(x): return square(x)\n"
        "b = square_of(total)\n"
        "def square_of(x): return -x\n"
        "c = square_of(total)\n"
        "print(total, b, c)"
    )

    assert reply.stdout == "10 100 -10\n"
    assert notebook.get("here") == str(notebook.folder.resolve())


@on_each_backend
@pytest.mark.parametrize(
    ("last", "value"),
    [
        ("a + 1", "10"),
        ("square(a)", "81"),
        ("a + 1;", None),
        ("square(a);", None),
        ("a;  # a comment\n# and another", None),
        ("b = square(a)", None),
        ("None", None),
        ("print", "<function print>"),
        ("if True: a", None),
        ("a  # a comment", "9"),
    ],
)
@by_any_method
def test_the_last_expression_is_the_value_of_the_cell(
    notebook: Notebook, backend: str, last: str, value: str | None
) -> None:
    """Shown once as Out[n] and kept as `_`, unless a semicolon silences it."""
    # IPython keeps nothing there once a cell has assigned it.
    notebook.do("for name in ('_', '__', '___'): globals().pop(name, None)")

    reply = notebook.do(f"%%parallel -q -b {backend}\na = square(3)\n{last}")

    if value is None:
        assert reply.value is None
    else:
        assert (reply.value or "").startswith(value[:15])
        assert notebook.do("repr(_) == repr(Out[max(Out)])").value == "True"


@on_each_backend
def test_a_task_statement_that_raises_ends_the_cell(notebook: Notebook, backend: str) -> None:
    """One traceback with the cell's line; what comes before is bound, what comes after is not."""
    notebook.do("early = before = middle = after = end = None")

    failed, next_cell = notebook.run_all(
        f"%%parallel -q -b {backend} -w 2 -o run\n"
        "early = 1\n"
        "before = square(5)\n"
        "middle = fail(6)\n"
        "after = square(7)\n"
        "end = 2",
        "end = 3",
    )

    error = failed.error
    assert (error.ename, error.evalue) == ("ValueError", "('bad', 6)")
    assert "----> 4 middle = fail(6)" in error.traceback
    assert "----> 3 def fail(x): raise ValueError('bad', x)" in error.traceback
    assert "(raised by the task `middle = fail(6)`)" in error.traceback
    check_frames(error)
    assert next_cell.status == "aborted"
    assert notebook.get("early, before, middle, after, end") == (1, 25, None, None, None)
    assert notebook.get("run is parmagic.last_run(), run.values[0], type(run.error).__name__") == (
        True,
        25,
        "ValueError",
    )


@on_each_backend
@by_any_method
def test_an_argument_that_raises_ends_the_cell(notebook: Notebook, backend: str) -> None:
    """The calls before it have run, as they would have serially."""
    notebook.do("a = b = c = None")

    error = notebook.run(
        f"%%parallel -q -b {backend}\na = square(5)\nb = square(\n    1 / 0)\nc = square(7)"
    ).error

    assert error.ename == "ZeroDivisionError"
    assert "----> 4     1 / 0)" in error.traceback
    check_frames(error)
    assert notebook.get("a, b, c") == (25, None, None)


@on_each_backend
@by_any_method
def test_any_other_statement_that_raises_ends_the_cell(notebook: Notebook, backend: str) -> None:
    """Its line is that of the cell, counted from the line of the magic."""
    notebook.do("a = b = None")

    error = notebook.run(
        f"%%parallel -q -b {backend}\na = square(5)\n\na.missing\nb = square(6)"
    ).error

    assert error.ename == "AttributeError"
    assert "----> 4 a.missing" in error.traceback
    check_frames(error)
    assert notebook.get("a, b") == (25, None)


@on_each_backend
@by_any_method
def test_a_value_that_cannot_be_unpacked_fails_at_its_statement(
    notebook: Notebook, backend: str
) -> None:
    """As it would serially: the call has succeeded, the assignment has not."""
    error = notebook.run(f"%%parallel -q -b {backend}\na, b, c = pair(1)").error

    assert error.ename == "ValueError"
    assert "----> 2 a, b, c = pair(1)" in error.traceback
    check_frames(error)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("a = square(2)\nawait something()", "`await` in line 3: a %%parallel cell cannot await"),
        ("async with x as y: pass", "`async with` in line 2"),
        ("[x async for x in y]", "`async for` in line 2"),
        ("%%time\na = square(2)", "remove `%%time`, or write it in the line above"),
        ("\n%%bash\nls", "remove `%%bash`"),
        ("a = square(2)\ndef broken(:\n  pass", "line 3 of the cell, `def broken(:`"),
        ("a = square(2\n", "line 2 of the cell, `a = square(2`"),
    ],
)
@by_any_method
def test_a_cell_that_cannot_be_run_gets_one_clear_message(
    notebook: Notebook, cell: str, message: str
) -> None:
    """On one line, and nothing of the cell has run."""
    notebook.do("a = None")

    assert message in notebook.run(f"%%parallel\n{cell}").usage_error
    assert notebook.get("a") is None


@by_any_method
def test_the_line_magic_names_the_cell_magic(notebook: Notebook) -> None:
    """It is there for `-h` alone."""
    assert "write `%%parallel`" in notebook.run("%parallel a = 1").usage_error


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-b treads", "did you mean `thread`?"),
        ("--bakend thread", "did you mean `--backend`?"),
        ("n_jobs=4", "goes below its line; did you mean `--workers`?"),
        ("square numbers", "`square` is no option; the code of %%parallel goes below its line"),
        ("-w", "`-w` needs a value"),
        ("-w none", "-w takes a whole number"),
    ],
)
@by_any_method
def test_a_bad_option_is_one_line(notebook: Notebook, line: str, message: str) -> None:
    """It says what is allowed, and nothing of the cell has run."""
    notebook.do("a = None")

    assert message in notebook.run(f"%%parallel {line}\na = square(2)").usage_error
    assert notebook.get("a") is None


@by_any_method
def test_what_cannot_travel_is_refused_by_name_and_line(notebook: Notebook) -> None:
    """As for %pmap, and the statements before it have run."""
    notebook.do("import threading\nlock = threading.Lock()\na = b = None")
    notebook.do("def locked():\n    return lock.locked()")

    message = notebook.run("%%parallel -q\na = 1\nb = locked()").usage_error

    assert message.startswith("`lock` (_thread.lock), read by `locked` in In[")
    assert "line 2, cannot be sent to another process" in message
    assert notebook.get("a, b") == (1, None)


@pytest.mark.parametrize("setup", ["pass", "import matplotlib.pyplot", "%matplotlib inline"])
@by_any_method
def test_a_cell_shows_one_sentence_and_one_picture(notebook: Notebook, setup: str) -> None:
    """Whether or not pyplot is imported; the picture has an alternative text.

    Below the sentence there may be advice: calls as short as these are better left serial.
    """
    reply = notebook.do(f"%%parallel -w 2\n{setup}\na = square(2)\nb = square(3)")

    sentence, *advice = reply.stdout.splitlines()
    assert sentence.startswith("2 tasks on pool × 2 in ")
    assert len(advice) <= 3
    assert all(line.startswith("advice: ") for line in advice), advice
    (image,) = reply.images
    assert len(reply.displays) == 1
    assert image.metadata["image/png"]["alt"].startswith("2 tasks on pool × 2 in ")
    assert "serial" in image.data["text/plain"]


@by_any_method
def test_drawing_changes_nothing_of_matplotlib(notebook: Notebook) -> None:
    """No settings are touched, and pyplot is not imported for it."""
    with Notebook(start_method=notebook.get("%config ParallelMagics.start_method")) as other:
        other.do(
            "import matplotlib\nbefore = dict(matplotlib.rcParams)\ndef square(x): return x * x"
        )
        assert len(other.do("%%parallel\na = square(2)").images) == 1
        assert other.get("import sys; 'matplotlib.pyplot' in sys.modules") is False
        assert other.get("dict(matplotlib.rcParams) == before") is True


@pytest.mark.parametrize("option", ["--no-plot", "-q"])
@by_any_method
def test_the_picture_can_be_left_out(notebook: Notebook, option: str) -> None:
    """`--no-plot` leaves the sentence, `-q` nothing."""
    reply = notebook.do(f"%%parallel {option}\na = square(2)\nb = square(3)")

    assert not reply.displays
    assert bool(reply.stdout) == (option == "--no-plot")


@by_any_method
def test_a_quiet_notebook_is_not_told_what_stays_serial(notebook: Notebook) -> None:
    """As with `-q`, which the setting makes the default."""
    notebook.do("%config ParallelMagics.quiet = True")
    try:
        reply = notebook.run("%%parallel\nlength = len('abc')\nlength")
    finally:
        notebook.do("%config ParallelMagics.quiet = False")

    assert (reply.stdout, reply.stderr, reply.value) == ("", "", "3")


@by_any_method
def test_a_cell_without_a_task_has_no_record(notebook: Notebook) -> None:
    """The variable does not keep that of the cell before, which had tasks."""
    notebook.do("%%parallel -q -o kept\na = square(2)")
    before = notebook.get("len(kept.tasks)")

    notebook.do("%%parallel -q -o kept\na = abs(-2)")

    assert (before, notebook.get("kept is None")) == (1, True)


@by_any_method
def test_compare_measures_serial_time(notebook: Notebook) -> None:
    """Every group of calls also runs serially, and the values are the same."""
    reply = notebook.do(
        "%%parallel --compare -o run\na = square(2)\nb = square(a)\nprint('between')"
    )

    assert reply.stdout.count("between") == 1
    assert "measured)" in reply.stdout
    assert "same values" in reply.stdout
    assert len(reply.images) == 1
    assert notebook.get("a, b, len(run.values), run.serial > 0") == (4, 16, 2, True)


@by_any_method
def test_compare_names_the_first_value_that_differs(notebook: Notebook) -> None:
    """A worker is another process than the kernel, and its number says so."""
    notebook.do("def pid(): return os.getpid()")

    reply = notebook.do("%%parallel --compare\na = square(2)\nb = pid()")

    assert "values differ: item 1" in reply.stdout


@side_by_side
@by_any_method
def test_compare_measures_comprehensions_and_loops(notebook: Notebook, backend: str) -> None:
    """Their tasks run twice, what they change in the notebook is changed once."""
    notebook.do("kept = []\ntotal = 0")
    reply = notebook.do(
        f"%%parallel --compare -b {backend} -o run\n"
        "roots = [square(x) for x in range(4)]\n"
        "for x in range(3):\n"
        "    y = square(x)\n"
        "    total += y\n"
        "    if y:\n"
        "        kept.append(x)\n"
        "found = any(square(x) > 3 for x in range(9))"
    )

    assert "measured)" in reply.stdout
    assert "same values" in reply.stdout
    assert notebook.get("roots, total, kept, found, x, y") == ([0, 1, 4, 9], 5, [1, 2], True, 2, 4)
    assert notebook.get("run.serial > 0, run.difference, len(run.tasks) >= 10") == (
        True,
        None,
        True,
    )


@by_any_method
def test_compare_names_where_a_comprehension_or_a_loop_differs(notebook: Notebook) -> None:
    """The statement, the item, and of a turn the line or the variable."""
    notebook.do("def pid(): return os.getpid()\nkept = []")

    def difference(cell: str) -> str:
        notebook.do(f"%%parallel -q -c -b process -o run\n{cell}")
        return str(notebook.get("run.difference"))

    several = difference("a = square(2)\nb = [pid() for x in range(2)]")
    assert several.startswith("`[pid() for x in range(2)]`, item 0: ")
    turn = difference("for x in range(2):\n    y = x\n    kept.append(pid())")
    assert turn.startswith("item 0, key 'line 4': ")
    assert difference("for x in range(2):\n    y = pid()").startswith("item 0, key 'y': ")
    assert notebook.get("len(kept)") == 2


@pytest.mark.parametrize(
    "first", ["a = square(5)", "a = [square(5)]", "for x in [5]: a = square(x)"]
)
@by_any_method
def test_a_compared_cell_that_fails_fails_once(notebook: Notebook, first: str) -> None:
    """Serially, so that nothing after it is run in parallel; what was before it stays."""
    reply = notebook.run(
        f"%%parallel -c -o run\n{first}\nprint('once')\nb = [fail(x) for x in [6]]"
    )

    assert (reply.error.ename, reply.error.evalue) == ("ValueError", "('bad', 6)")
    assert reply.stdout.count("once") == 1
    assert notebook.get("a in (25, [25]), type(run.error).__name__") == (True, "ValueError")


@on_each_backend
def test_kept_errors_leave_the_other_elements_and_turns_as_they_are(
    notebook: Notebook, backend: str
) -> None:
    """In a comprehension an exception stands in its place; a turn ends where it failed."""
    notebook.do("def inverse(x): return 1 / x\nseen, kept = [], []")
    notebook.do(
        f"%%parallel -q --errors keep -b {backend}\n"
        "found = [inverse(x) for x in (1, 0, 2)]\n"
        "for x in (1, 0, 2):\n"
        "    seen.append(x)\n"
        "    kept.append(inverse(x))"
    )

    assert notebook.get("found[0], type(found[1]).__name__, found[2], seen, kept") == (
        *(1.0, "ZeroDivisionError", 0.5),
        *([1, 0, 2], [1.0, 0.5]),
    )


@on_each_backend
def test_kept_errors_leave_out_what_the_notebook_would_go_on_with(
    notebook: Notebook, backend: str
) -> None:
    """There is no value for `str` and `print`, and nobody knows whether the item is wanted."""
    notebook.do("def inverse(x): return 1 / x\nseen = []")
    notebook.do(
        f"%%parallel -q --errors keep -b {backend}\n"
        "after = [seen.append(inverse(x)) for x in (1, 0, 2)]\n"
        "asked = [x for x in (1, 0, 2) if inverse(x) < 1]\n"
        "both = [inverse(x) for x in (1, 0, 2) if inverse(x) < 1]"
    )

    assert notebook.get("after, seen, asked, both") == ([None, None], [1.0, 0.5], [2], [0.5])


@on_each_backend
def test_kept_errors_leave_the_other_calls_as_they_are(notebook: Notebook, backend: str) -> None:
    """An exception stands for the value; what needed that is not called, and binds nothing."""
    notebook.do("def inverse(x): return 1 / x\nlater = unpacked = None")
    notebook.do(
        f"%%parallel -q --errors keep -b {backend}\n"
        "first = inverse(0)\n"
        "second = inverse(2)\n"
        "later = inverse(first)\n"
        "unpacked, other = inverse(0)\n"
        "last = inverse(4)"
    )

    assert notebook.get("type(first).__name__, second, later, unpacked, last") == (
        *("ZeroDivisionError", 0.5, None, None, 0.25),
    )


@by_any_method
def test_compare_takes_several_backends(notebook: Notebook) -> None:
    """The sentence is about the fastest, and each other one has a line of its own."""
    reply = notebook.do("%%parallel -c thread,process,pool -o run\na = square(2)\nb = square(3)")

    backends = notebook.get("[run.backend, *(other.backend for other in run.others)]")
    assert sorted(backends) == ["pool", "process", "thread"]
    assert len(reply.sentences) == 3


@by_any_method
def test_a_cell_without_tasks_says_so(notebook: Notebook) -> None:
    """It has run as any cell, and a line says what would be a task."""
    reply = notebook.do("%%parallel\na = len('abc')\na")

    assert reply.value == "3"
    assert reply.stderr.startswith("nothing ran in parallel: ")
    assert not reply.displays


@pytest.mark.parametrize(
    "cell",
    [
        "a = [square(x) for x in []]",
        "a = [x for x in [] if square(x)]",
        "for x in []:\n    square(x)",
        "if not square:\n    a = [square(x) for x in [1]]",
    ],
)
@by_any_method
def test_a_cell_whose_tasks_have_no_items_does_not_deny_that_it_calls_functions(
    notebook: Notebook, cell: str
) -> None:
    """It would be looked for in vain."""
    reply = notebook.do(f"%%parallel\n{cell}")

    assert "the comprehensions and loops that call your functions had no items" in reply.stderr
    assert "no statement" not in reply.stderr


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("a = twice(1)\na.close()", "`twice` is an `async def`: `%pmap twice ...` runs it"),
        ("a = [kept(x) for x in range(3)]", "`kept` keeps a cache, which no two workers share: "),
        ("a = [model.predict(x) for x in [1]]", "`model.predict` is a method: call it in a "),
        ("a = [some(x) for x in [1]]", "`some` is a `partial`, no function: `%pmap some ...` runs"),
        ("a = [Model() for _ in [1]]", "`Model` is a class, no function: `%pmap Model ...` calls"),
        ("b = Model()\na = [some(x) for x in [1]]", "`some` is a `partial`, no function: "),
        (
            "[1].sort(key=square)",
            "`square` is called by `[1].sort()`, not by the cell: write `[squ",
        ),
        ("a = Thread(target=square)", "by `Thread()`, not by the cell: write `a = square(...)`"),
        ("a = list(delayed(square)(x) for x in [1])", "not by the cell: write `[square(x) for"),
        ("a = map(square, [1] * 2)", "write `[square(x) for x in [1] * 2]`"),
        (
            "from itertools import starmap\na = starmap(square, [[1]])",
            "write `[square(*x) for x in [[1]]]`",
        ),
        ("a = map(lambda x: square(x) + 1, [1])", "write `[square(x) for x in ...]`"),
        ("a = table.apply(square)", "`square` is called by `table.apply()`, not by the cell: "),
        ("a = frame.apply(square, axis=1)", "[square(row) for _, row in frame.iterrows()]`"),
        ("a = frame.apply(square, axis=0)", "write `[square(x) for x in ...]`"),
        ("a = [run(f=square) for x in [1]]", "`run()` is given `square`: call it in a function "),
        ("a = [pandas.Series(x) for x in [1]]", "`pandas.Series` is a library's: call it in a f"),
        ("for x in [1]:\n    a = functools.reduce(max, [x])", "`functools.reduce` is a library's"),
        ("a = [str(x).upper() for x in [1]]", "as in `a = simulate(1)`\n"),
        ("a = pandas.Series([1])", "as in `a = simulate(1)`\n"),
        ("for x in [1]: warnings.resetwarnings()", "as in `a = simulate(1)`\n"),
    ],
)
@by_any_method
def test_a_cell_without_tasks_says_what_to_do_instead(
    notebook: Notebook, cell: str, said: str
) -> None:
    """Where it calls something of the user's that is no task."""
    notebook.do(
        "import functools\nasync def twice(x):\n    return 2 * x\n"
        "@functools.cache\ndef kept(x): return x\n"
        "class Model:\n    def predict(self, x): return x\nmodel = Model()\n"
        "import pandas\ntable = pandas.Series([1])\nframe = pandas.DataFrame([1])\n"
        "from threading import Thread\nimport warnings\n"
        "run = functools.partial(dict)\ndelayed = functools.partial\n"
        "some = functools.partial(square)"
    )

    assert said in notebook.do(f"%%parallel\n{cell}").stderr


@by_any_method
def test_calls_of_cached_functions_are_named_where_others_are_tasks(notebook: Notebook) -> None:
    """In statements of their own, too, as they stay serial."""
    notebook.do("import functools\n@functools.cache\ndef kept(x): return x")

    reply = notebook.do("%%parallel\na = kept(1)\nb = square(2)\nc = square(3)\nkept(4)")

    assert "lines 2 and 5 of In[" in reply.stderr
    assert "`kept` keeps a cache, which no two workers share: `%pmap kept ...` runs" in reply.stderr


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ("model.predict(x)", "`model.predict` is a method: call it in a function of yours"),
        ("kept(x)", "`kept` is a `partial`, no function: `%pmap kept ...` runs it"),
        ("square(model.predict(x))", ""),
        ("len(str(x))", ""),
    ],
)
@by_any_method
def test_a_method_of_an_element_is_named_where_other_calls_are_tasks(
    notebook: Notebook, element: str, said: str
) -> None:
    """What stays serial is named in any cell, and not what is a task for the most part."""
    notebook.do(
        "from functools import partial\nclass Model:\n    def predict(self, x): return x\n"
        "model = Model()\nkept = partial(square)"
    )
    reply = notebook.do(f"%%parallel\na = square(2)\nb = [{element} for x in [1]]")

    where = f"serial: line 3 of In[{reply.number}]: "
    assert reply.stderr.startswith(where + said if said else "")
    assert bool(reply.stderr) == bool(said)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("while x < 10: x = square(x) + 1", "line 3 of {}: `square.* inside `while`"),
        ("with open(os.devnull) as f:\n    a = square(2)", "line 4 of {}: .* inside `with`"),
        ("if True:\n    a = square(2)\n    b = square(3)", "lines 4 and 5 of {}: .* inside `if`"),
        ("if __name__ == '__main__': a = square(2)", "line 3 of {}: .*: leave out this `if`"),
        ("if square(2):\n    pass", "line 3 of {}: .* inside `if`"),
        ("try:\n    a = square(2)\nfinally:\n    pass", "line 4 of {}: .* inside `try`"),
        ("try:\n    1 / 0\nexcept Exception:\n    a = square(2)", "line 6 of {}: .* inside `try`"),
        ("match square(2):\n    case 4: a = 4", "line 3 of {}: .* inside `match`"),
        ("class A:\n    a = square(2)", "line 4 of {}: .* inside `class`"),
        (
            "if x:\n    with open(os.devnull):\n        print(pair(2))",
            "line 5 of {}: `pair.* `with`",
        ),
        ("for i in range(square(2)): pass", "line 3 of {}: .* for what is iterated over"),
        ("a = [i for i in pair(2)]", "line 3 of {}: `pair.* for what is iterated over"),
        ("a = square(2) + 1", "line 3 of {}: .*: give it one of its own, as in `a = square"),
        ("print(square(2))", "line 3 of {}: .* within a larger statement"),
    ],
)
@by_any_method
def test_a_call_that_stays_serial_is_named_with_the_reason(
    notebook: Notebook, statement: str, why: str
) -> None:
    """Whatever is around it; and never is it said that the cell calls none."""
    reply = notebook.do(f"%%parallel\nx = 2\n{statement}")

    [line] = reply.stderr.splitlines()
    assert re.match(f"serial: {why.format(rf'In.{reply.number}.')}", line), line


@by_any_method
def test_an_argument_that_calls_is_a_task_if_something_runs_at_the_same_time(
    notebook: Notebook,
) -> None:
    """Alone, a call that is given what another returns would only wait for workers."""
    reply = notebook.do("%%parallel -o run\na = square(square(3))")

    assert "`square()` is called within a larger statement" in reply.stderr
    assert notebook.get("a, run") == (81, None)
    notebook.do("%%parallel -o run\na = square(square(3))\nb = square(square(2))")
    assert notebook.get("a, b, len(run.tasks)") == (81, 16, 4)


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        (
            "a = [square(x) for x in gen()]",
            r"`gen\(\)` runs code between the items: .*`list\(gen\(\)\)`",
        ),
        ("for x in (pair(y)[0] for y in [1]): square(x)", r".*iterate over `list\(pair\(y\)\[0\] "),
        ("for x in gen(): square(x)", r"`gen\(\)` runs code between the items"),
        ("a = sum(square(x) for x in it)", "`it` may be read elsewhere as well: .* `list\\(it\\)`"),
        ("for x in count(): square(10 // (3 - x))", r"`count\(\)` may have no end"),
    ],
)
@by_any_method
def test_what_is_read_turn_by_turn_is_named_with_the_reason(
    notebook: Notebook, statement: str, why: str
) -> None:
    """It is known when it runs; and an end by an exception is reached as in a plain cell."""
    notebook.do("from itertools import count\nit = iter([1, 2])\ndef gen(): yield from (1, 2)")
    reply = notebook.run(f"%%parallel -b serial\n{statement}")

    if "count" in statement:
        assert reply.error.ename == "ZeroDivisionError"
        check_frames(reply.error)
    else:
        assert re.match(f"serial: line 2 of .*: {why}", reply.stderr), reply.stderr


@by_any_method
def test_methods_of_the_users_objects_change_them_in_the_notebook(notebook: Notebook) -> None:
    """Whatever their name says they do."""
    notebook.do(
        "class Source:\n    n = 0\n    def get(self):\n        self.n += 1\n        return self.n\n"
        "source = Source()\nkept = []"
    )
    notebook.do(
        "%%parallel -q -b pool\n"
        "a = [square(source.get()) for _ in range(3)]\n"
        "for _ in range(2):\n"
        "    kept.append(square(source.get()))\n"
        "b = square(source.get())\n"
        "c = square(source.get())"
    )

    assert notebook.get("a, kept, b, c, source.n") == ([1, 4, 9], [16, 25], 36, 49, 7)


@by_any_method
def test_a_turn_that_raises_is_named_by_its_item_alone(notebook: Notebook) -> None:
    """What tells a task whether it is the last is none of the user's."""
    notebook.do("kept = []")
    one = notebook.run("%%parallel -q\nfor x in (5, 6):\n    kept.append(fail(x))").error
    two = notebook.run("%%parallel -q\nfor i, x in enumerate('a'):\n    kept.append(fail(x))").error

    assert "(raised by item 0 of 2, counting from 0; the item is 5)" in one.traceback
    assert "(raised by item 0 of 1, counting from 0; the item is (0, 'a'))" in two.traceback


@pytest.mark.parametrize(
    "statement",
    [
        "a = square(2)",
        "a = [square(i) for i in range(2)]",
        "for i in range(2): print(square(i))",
        "while True:\n    for i in range(2):\n        print(square(i))\n    break",
        "a = [square for square in range(2)]",
        "a = [square(i) for square in [abs] for i in range(2)]",
        "def later(): return square(2)",
        "a = lambda: square(2)",
    ],
)
@by_any_method
def test_nothing_is_named_where_calls_are_tasks_or_none_is_made(
    notebook: Notebook, statement: str
) -> None:
    """Also where tasks are inside a compound statement."""
    assert "serial:" not in notebook.do(f"%%parallel\n{statement}").stderr


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ("inner.calls += 1", "changes `inner` of the function around it"),
        ("kept.append(x)", "changes `kept` of the function around it"),
        ("drawn = dice.random()", "draws random numbers from `dice` of the function around it"),
    ],
)
@by_any_method
def test_what_a_decorator_counts_is_named_where_it_is_kept_and_where_it_is_called(
    notebook: Notebook, inner: str, said: str
) -> None:
    """It is no global; and a line that reads the count calls nothing."""
    notebook.do(
        "import random\ndef counting(function):\n    kept, dice = [], random.Random(1)\n"
        f"    def inner(x):\n        {inner}\n        return function(x)\n"
        "    inner.calls = 0\n    return inner\n"
        "@counting\ndef counted(x): return x"
    )
    reply = notebook.do("%%parallel\na = [counted(x) for x in [1, 2]]\nprint(counted.calls)")

    assert reply.stderr == f"serial: line 2 of In[{reply.number}]: `counted()` {said}\n"


QUOTED = """
best = max(square(x + 1_000) for x in range(0x2))
a = square( 1_000 )
some = [square(x)  for x in {1_0: "ü"}]
for x in range(0x2):
    square(x)
b = square(
    7
)
"""


@by_any_method
def test_code_is_quoted_as_it_is_written(notebook: Notebook) -> None:
    """In the record, in its tasks and in the margin; what has several lines, as Python does."""
    notebook.do(f"%%parallel -q -o run{QUOTED}")

    assert notebook.get("[one.label for one in run.tasks]") == [
        *["square(x + 1_000)"] * 2,
        "a = square( 1_000 )",
        "square(x)",
        *["for x in range(0x2):"] * 2,
        "b = square(7)",
    ]
    assert "a = square( 1_000 )" in notebook.get("run.code")
    assert '[square(x)  for x in {1_0: "ü"}]' in notebook.get("run.code")
    shown = notebook.do(f"%%parallel --explain{QUOTED}")
    assert "a task for each of range(0x2)" in shown.stdout


@on_each_backend
def test_prints_are_kept_with_their_tasks(notebook: Notebook, backend: str) -> None:
    """And those of other statements come in their place, also between what has tasks."""
    notebook.do("def say(x): print('said', x); return x")

    reply = notebook.do(
        f"%%parallel -q -w 2 -b {backend} -o run\n"
        "print('begin')\n"
        "say(1)\n"
        "say(2)\n"
        "print('then')\n"
        "xs = [say(x) for x in (3, 4)]\n"
        "print(xs)\n"
        "for x in xs:\n"
        "    say(x + 2)\n"
        "print('end')"
    )

    lines = reply.stdout.splitlines()
    assert lines[::3] == ["begin", "then", "[3, 4]", "end"]
    assert [sorted(lines[at : at + 2]) for at in (1, 4, 7)] == [
        [f"said {number}", f"said {number + 1}"] for number in (1, 3, 5)
    ]
    assert notebook.get("[task.stdout for task in run.tasks]") == [
        f"said {number}\n" for number in range(1, 7)
    ]


@by_any_method
def test_what_a_cell_defines_has_source(notebook: Notebook) -> None:
    """`inspect.getsource` works on what %%parallel defined, also with magics around."""
    notebook.do(
        "%%parallel -q\n"
        "import inspect\n"
        "here = %pwd\n"
        "def half(x):\n"
        "    return x / 2  # exactly\n"
        "class Whole:\n"
        "    def twice(self): return 2\n"
        "a = half(3)"
    )

    assert notebook.get("inspect.getsource(half)") == "def half(x):\n    return x / 2  # exactly\n"
    assert notebook.get("inspect.getsource(Whole.twice)") == "    def twice(self): return 2\n"


@by_any_method
def test_events_fire_once(notebook: Notebook) -> None:
    """A cell inside a magic is not a cell of its own."""
    notebook.do(
        "fired = []\n"
        "events = get_ipython().events\n"
        "def before(info): fired.append('before')\n"
        "def after(result): fired.append('after')\n"
        "events.register('pre_run_cell', before)\n"
        "events.register('post_run_cell', after)"
    )
    notebook.do("fired.clear()")
    notebook.do("%%parallel -q\na = square(2)\na")
    fired = notebook.get("list(fired)")
    notebook.do(
        "events.unregister('pre_run_cell', before); events.unregister('post_run_cell', after)"
    )

    assert fired == ["after", "before", "after", "before"]


def test_an_interrupt_between_tasks_stops_the_cell(notebook: Notebook) -> None:
    """A statement of the kernel's own is interrupted as in any cell."""
    notebook.do("a = b = None")

    reply = notebook.stop(
        "%%parallel -q -o run\na = square(3)\nos.mkdir('waiting')\ntime.sleep(30)\nb = square(4)",
        "waiting",
    )

    assert reply.error.ename == "KeyboardInterrupt"
    check_frames(reply.error)
    assert notebook.get("a, b, run.values[0]") == (9, None, 9)
    assert notebook.get("%pmap -q square [5]") == [25]


@on_each_backend
def test_nothing_of_ours_is_left_in_the_namespace(notebook: Notebook, backend: str) -> None:
    """Only what the cell assigned is new."""
    before = set(notebook.get("sorted(globals())"))

    notebook.do(f"%%parallel -q -b {backend}\nnew_{backend} = square(2)\nx_{backend} = 1")

    after = {name for name in notebook.get("sorted(globals())") if not name.startswith("_")}
    assert after - before == {f"new_{backend}", f"x_{backend}"}
