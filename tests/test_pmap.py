"""`parmagic.pmap`, the plain function: in this process, and in scripts that are run."""

from __future__ import annotations

import json
import math
import multiprocessing
import operator
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

import parmagic
from kernel import LIMIT, children
from mapped import Shape, fail_at_two
from marks import by_each_method, on_each_backend, on_processes, on_workers
from parmagic import PENDING, PlanError, Run, pmap
from parmagic.run.backends import pool
from parmagic.run.processes import launch
from programs import run_python


@pytest.fixture(scope="module", autouse=True)
def _pool() -> Iterator[None]:
    """Start from an empty pool, and leave none."""
    pool.close()
    yield
    pool.close()
    # What removes the module files stays as long as these.
    assert [one.name() for one in children(os.getpid()) if one.name() != "xargs"] == []


@on_each_backend
def test_the_values_are_in_the_order_of_the_items(backend: str) -> None:
    """On every backend, as `map` gives them."""
    run = pmap(math.factorial, range(6), backend=backend, workers=2)

    assert run.values == [1, 1, 2, 6, 24, 120]
    assert isinstance(run, Run)
    assert run.backend == backend


def test_of_how_many_tasks_a_run_has_stopped_is_said_only_where_it_is_known(tmp_path: Path) -> None:
    """Of what an iterator would have given, nobody knows; nor does who reads it from a file."""

    def said(items: Iterable[int]) -> str:
        with pytest.raises(ZeroDivisionError):
            pmap(lambda x: 1 // x, items, backend="serial")
        run = parmagic.last_run()
        assert run is not None
        run.save(tmp_path / "run.json")
        assert str(Run.load(tmp_path / "run.json")) == str(run)
        return str(run).partition(" on ")[0]

    assert said([2, 1, 0, 1]) == "2 of 4 tasks"
    assert said(iter([2, 1, 0, 1])) == "2 tasks done"
    assert said(iter([0, 1, 0, 1])) == "0 tasks done"


@on_each_backend
def test_several_iterables_give_several_arguments(backend: str) -> None:
    """As for `map`, the shortest ends the run."""
    assert pmap(operator.sub, [5, 6, 7], iter([1, 2]), backend=backend).values == [4, 4]


@on_each_backend
@pytest.mark.parametrize(
    ("function", "items", "values"),
    [
        (abs, [-1, 2], [1, 2]),
        (str.upper, "ab", ["A", "B"]),
        (fail_at_two, (0, 1), [0, 1]),
        (Shape(4).more, {1: "", 2: ""}, [5, 6]),
        (operator.itemgetter(1), [(1, 2), "ab"], [2, "b"]),
        (int, [], []),
    ],
)
def test_anything_that_can_be_called_can_be_mapped(
    backend: str, function: Any, items: Any, values: list[object]
) -> None:
    """Functions, classes, methods and callable objects of modules."""
    assert pmap(function, items, backend=backend).values == values


@on_each_backend
def test_the_exception_of_a_task_is_raised_as_it_was(backend: str) -> None:
    """The first in the order of the items, with a note that says which item."""
    with pytest.raises(LookupError) as caught:
        pmap(fail_at_two, [0, 1, 2, 3], backend=backend, workers=1)

    assert caught.value.args == ("two", 2)
    assert caught.value.__notes__ == ["(raised by item 2 of 4, counting from 0; the item is 2)"]
    run = parmagic.last_run()
    assert run is not None
    assert run.values[:3] == [0, 1, caught.value]
    assert run.error is caught.value
    assert not run.complete


@on_each_backend
def test_what_was_not_reached_is_pending(backend: str) -> None:
    """There is a place for each item, whatever came of it."""
    with pytest.raises(LookupError):
        pmap(fail_at_two, [2] + [1] * 5000, backend=backend, workers=1)

    run = parmagic.last_run()
    assert run is not None
    assert len(run.values) == len(run.tasks) == 5001
    assert run.values[-1] is PENDING
    assert run.tasks[-1].started is None


def test_a_run_is_frozen_data(capsys: pytest.CaptureFixture[str]) -> None:
    """It cannot be changed, is shown as its sentence, and is plain numbers for other programs."""
    run = pmap(abs, [-1, -2], backend="thread", workers=2)

    with pytest.raises(FrozenInstanceError):
        run.elapsed = 0.0  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        run.tasks[0].label = ""  # type: ignore[misc]
    assert repr(run) == f"<Run: {str(run).splitlines()[0]}>"  # what follows is advice, if any
    assert str(run).startswith("2 tasks on thread × 2 in ")
    data = json.loads(json.dumps(run.to_dict()))
    assert [task["index"] for task in data["tasks"]] == [0, 1]
    assert data["elapsed"] == run.elapsed
    assert capsys.readouterr() == ("", "")  # a function shows nothing by itself


@on_each_backend
def test_the_clocks_of_the_tasks_are_in_order(backend: str) -> None:
    """Each task began after the run did, and ended before it did."""
    run = pmap(time.sleep, [0.01] * 3, backend=backend, workers=2)

    for task in run.tasks:
        assert task.started is not None
        assert task.finished is not None
        assert 0 <= task.started < task.finished <= run.elapsed
        assert task.duration >= 0.01
        assert task.worker in range(run.workers)
    assert run.baseline.high >= 0.03 * 0.99  # whatever else they waited for


@on_each_backend
def test_compare_measures_serial_time_and_checks_the_values(backend: str) -> None:
    """The baseline is measured, and there is no difference."""
    run = pmap(math.factorial, range(5), backend=backend, compare=True)

    assert run.baseline.kind == ("estimated" if backend == "serial" else "measured")
    assert run.difference is None


def test_compare_says_where_values_differ() -> None:
    """A process number is another one in another process."""
    run = pmap(process_number, [0, 1, 2], backend="process", compare=True)

    assert run.difference is not None
    assert "item 1" in run.difference


def process_number(number: int) -> int:
    """Return 0 for 0, and the number of the process for anything else."""
    return number and os.getpid()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((3, [1]), {}, "3 cannot be called"),
        ((abs,), {}, "needs something to map over"),
        ((["a"] * 99, [1]), {}, r"pmap\(function, iterable\) calls .*: a list cannot be called"),
        (([1], abs), {}, "a list cannot be called; the function comes first"),
        (((x for x in [1]),), {}, r"called; write `pmap\(f, xs\)` instead of `pmap\(f\(x\) for"),
        ((abs(1), [1]), {}, r"1 cannot be called; write `f`, not `f\(x\)`"),
        ((abs, [1], "thread"), {}, r'given by name: call `pmap\(f, xs, backend="thread"\)`'),
        ((abs, [1], "loky"), {}, r'given by name: call `pmap\(f, xs, backend="pool"\)`'),
        ((abs, [1]), {"backend": "loky"}, "; did you mean `pool`?"),
        ((abs, [1]), {"workers": -1}, "not -1; leave it out to use all processors"),
        ((abs, [1]), {"backend": "threads"}, "no backend `threads`: choose serial, thread"),
        ((abs, [1]), {"backend": "threads"}, "; did you mean `thread`?"),
        ((abs, [1]), {"backend": None}, "no backend None"),
        ((abs, [1]), {"workers": 0}, "workers must be a whole number from 1 up, not 0"),
        ((abs, [1]), {"workers": 1.5}, "not 1.5"),
        ((abs, [1]), {"workers": "2"}, "not '2'"),
        ((abs, [1]), {"compare": "pol"}, "no backend `pol`"),
        ((abs, [1]), {"compare": "thread,pol"}, "no backend `pol`"),
        ((abs, [1]), {"compare": 3}, "compare must be True, False or names of backends, not 3"),
        ((abs, [1]), {"start_method": "fork"}, "no start method `fork`"),
        ((abs, [1]), {"start_method": 3}, "no start method 3"),
        ((abs, [1]), {"timeout": "5"}, "timeout must be seconds, more than 0, not '5'"),
        ((abs, [1]), {"timeout": math.nan}, "more than 0, not nan"),
        ((abs, [1]), {"timeout": True}, "more than 0, not True"),
        ((abs, [1]), {"retries": None}, "retries must be a whole number from 0 up, not None"),
        ((abs, [1]), {"errors": "kep"}, "errors must be raise or keep, not 'kep'"),
        ((abs, [1]), {"forecast": "yes"}, "forecast must be True or False, not 'yes'"),
        ((abs, [1]), {"queue": "yes"}, "queue must be True or False, not 'yes'"),
        ((abs, [1]), {"max_tasks": "5", "queue": True}, "max_tasks must be a whole number"),
        ((abs, [1]), {"sweep": "1,2"}, "numbers of workers from 1 up, .* not '1,2'"),
        ((abs, [1]), {"sweep": (1, 0)}, "numbers of workers from 1 up, .* not 0"),
        ((abs, [1]), {"close": "x", "compare": True}, "close must be from 0 to below 1"),
        ((abs, [1]), {"export": 3}, "export must be a file that ends in .py, not 3"),
    ],
)
def test_wrong_arguments_are_refused(arguments: Any, options: dict[str, Any], message: str) -> None:
    """With a message that says what is allowed; nothing has run."""
    before = parmagic.last_run()

    with pytest.raises(PlanError, match=message):
        pmap(*arguments, **options)

    assert parmagic.last_run() is before


