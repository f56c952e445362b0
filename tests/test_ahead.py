"""What workers import ahead of need keeps no run waiting that has no use for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel import LIMIT, wait_until
from parmagic.run.backend import BACKENDS
from programs import run_python

if TYPE_CHECKING:
    from pathlib import Path

    from kernel import Notebook

# In a worker, it waits while it is imported until it may go on.
SLOW = """
import decimal, multiprocessing, os, time

end = time.monotonic() + {limit}
while multiprocessing.parent_process() is not None and not os.path.exists({gate!r}):
    open({begun!r}, "w").close()
    if time.monotonic() > end:
        raise TimeoutError
    time.sleep(0.01)
decimal.getcontext().prec = 5
"""


@pytest.fixture
def slow(notebook: Notebook) -> Notebook:
    """A notebook with two modules that are slow to import: `first_slow` and `second_slow`."""
    for name in ("first", "second"):
        gate, begun = (str(notebook.folder / f"{name}.{what}") for what in ("gate", "begun"))
        text = SLOW.format(limit=LIMIT, gate=gate, begun=begun)
        (notebook.folder / f"{name}_slow.py").write_text(text, encoding="utf-8")
    notebook.do("%config ParallelMagics.workers = 1\n%pmap -q abs [1]")  # it knows the folder then
    return notebook


def test_a_run_waits_for_nothing_that_workers_were_yet_to_import_ahead(slow: Notebook) -> None:
    """They do what is left of it afterwards; what that sets is set as in the notebook again."""
    gates = [slow.folder / f"{name}.gate" for name in ("first", "second")]
    begun = slow.folder / "second.begun"
    slow.do(
        "import decimal, first_slow, second_slow\n"
        "decimal.getcontext().prec = 3\n"
        "def needs(x): return first_slow.__name__, second_slow.__name__\n"
        "def needs_neither(x): return str(decimal.Decimal(x) / 3)"
    )
    wait_until((slow.folder / "first.begun").exists)

    # Nothing is said of how far the run is before the worker has been given its task.
    reply = slow.run("%pmap -o run needs_neither [1]", on_print=lambda _: gates[0].touch())

    assert reply.status == "ok"
    assert slow.get("run.values") == ["0.333"]
    wait_until(begun.exists)
    gates[1].touch()
    assert slow.get("%pmap -q needs_neither [1]") == ["0.333"]
    assert slow.get("%pmap -q needs [1]") == [("first_slow", "second_slow")]


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_a_module_sets_as_tasks_import_it_is_set_as_in_the_notebook(
    notebook: Notebook, backend: str
) -> None:
    """There another cell has set it again."""
    text = "import decimal\ndecimal.getcontext().prec = 5\nONE = decimal.Decimal(1)\n"
    (notebook.folder / "precise.py").write_text(text, encoding="utf-8")
    notebook.do("import precise\nprecise.decimal.getcontext().prec = 9")

    found = notebook.get(f"%pmap -q -b {backend} str(precise.ONE / x) for x in [3, 7]")

    assert found == ["0.333333333", "0.142857143"]


def test_nothing_is_imported_ahead_while_there_is_something_to_do(tmp_path: Path) -> None:
    """As where the cell that imports it, and one with a run, are run at once."""
    (tmp_path / "slow.py").write_text("raise SystemExit('it was imported')", encoding="utf-8")
    code = (
        "import os, pickle\n"
        "from multiprocessing import Pipe\n"
        "from parmagic.run.workers.worker import Worker\n"
        "near, far = Pipe()\n"
        "near.send([('ahead', 'slow')])\n"
        "near.send(None)\n"
        "Worker(far, []).work()\n"
    )

    done = run_python(tmp_path, "-c", code)

    assert (done.returncode, done.stderr) == (0, "")


def test_what_a_task_sets_of_its_process_stays_while_its_worker_imports_ahead(
    tmp_path: Path,
) -> None:
    """Until the run is over: with the next, all is as in the notebook, also what a module sets."""
    (tmp_path / "task.py").write_text("import os\nos.environ['TASK'] = 'set'", encoding="utf-8")
    (tmp_path / "ahead.py").write_text("import os\nos.environ['AHEAD'] = 'set'", encoding="utf-8")
    code = (
        "import os, threading\n"
        "from multiprocessing import Pipe\n"
        "from parmagic.run.workers.surroundings import follow, here\n"
        "from parmagic.run.workers.worker import Worker\n"
        "Worker.follow = staticmethod(follow)\n"
        "near, far = Pipe()\n"
        "def say():\n"
        "    print(os.environ.get('TASK'), os.environ.get('AHEAD'))\n"
        "def drive():\n"
        "    near.send([('surroundings', *here()), ('import', 'task'), ('ahead', 'ahead')])\n"
        "    assert [near.recv()[0], near.recv()[0]] == ['ready', 'ready']\n"
        "    say()\n"
        "    near.send([('back',)])\n"
        "    near.send(None)\n"
        "threading.Thread(target=drive).start()\n"
        "Worker(far, []).work()\n"
        "say()\n"
    )

    done = run_python(tmp_path, "-c", code)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["set set", "None None"]
