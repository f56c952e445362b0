"""What tasks warn of and log reaches the notebook's own filters, loggers and handlers, once."""

from __future__ import annotations

import re
import sys

import pytest

from kernel import Notebook
from marks import on_each_backend, on_workers

CELLS = """
import logging, os, sys, warnings

class Keep(logging.Handler):
    def __init__(self):
        super().__init__()
        self.records = []
    def emit(self, record):
        self.records.append(record)

class Odd(UserWarning):
    pass

kept = Keep()
"""


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what the tests use."""
    notebook.do(CELLS)


ODD = r"""
class Digits:
    pattern = "\d"
    def are(self, x): return x is 1, "\d"
def odd(x):
    return Digits().are(x), x is 2, "\w"
"""


@on_each_backend
def test_what_python_warns_of_in_code_is_said_by_its_cell_alone(
    notebook: Notebook, backend: str
) -> None:
    """As of unknown escapes: nobody who reads the code again, and no worker, says it once more."""
    assert "SyntaxWarning" in notebook.do(ODD).stderr

    for code in ("%pmap {b} odd [1, 2]", "%pmap {b} odd(x) for x in [1, 2]", ASKED):
        assert "Warning" not in notebook.do(code.format(b=f"-b {backend}")).stderr


ASKED = """%%parallel {b}
first = odd(1)
second = odd(2)
both = [odd(x) for x in range(2)]
"""


def test_a_parallel_cell_says_once_what_python_warns_of_in_it(notebook: Notebook) -> None:
    """Though each statement is compiled again before it runs."""
    reply = notebook.do(f"%%parallel -q\n{ODD}\nfirst = odd(1)\nsecond = odd(2)")

    assert len(re.findall(r"Warning: .*literal", reply.stderr)) == ODD.count(" is ")


@on_each_backend
def test_a_warning_is_shown_once_with_its_class_and_its_line(
    notebook: Notebook, backend: str
) -> None:
    """However many tasks warn of the same: as a loop in the notebook would show it."""
    notebook.do(
        f"def warn(x):\n    if x < 9:\n        warnings.warn('{backend} is odd', Odd)\n    return x"
    )

    reply = notebook.do(f"%pmap -q -w 2 -b {backend} -o run warn range(4)")

    assert reply.stderr.count(f"Odd: {backend} is odd") == 1, reply.stderr
    assert f":3: Odd: {backend} is odd\n  warnings.warn('{backend} is odd', Odd)" in reply.stderr
    assert "cells_" not in reply.stderr
    assert notebook.get("''.join(task.stdout for task in run.tasks)") == reply.stderr


@on_each_backend
def test_filters_of_the_notebook_decide_what_is_shown(notebook: Notebook, backend: str) -> None:
    """Also those that name a class of the notebook, which no worker has before its tasks."""
    notebook.do(f"def warn(x): warnings.warn('{backend}!', Odd if x % 2 else FutureWarning)")
    line = f"%pmap -q -w 2 -b {backend} warn range(4)"

    with_filter = "with warnings.catch_warnings():\n    warnings.simplefilter({!r}, {})\n    {}"
    ignored = notebook.do(with_filter.format("ignore", "Odd", line))
    always = notebook.do(with_filter.format("always", "Warning", line))
    error = notebook.run(with_filter.format("error", "FutureWarning", line)).error

    assert "Odd:" not in ignored.stderr
    assert ignored.stderr.count("FutureWarning:") == 1
    assert always.stderr.count("Odd:") == always.stderr.count("FutureWarning:") == 2
    assert (error.ename, error.evalue) == ("FutureWarning", f"{backend}!")


@on_each_backend
def test_warnings_of_the_notebook_can_be_recorded(notebook: Notebook, backend: str) -> None:
    """`catch_warnings(record=True)` around a magic gets the instances; inside a task, it keeps."""
    notebook.do(
        "def warn(x):\n"
        "    with warnings.catch_warnings(record=True) as own:\n"
        "        warnings.warn('own')\n"
        "    warnings.warn(Odd('sent', x))\n"
        "    warnings.warn('to who calls', stacklevel=2)\n"
        "    return len(own)"
    )
    notebook.do(
        "with warnings.catch_warnings(record=True) as found:\n"
        "    warnings.simplefilter('always')\n"
        f"    counts = %pmap -q -b {backend} warn [5]"
    )

    assert notebook.get("counts") == [1]
    assert notebook.get(
        "[(one.category.__name__, one.message.args, one.lineno) for one in found][:1]"
    ) == [("Odd", ("sent", 5), 4)]
    assert notebook.get("found[1].message.args") == ("to who calls",)


@on_each_backend
def test_a_warning_of_who_calls_names_the_statement_of_the_cell(
    notebook: Notebook, backend: str
) -> None:
    """So that filters which go by the module, as Python's for deprecations do, still show it."""
    notebook.do(
        "def old(x):\n    warnings.warn(f'old {x}', DeprecationWarning, stacklevel=2)\n    return x"
    )
    shown = notebook.do(
        f"%%parallel -q -b {backend}\na = old(1)\n\nb = old(2); c = old(a + 2)"
    ).stderr

    where = re.findall(r":(\d+): DeprecationWarning: (old \d)\n  (.*)", shown)
    assert sorted(where) == [
        ("2", "old 1", "a = old(1)"),
        ("4", "old 2", "b = old(2); c = old(a + 2)"),
        ("4", "old 3", "b = old(2); c = old(a + 2)"),
    ], shown