def test_numbers_of_numpy_are_numbers() -> None:
    """As they come from the shape of an array, or a column of a frame."""
    two, part = np.int64(2), np.float32(0.5)
    given: dict[str, Any] = {"workers": two, "retries": two, "repeat": two, "close": part}
    given["timeout"] = np.int64(30)

    run = pmap(abs, [-1, -2], compare="process, pool", **given)

    assert run.workers == 2
    assert len(run.rounds) == 2
    assert {run.backend, *(other.backend for other in run.others)} == {"process", "pool"}


@on_each_backend
@pytest.mark.parametrize("made_of", [list, iter])
@pytest.mark.parametrize("items", [(), (1,)])
def test_a_run_has_no_more_workers_than_tasks(
    backend: str, made_of: Callable[[tuple[int, ...]], Iterable[int]], items: tuple[int, ...]
) -> None:
    """Also where it is known only at its end how many there are."""
    assert pmap(abs, made_of(items), backend=backend, workers=3).workers == 1


def test_a_run_is_read_like_the_list_of_its_values() -> None:
    """As what other libraries return from such a call is; and it is there, also if it is empty."""
    run = pmap(abs, [-1, -2, -3], backend="thread")

    assert [*run] == list(run) == [run[0], *run[1:]] == run.values
    assert (len(run), run[-1], sum(run), 2 in run, -2 in run) == (3, 3, 6, True, False)
    assert np.array(run).tolist() == run.values
    assert pmap(abs, run, backend="serial").values == run.values
    with pytest.raises(IndexError):
        run[3]

    empty = pmap(abs, [], backend="thread")
    assert (len(empty), bool(empty)) == (0, True)


