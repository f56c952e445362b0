"""Processes that the notebook forks itself: what they have of ours keeps nothing alive."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kernel import MEET, Notebook, is_alive, wait_until
from marks import by_any_method
from parmagic.run.processes import launch
from programs import run_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
_FORK = (
    "import multiprocessing, time\n"
    "child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,))\n"
    "child.start()"
)


@pytest.mark.parametrize("start_method", launch.methods())
def test_a_process_that_the_notebook_has_forked_does_not_hold_up_reloading(
    start_method: str,
) -> None:
    """Such as that of a `multiprocessing.Manager()`, before Python 3.14."""
    with Notebook(start_method=start_method) as notebook:
        notebook.do("def square(x): return x * x")
        notebook.do("%pmap square range(3)")
        notebook.do(_FORK)

        notebook.do("%reload_ext parmagic")

        assert notebook.get("child.is_alive()")
        assert notebook.get("%pmap -q square range(3)") == [0, 1, 4]
        notebook.do("child.kill()")


def test_a_process_that_the_notebook_has_forked_keeps_no_worker_of_a_dead_one() -> None:
    """Nor the server that started it."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do("def square(x): return x * x")
        notebook.do("%pmap square range(3)")
        before = notebook.children()
        ours = [one for one in before if one.name() != "xargs"]
        notebook.do(_FORK)
        (forked,) = [one for one in notebook.children() if one not in before]

        notebook.kill()

        try:
            wait_until(lambda: not any(is_alive(one) for one in ours))
            assert is_alive(forked)
        finally:
            forked.kill()


@by_any_method
def test_what_a_forked_process_maps_over_changes_no_data_of_the_notebook(
    notebook: Notebook,
) -> None:
    """It has the same large data, and the file that the notebook's workers read is not its own."""
    notebook.do(
        f"{MEET}\nimport multiprocessing, numpy, parmagic\n"
        "data = numpy.ones(200_000)\n"
        "def total(x): return float(data.sum())\n"
        "def late_total(x):\n    touch('begun'); wait_for('changed')\n    return total(x)\n"
        "def change():\n"
        "    wait_for('begun')\n    data[:] = 2\n"
        "    found = parmagic.pmap(total, [0], workers=1).values\n"
        "    with open('found', 'w') as file: file.write(str(found))\n"
        "    touch('changed')\n"
        "parmagic.pmap(total, [0], workers=1)\n"
        "child = multiprocessing.get_context('fork').Process(target=change)\n"
        "child.start()"
    )

    assert notebook.get("parmagic.pmap(late_total, [0], workers=1).values") == [200_000.0]
    assert (notebook.folder / "found").read_text() == "[400000.0]"


@by_any_method
def test_the_files_of_a_forked_process_go_with_it(notebook: Notebook) -> None:
    """However it ends: those of multiprocessing end at once."""
    notebook.do(
        "import multiprocessing, numpy, parmagic\n"
        "from parmagic.modules.folder import buffer_folders\n"
        "data = numpy.ones(200_000)\n"
        "def total(x): return float(data.sum())\n"
        "def map_in_child():\n"
        "    parmagic.pmap(total, [0], workers=1)\n"
        "    with open('folders', 'w') as file: file.write(' '.join(buffer_folders()))\n"
        "parmagic.pmap(total, [0], workers=1)\n"
        "process = multiprocessing.get_context('fork').Process(target=map_in_child)\n"
        "process.start()\nprocess.join()"
    )
    folders = list(map(Path, (notebook.folder / "folders").read_text().split()))

    assert folders
    wait_until(lambda: not any(folder.exists() for folder in folders))
    assert notebook.get("parmagic.pmap(total, [0], workers=1).values") == [200_000.0]


_ENDS = f"""
import sys, threading, numpy, parmagic
{MEET}
data = numpy.ones(200_000)

def total(x):
    touch(f"begun-{{x}}")
    wait_for("ended")
    return float(data.sum())

def run():
    print(parmagic.pmap(total, [0, 1], workers=1, backend="process").values)

def other(x):
    return data[x]

thread = threading.Thread(target=run)
thread.start()
wait_for("begun-0")
data = numpy.ones(300_000)
parmagic.pmap(other, [0], workers=1)
pid = os.fork()
if pid == 0:
    sys.exit()
os.waitpid(pid, 0)
touch("ended")
thread.join()
"""


@by_any_method
def test_a_forked_process_that_ends_takes_no_data_of_the_notebook_away(tmp_path: Path) -> None:
    """A run of another thread starts new processes, which read them."""
    script = tmp_path / "ends.py"
    script.write_text(_ENDS)

    done = run_python(tmp_path, "-W", "ignore", str(script))

    assert (done.stdout, done.stderr) == ("[200000.0, 200000.0]\n", "")


_HELD = """
import os, sys, threading, numpy, parmagic
from parmagic.modules import folder, quiet, shelf, written
from parmagic.run.processes import launch
from parmagic.run.workers import output

data = numpy.ones(200_000)

def total(x):
    return float(data.sum())

def hold():
    with shelf.lock, folder._making, written._lock, launch._lock, output._changing:
        held.set()
        forked.wait()

held, forked = threading.Event(), threading.Event()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
pid = os.fork()
if pid == 0:
    for backend in ("process", "thread"):
        print(parmagic.pmap(total, [0], workers=1, backend=backend).values, flush=True)
    os._exit(0)
os.waitpid(pid, 0)
forked.set()
thread.join()
"""


@by_any_method
def test_a_process_that_is_forked_while_another_thread_maps_can_map(tmp_path: Path) -> None:
    """What that thread was about to do is not waited for: the process has no such thread."""
    script = tmp_path / "held.py"
    script.write_text(_HELD)

    done = run_python(tmp_path, "-W", "ignore", str(script))

    assert (done.stdout, done.stderr) == ("[200000.0]\n[200000.0]\n", "")


@pytest.mark.parametrize("backend", ["pool", "process", "thread"])
@pytest.mark.parametrize(
    ("end", "code"),
    [("sys.exit(3)", 3), ("raise ValueError(x)", 1), ("pass", 0), ("os._exit(4)", 4)],
)
def test_a_process_that_the_items_fork_leaves_the_run_to_the_notebook(
    notebook: Notebook, backend: str, end: str, code: int
) -> None:
    """It ends where it comes back: it was a second notebook that spoke to the same workers."""
    notebook.do(
        "import os, sys\n"
        "def same(x): return x\n"
        "def items():\n"
        "    for x in range(6):\n"
        "        pid = os.fork() if x % 2 else 0\n"
        f"        if x % 2 and pid == 0: {end}\n"
        "        elif pid: codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "        yield x\n"
        "codes = []"
    )

    assert notebook.get(f"%pmap -q -w 2 -b {backend} same items()") == list(range(6))
    assert notebook.get("codes") == [code] * 3