@on_each_backend
def test_a_log_record_reaches_the_handlers_of_the_notebook(
    notebook: Notebook, backend: str
) -> None:
    """Once, with its level, logger, cell and line, exception, and what was added to it."""
    notebook.do("kept.records.clear(); log = logging.getLogger('one.two')")
    notebook.do("log.addHandler(kept); log.setLevel('DEBUG')")
    notebook.do(
        "def work(x):\n"
        "    log.debug('item %d of %s', x, 'some', extra={'odd': Odd(x), 'plain': x})\n"
        "    try:\n"
        "        1 / x\n"
        "    except ZeroDivisionError:\n"
        "        log.exception('no')\n"
        "    return x"
    )

    reply = notebook.do(f"%pmap -q -w 2 -b {backend} work range(2)")
    notebook.do("log.removeHandler(kept); log.setLevel(0)")
    notebook.do("records = sorted(kept.records, key=lambda one: (one.levelno, one.getMessage()))")

    assert reply.stderr == ""
    assert notebook.get(
        "[(one.levelname, one.name, one.getMessage(), one.lineno) for one in records]"
    ) == [
        ("DEBUG", "one.two", "item 0 of some", 2),
        ("DEBUG", "one.two", "item 1 of some", 2),
        ("ERROR", "one.two", "no", 6),
    ]
    assert notebook.get("records[1].plain, type(records[1].odd) is Odd, records[1].funcName") == (
        1,
        True,
        "work",
    )
    assert notebook.get("records[0].pathname == work.__code__.co_filename")
    text = notebook.do("print(logging.Formatter().format(records[2]))").stdout
    assert "ZeroDivisionError: division by zero" in text
    assert "1 / x" in text
    assert "cells_" not in text


@on_each_backend
def test_levels_of_the_notebook_decide_what_is_logged(notebook: Notebook, backend: str) -> None:
    """For loggers by name, for all, and where logging is disabled."""
    notebook.do(
        "def work(x):\n"
        "    import logging\n"  # only now: the worker has not met it before
        "    logging.getLogger('quiet').error('quiet')\n"
        "    logging.getLogger('loud').info('loud')\n"
        "    logging.getLogger('third').warning('third')"
    )
    line = f"%pmap -q -b {backend} work [0]"
    notebook.do("kept.records.clear(); logging.root.addHandler(kept)")
    notebook.do("logging.getLogger('quiet').setLevel(60); logging.getLogger('loud').setLevel(1)")

    first = notebook.do(line).stderr
    seen = notebook.get("[one.name for one in kept.records]")
    notebook.do("kept.records.clear(); logging.disable(logging.WARNING)")
    notebook.do(line)
    disabled = notebook.get("[one.name for one in kept.records]")
    notebook.do("logging.disable(0); logging.getLogger('quiet').setLevel(0)")
    notebook.do("logging.getLogger('loud').setLevel(0); kept.records.clear()")
    notebook.do(line)
    after = notebook.get("[one.name for one in kept.records]")
    notebook.do("logging.root.removeHandler(kept)")

    assert (first, seen, disabled, after) == ("", ["loud", "third"], [], ["quiet", "third"])


@on_each_backend
def test_functions_of_logging_itself_reach_the_handlers_of_the_notebook(
    notebook: Notebook, backend: str
) -> None:
    """Where there is a handler, `logging.info` and `basicConfig` add none, and so in workers."""
    notebook.do(
        "def work(x):\n"
        "    logging.basicConfig(format='own: %(message)s')\n"
        "    logging.warning('some')\n"
        "    logging.getLogger('lib').warning('more')"
    )
    notebook.do("kept.records.clear(); logging.root.addHandler(kept)")

    reply = notebook.do(f"%pmap -q -w 1 -b {backend} work range(2)")
    notebook.do("logging.root.removeHandler(kept)")

    assert reply.stderr == ""
    assert notebook.get("[one.getMessage() for one in kept.records]") == ["some", "more"] * 2