@pytest.mark.parametrize(
    ("function", "called"),
    [(divmod, "divmod"), (lambda x, y: x + y, "function")],
)
def test_a_function_of_several_arguments_is_told_how_it_is_given_them(
    function: Callable[..., Any], called: str
) -> None:
    """Python's message only says that one is missing."""
    with pytest.raises(TypeError) as caught:
        parmagic.pmap(function, [(7, 2), (9, 4)], backend="thread")

    assert caught.value.__notes__[-1] == (
        f"(each item is one argument; if items hold several, call `pmap({called}, *zip(*items))`)"
    )


def test_a_function_of_several_arguments_is_told_how_dicts_give_them_by_name() -> None:
    """As a sweep over parameters has them: a dict for each task."""
    with pytest.raises(TypeError) as caught:
        parmagic.pmap(process_number_of, [{"number": 1, "factor": 2}], backend="thread")

    assert caught.value.__notes__[-1] == (
        "(each item is one argument; to give what it holds by name, "
        "call `pmap(lambda x: process_number_of(**x), items)`)"
    )


def process_number_of(number: int, factor: int) -> int:
    """Take two arguments."""
    return number * factor


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        ({"n_jobs": 2}, "type `workers=2`"),
        ({"max_workers": -1}, "leave it out to use all processors"),
        ({"chunksize": 9}, "leave it out: chunks follow how long tasks take"),
        ({"prefer": "threads"}, '`backend="thread"` runs tasks on threads, and `backend="pool"`'),
        ({"error_callback": print}, '`errors="keep"` puts exceptions in the places'),
        ({"factor": 3}, "`pmap(functools.partial(process_number_of, factor=3), xs)`"),
        ({"worker": 2}, "did you mean `workers`?"),
        ({"ncpus": 2}, "type `workers=2`"),
        ({"verbose": 10}, "type `progress=True`"),
        ({"out": "run"}, "it returns the record of the run, for `print(run)`, `run.plot()`"),
        ({"save": "a.png"}, "`run.plot().savefig(...)`"),
        ({"iterable": [1]}, "call `pmap(f, xs)`"),
    ],
)
def test_an_argument_of_other_libraries_is_answered_with_what_to_type(
    given: dict[str, Any], cure: str
) -> None:
    """As Python does with any that is not there, by a TypeError."""
    name = next(iter(given))
    unexpected = re.escape(f"pmap() got an unexpected keyword argument {name!r}: ")
    with pytest.raises(TypeError, match=f"{unexpected}.*{re.escape(cure)}"):
        parmagic.pmap(process_number_of, [1], **given)