@on_each_backend
def test_without_any_handler_a_record_is_printed_as_ever(notebook: Notebook, backend: str) -> None:
    """By the handler of last resort, of the notebook; a task's own handlers print by themselves."""
    notebook.do(
        "def plain(x): logging.getLogger('lib').warning('seen once')\n"
        "def own(x):\n"
        "    log = logging.getLogger('own')\n"
        "    log.addHandler(logging.StreamHandler(sys.stdout)); log.propagate = False\n"
        "    log.error('by itself')\n"
        "    log.handlers.clear(); log.propagate = True"
    )

    reply = notebook.do(f"%pmap -q -b {backend} plain [0]\n%pmap -q -b {backend} own [0]")

    assert reply.stderr == "seen once\n"
    assert reply.stdout == "by itself\n"


@on_workers
def test_of_a_flood_only_the_beginning_is_shown(notebook: Notebook, backend: str) -> None:
    """A line says how much is missing; the values come all the same."""
    notebook.do(
        "def flood(x):\n"
        "    with warnings.catch_warnings():\n"
        "        warnings.simplefilter('always')\n"
        "        for number in range(50_000):\n"
        "            warnings.warn(f'{x} {number}')\n"
        "    return x"
    )

    reply = notebook.do(
        "with warnings.catch_warnings():\n"
        "    warnings.simplefilter('always')\n"
        f"    values = %pmap -q -w 2 -b {backend} flood range(2)"
    )

    assert notebook.get("values") == [0, 1]
    assert reply.stderr.count("UserWarning") <= 1_000
    assert "... 99,000 more warnings and log records of tasks are not shown\n" in reply.stderr


@on_workers
def test_no_worker_imports_logging_for_it(notebook: Notebook, backend: str) -> None:
    """A worker starts faster without; what a function itself imports is another matter."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do("import sys\ndef known(x): return 'logging' in sys.modules")

        assert other.get(f"%pmap -q -b {backend} known [0]") == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.parametrize("backend", ["process", "pool"])
def test_what_a_task_forks_prints_as_the_task(notebook: Notebook, backend: str) -> None:
    """However often, and also what it warns of and logs; it ends like any other process."""
    notebook.do(
        "import logging, multiprocessing, os, time, warnings\n"
        "fork = multiprocessing.get_context('fork')\n"
        "def child(x):\n"
        "    for i in range(3):\n"
        "        print(f'child {x} {i}')\n"
        "        time.sleep(0.001)\n"
        "    warnings.warn(f'warned {x}')\n"
        "    logging.warning(f'logged {x}')\n"
        "def task(x):\n"
        "    print(f'task {x}')\n"
        "    process = fork.Process(target=child, args=(x,))\n"
        "    process.start()\n"
        "    process.join()\n"
        "    return process.exitcode"
    )

    reply = notebook.do(f"%pmap -q -w 2 -b {backend} -o run task range(2)")

    assert notebook.get("run.values") == [0, 0]
    for x in range(2):
        printed = reply.stdout.splitlines()
        assert printed.count(f"task {x}") == 1
        assert [line for line in printed if line.startswith(f"child {x}")] == [
            f"child {x} {i}" for i in range(3)
        ]
        assert notebook.get(f"run.tasks[{x}].stdout").count(f"child {x}") == 3
        assert reply.stderr.count(f"warned {x}\n") == reply.stderr.count(f"logged {x}\n") == 1


@on_workers
def test_a_module_that_only_workers_have_imported_warns_as_well(
    notebook: Notebook, backend: str
) -> None:
    """And a filter goes by its name as soon as the notebook has imported it, too."""
    name = f"late_{backend}"
    (notebook.folder / name).mkdir()
    code = "import warnings\ndef say(kind): warnings.warn('late', kind)"
    (notebook.folder / name / "inner.py").write_text(code)
    notebook.do(f"def late(x):\n    from {name} import inner\n    inner.say(Odd)")
    assert "inner.py:2: Odd: late" in notebook.do(f"%pmap -q -b {backend} late [1]").stderr

    reply = notebook.do(
        f"import {name}.inner\n"
        "with warnings.catch_warnings():\n"
        f"    warnings.filterwarnings('ignore', '', Odd, '{name}.inner')\n"
        f"    values = %pmap -q -b {backend} late [1]"
    )

    assert reply.stderr == ""