def test_an_argument_that_nobody_knows_is_refused_as_by_any_function() -> None:
    """There is nothing to add."""
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'bananas'$"):
        parmagic.pmap(abs, [1], bananas=2)  # type: ignore[arg-type]  # that is the question


def test_what_cannot_be_iterated_over_is_a_type_error() -> None:
    """As it is for `map`."""
    with pytest.raises(TypeError, match="'int' object is not iterable: pmap takes lists"):
        pmap(abs, 3)  # type: ignore[arg-type]  # that is the question
    with pytest.raises(TypeError, match="'type' object is not iterable: pmap takes lists"):
        pmap(abs, list)  # type: ignore[arg-type]  # as above
    with pytest.raises(TypeError, match="and options by name, as in `workers=2`"):
        parmagic.pmap(abs, [1], 2)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'NoneType' object is not iterable"):
        pmap(pow, [1], None)  # type: ignore[arg-type]  # as above


@on_processes  # this module imports numpy, which interpreters cannot
def test_a_function_that_a_function_of_a_module_has_made_is_sent(backend: str) -> None:
    """As in a test: it has no name by which another process could import it."""
    base = 10

    def local(number: int) -> int:
        assert number < 3, "too many"
        return number + base + len(dedent("  ab"))

    assert pmap(local, [1, 2], backend=backend).values == [local(1), local(2)]
    assert pmap(lambda number: -number + base, [1], backend=backend).values == [9]
    assert pmap(operator.methodcaller("__call__", 2), [local], backend=backend).values == [local(2)]
    with pytest.raises(AssertionError, match="too many"):
        pmap(local, [3], backend=backend)


def test_the_start_method_of_multiprocessing_is_left_alone() -> None:
    """Neither decided nor changed, as far as others can see."""
    before = multiprocessing.get_start_method(allow_none=True)

    run = pmap(abs, [-1], backend="process")

    assert multiprocessing.get_start_method(allow_none=True) == before
    assert run.start_method == launch.methods()[0]


def run_script(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Write a script and run it, with warnings shown."""
    script = folder / "script.py"
    script.write_text(dedent(code), encoding="utf-8")
    temporary = folder / "tmp"
    temporary.mkdir()
    return run_python(folder, "-W", "error", str(script), *arguments, temporary=temporary)


@on_workers
def test_a_traceback_from_a_worker_underlines_nothing_by_chance(
    tmp_path: Path, backend: str
) -> None:
    """Its frames were made here, of other text than that of the line."""
    code = """
        import parmagic

        def divide(x):
            return [x, 1 / x][1] + 1

        parmagic.pmap(divide, [0], backend="{backend}")
    """
    done = run_script(tmp_path, code.replace("{backend}", backend))

    _, after = done.stderr.split("    return [x, 1 / x][1] + 1\n")
    assert after.startswith("ZeroDivisionError: division by zero\n")


UNGUARDED = """
    import multiprocessing, pathlib, sys
    import parmagic

    with open("runs.txt", "a") as file:
        file.write("run\\n")

    factor = 3

    class Number:
        def __init__(self, value): self.value = value
        def __eq__(self, other): return self.value == other.value

    def helper(x):
        return x * factor

    def work(x):
        print("working on", x)
        return Number(helper(x))

    run = parmagic.pmap(work, range(3), backend=sys.argv[1], start_method=sys.argv[2], workers=2)
    assert run.values == [Number(0), Number(3), Number(6)]
    assert all(type(value) is Number for value in run.values)
    factor = 5
    print([number.value for number in parmagic.pmap(work, [1], backend=sys.argv[1],
                                                    start_method=sys.argv[2]).values])
    print(multiprocessing.get_start_method(allow_none=True))
"""


@by_each_method
@on_workers
def test_a_script_needs_no_main_guard(tmp_path: Path, backend: str, method: str) -> None:
    """Workers do not run it again, and nothing is left of them when it ends."""
    done = run_script(tmp_path, UNGUARDED, backend, method)

    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert sorted(lines[:3]) == ["working on 0", "working on 1", "working on 2"]
    assert lines[3:] == ["working on 1", "[5]", "None"]
    assert (tmp_path / "runs.txt").read_text() == "run\n"
    assert not list((tmp_path / "tmp").iterdir())


IN_A_CHILD = """
    import functools, multiprocessing, sys
    import parmagic

    factor = 3

    class Number:
        def __init__(self, value): self.value = value
        def __eq__(self, other): return self.value == other.value

    kept = Number(4)

    class Wrong(Exception): pass

    def times(number):
        return Number(number.value * factor + kept.value)

    def fail(x):
        raise Wrong(x)

    def child(backend, method, queue):
        run = functools.partial(parmagic.pmap, backend=backend, start_method=method)
        values = run(times, [Number(1), Number(2)]).values
        assert [type(value) for value in values] == [Number, Number]
        assert run(lambda x: x + factor, [1]).values == [4]
        assert run(functools.partial(pow, factor), [2]).values == [9]
        try:
            run(fail, [5])
        except Wrong as error:
            queue.put(([value.value for value in values], error.args))

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[2])
        queue = context.SimpleQueue()
        process = context.Process(target=child, args=(*sys.argv[1:], queue))
        process.start()
        process.join(40)
        print(process.exitcode, queue.empty() or queue.get())
"""


@by_each_method
@on_workers
def test_functions_of_a_script_run_in_a_child_of_it_too(
    tmp_path: Path, backend: str, method: str
) -> None:
    """There multiprocessing has made a second module of the script, `__mp_main__`."""
    done = run_script(tmp_path, IN_A_CHILD, backend, method)

    assert (done.stdout, done.stderr) == ("0 ([7, 10], (5,))\n", "")


@pytest.mark.skipif(sys.platform == "win32", reason="there another function starts programs")
@by_each_method
def test_what_a_script_spawns_meanwhile_finds_what_it_defines(tmp_path: Path, method: str) -> None:
    """Workers run no script, but other processes do: nothing is hidden as workers start."""
    done = run_script(
        tmp_path,
        """
        import multiprocessing, sys, time
        from multiprocessing import spawn, util
        from parmagic.run.processes import launch

        def look(*args):
            print(spawn.get_preparation_data("theirs")["init_main_from_path"] == __file__)
            return usual(*args)

        multiprocessing.set_start_method("spawn")
        usual, util.spawnv_passfds = util.spawnv_passfds, look
        worker = launch.start(sys.argv[1], time.sleep, 0)
        worker.join()
        launch.end()
        """,
        method,
    )

    assert (set(done.stdout.splitlines()), done.stderr) == ({"True"}, "")


@by_each_method
def test_a_script_that_fails_shows_its_own_lines(tmp_path: Path, method: str) -> None:
    """The traceback leads to the line of the script that raised, and the status is 1."""
    done = run_script(
        tmp_path,
        """
        import sys, parmagic

        def fail(x):
            raise ValueError("bad", x)

        parmagic.pmap(fail, [1], start_method=sys.argv[1])
        """,
        method,
    )

    assert done.returncode == 1
    assert 'script.py", line 5, in fail\n    raise ValueError("bad", x)\n' in done.stderr
    assert "\nValueError: ('bad', 1)\n" in done.stderr
    assert done.stderr.rstrip().endswith("(raised by item 0 of 1, counting from 0; the item is 1)")


@pytest.mark.parametrize("chosen", [*launch.methods(), "fork"])
def test_the_start_method_that_a_script_chose_is_used(tmp_path: Path, chosen: str) -> None:
    """Unless it is `fork`, which a program with threads does not survive."""
    if chosen not in multiprocessing.get_all_start_methods():
        pytest.skip(f"there is no {chosen} here")
    done = run_script(
        tmp_path,
        """
        import multiprocessing, sys, parmagic

        multiprocessing.set_start_method(sys.argv[1])
        run = parmagic.pmap(abs, [-1])
        print(run.values, run.start_method, multiprocessing.get_start_method())
        """,
        chosen,
    )

    used = chosen if chosen in launch.methods() else launch.methods()[0]
    assert (done.stdout, done.stderr) == (f"[1] {used} {chosen}\n", "")


def test_a_module_run_by_name_works_too(tmp_path: Path) -> None:
    """`python -m script` gives `__main__` a spec, by which workers would import it again."""
    (tmp_path / "tmp").mkdir()
    (tmp_path / "script.py").write_text(
        "import parmagic\nprint('once')\ndef double(x): return 2 * x\n"
        "print(parmagic.pmap(double, [1, 2]).values)\n",
        encoding="utf-8",
    )

    done = run_python(tmp_path, "-m", "script", temporary=tmp_path / "tmp")

    assert (done.stdout, done.stderr) == ("once\n[2, 4]\n", "")


@pytest.mark.skipif(
    sys.version_info[:2] == (3, 13),
    reason="it keeps the text of `python -c` by name, as no other does",
)
def test_what_has_no_source_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """`python -c` keeps none, and has no cells."""
    code = "import parmagic\ndef double(x): return 2 * x\nparmagic.pmap(double, [1])"
    (tmp_path / "tmp").mkdir()

    done = run_python(tmp_path, "-c", code, temporary=tmp_path / "tmp")

    assert "`double` (function), called in <string> line 3, cannot be sent" in done.stderr
    assert "(its source cannot be found): define it with `def`, in a file, or use" in done.stderr


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 13), reason="no other Python keeps the text of `python -c` by name"
)
def test_a_data_class_of_a_text_is_sent(tmp_path: Path) -> None:
    """What `dataclass` makes has the file name that the text has."""
    code = (
        "from dataclasses import dataclass\nimport parmagic\n"
        "@dataclass\nclass Data: x: int\n"
        "def get(data): return data.x, repr(data)\n"
        "print(parmagic.pmap(get, [Data(3)]).values)"
    )
    (tmp_path / "tmp").mkdir()

    done = run_python(tmp_path, "-c", code, temporary=tmp_path / "tmp")

    assert (done.stdout, done.stderr) == ("[(3, 'Data(x=3)')]\n", "")


def test_a_worker_imports_neither_ipython_nor_matplotlib(tmp_path: Path) -> None:
    """What a worker imports decides how fast it starts."""
    done = run_script(
        tmp_path,
        """
        import sys, parmagic
        import matplotlib, IPython

        def heavy(_):
            return sorted({"IPython", "matplotlib", "traitlets", "numpy"} & set(sys.modules))

        print(parmagic.pmap(heavy, [0], backend="process").values)
        """,
    )

    assert (done.stdout, done.stderr) == ("[[]]\n", "")


@pytest.mark.skipif("forkserver" not in launch.methods(), reason="there is no fork server here")
def test_a_forked_worker_has_been_given_all_it_imports(tmp_path: Path) -> None:
    """What it imports itself takes time, and memory that it shares with no other worker."""
    done = run_script(
        tmp_path,
        """
        import subprocess, sys, parmagic
        from multiprocessing import forkserver
        from parmagic.run.processes.server import PRELOADED

        def imported(_):
            return set(sys.modules)

        every = ", ".join(["sys", forkserver.__name__, *PRELOADED])
        print_them = f"import {every}; print(*sys.modules)"
        given = subprocess.run([sys.executable, "-c", print_them], capture_output=True, text=True)
        there, = parmagic.pmap(imported, [0], backend="pool", start_method="forkserver").values
        asked = {"hmac", "_hmac", "_hashlib"}  # by the server, of who asks it: since Python 3.14
        print(there - set(given.stdout.split()) - asked - {"__mp_main__", "faulthandler"})
        """,
    )

    assert (done.stdout, done.stderr) == ("set()\n", "")


def test_runs_that_overlap_leave_the_streams_as_they_were(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whichever of them ends first; and each has what its own tasks print."""
    before = sys.stdout, sys.stderr
    begun, ended = threading.Event(), threading.Event()
    runs: dict[str, Run] = {}

    def first(_: int) -> None:
        begun.wait(LIMIT)
        sys.stdout.write("first\n")

    def second(_: int) -> None:
        begun.set()
        ended.wait(LIMIT)
        sys.stdout.write("second\n")

    def run(name: str, task: Callable[[int], None]) -> None:
        runs[name] = pmap(task, [0], backend="thread")

    threads = [threading.Thread(target=run, args=("first", first))]
    threads[0].start()
    while sys.stdout is before[0]:
        time.sleep(0.001)
    threads.append(threading.Thread(target=run, args=("second", second)))
    threads[1].start()
    threads[0].join(LIMIT)
    ended.set()
    threads[1].join(LIMIT)

    assert (sys.stdout, sys.stderr) == before
    assert [runs[name].tasks[0].stdout for name in ("first", "second")] == ["first\n", "second\n"]
    assert capsys.readouterr().out == "first\nsecond\n"
