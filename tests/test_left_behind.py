"""What tasks leave behind, close or ignore: nobody waits for what will never come."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from kernel import MEET, Notebook, wait_until
from marks import lets_go, on_processes
from parmagic import pmap
from parmagic.run.backends.pool import Kept, Pool
from parmagic.run.processes import launch
from parmagic.run.processes.handle import Handle
from programs import run_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="these are ways of Unix")


@pytest.mark.parametrize(
    "leave",
    [
        "os.system(f'sleep 600 & echo $! > {x}')",
        "os.fork() or (open(x, 'w').write(str(os.getpid())), os.setsid(), time.sleep(600))",
    ],
    ids=["program", "fork"],
)
@pytest.mark.parametrize("method", launch.methods())
def test_what_a_task_leaves_running_does_not_hold_up_the_notebook(method: str, leave: str) -> None:
    """Its workers end, and it loads and unloads the extension, whatever else goes on."""
    with Notebook(start_method=method) as notebook:
        notebook.do(f"import os, time\ndef leave(x):\n    {leave}\n    return x")
        left = notebook.folder / "left"
        assert notebook.get(f"%pmap -q -w 1 leave {[str(left)]!r}") == [str(left)]
        wait_until(lambda: left.exists() and left.read_text().strip() != "")
        program = psutil.Process(int(left.read_text()))
        try:
            notebook.do("%unload_ext parmagic")
            wait_until(lambda: all(one.name() == "sleep" for one in notebook.children()))
            assert program.is_running()
        finally:
            program.kill()


@on_processes
def test_a_worker_that_is_not_heard_of_any_more_is_ended(notebook: Notebook, backend: str) -> None:
    """A task has closed all files, those of the worker too, and would go on for ever."""
    notebook.do(
        "import os, time\n"
        "def deaf(x):\n"
        "    if x == 1:\n"
        "        os.closerange(3, 256)\n"
        "        time.sleep(3600)\n"
        "    return x"
    )

    reply = notebook.run(f"%pmap -q -w 2 -b {backend} -o run deaf range(4)")

    assert reply.error.ename == "WorkerDied"
    assert "while it ran item 1 of 4" in reply.error.evalue
    assert "closed the files it is heard by" in reply.error.evalue
    assert notebook.get("[value for value in run.values if isinstance(value, int)]") == [0, 2, 3]


def test_an_interrupted_run_holds_on_to_no_item(notebook: Notebook) -> None:
    """What an iterable gave may be large; nobody else may know of it."""
    notebook.do(
        f"{MEET}\nimport gc, weakref\n"
        "class Item: pass\n"
        "alive = weakref.WeakSet()\n"
        "def made():\n"
        "    one = Item()\n"
        "    alive.add(one)\n"
        "    return one\n"
        "def hang(x):\n    touch('hangs')\n    time.sleep(3600)"
    )

    notebook.stop("%pmap -q -w 2 hang iter(made, None)", "hangs")

    assert notebook.get("gc.collect() * 0 + len(alive)") == 0


PIPES = """
import os, signal, time, parmagic
from parmagic.run.backends import pool
signal.signal(signal.SIGPIPE, signal.SIG_DFL)

def worker(x): return os.getpid()

(pid,) = parmagic.pmap(worker, [1], workers=1).values
os.kill(pid, signal.SIGKILL)
(handle,) = pool._kept.here().pool.workers
handle.process.join()
print("dead", flush=True)
handle.bring_in(("json",))
print(parmagic.pmap(abs, [-1], workers=1).values, flush=True)
"""


def test_a_program_that_ends_by_sigpipe_does_not_for_a_dead_worker(tmp_path: Path) -> None:
    """As one does whose output goes to `head`."""
    assert _lines(PIPES, tmp_path) == ["dead", "[1]"]


CHILDREN = """
import os, signal, sys, parmagic
signal.signal(signal.SIGCHLD, signal.SIG_IGN)

def files(): return len(os.listdir(f"/proc/self/fd")) if sys.platform == "linux" else 0
def fatal(x):
    if x == 2: os._exit(3)
    return x

for backend in ("process", "pool"):
    run = parmagic.pmap(fatal, range(4), workers=2, backend=backend, start_method="{method}",
                        errors="keep")
    print([value for value in run.values if isinstance(value, int)], flush=True)
    print(type(run.values[2]).__name__, "item 2" in str(run.values[2]), flush=True)
before = files()
for _ in range(10):
    parmagic.pmap(abs, range(2), workers=2, backend="process", start_method="{method}")
print(files() <= before, flush=True)
"""


@pytest.mark.parametrize("method", launch.methods())
def test_workers_end_also_where_the_notebook_ignores_the_end_of_processes(
    method: str, tmp_path: Path
) -> None:
    """Nobody can say then how it was that a process of its own has ended."""
    found = _lines(CHILDREN.replace("{method}", method), tmp_path)

    assert found == [*["[0, 1, 3]", "WorkerDied True"] * 2, "True"]


def _lines(script: str, folder: Path) -> list[str]:
    """Run a script, which must end well, and return what it prints."""
    path = folder / "script.py"
    path.write_text(script)
    done = run_python(folder, "-W", "ignore", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


FORKS = """
import os, sys, threading, time, parmagic
from parmagic.run.processes import launch

def worker(x): return os.getpid()

parmagic.pmap(worker, range(2), workers=1, start_method="{method}")
held = threading.Event()
def hold():
    with launch._lock:
        held.set()
        time.sleep(600)
threading.Thread(target=hold, daemon=True).start()
held.wait()
pid = os.fork()
if pid == 0:
    run = parmagic.pmap(worker, range(2), workers=1, start_method="{method}")
    print(len(run.values), flush=True)
    sys.exit()
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
os._exit(0)
"""


@pytest.mark.parametrize("method", launch.methods())
def test_a_forked_child_waits_for_nothing_of_its_parent(method: str, tmp_path: Path) -> None:
    """Neither for a thread that was just starting workers, nor, in the end, for the workers."""
    assert _lines(FORKS.replace("{method}", method), tmp_path) == ["2", "0"]


PRESSES = """
import os, signal, threading, time
from parmagic.run.interrupt import held

raised, may_raise, over = 0, False, False

def handle(*_):
    global raised, may_raise
    if may_raise:
        raised, may_raise = raised + 1, False
        raise KeyboardInterrupt

def press():
    while not over:
        time.sleep(1e-5)
        os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, handle)
threading.Thread(target=press, daemon=True).start()
blocked = set()
while raised < 500 and not blocked:
    try:
        may_raise = True
        with held():
            pass
        may_raise = False
    except KeyboardInterrupt:
        pass
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
over = True
signal.signal(signal.SIGINT, signal.SIG_IGN)
print(sorted(blocked))
"""


def test_an_interrupt_leaves_no_signal_blocked(tmp_path: Path) -> None:
    """However close it comes to the moment from which it is held back, or is no longer."""
    assert _lines(PRESSES, tmp_path) == ["[]"]


@lets_go
@pytest.mark.by_any_method
@pytest.mark.skipif(sys.platform != "linux", reason="the most memory is told by Linux")
def test_data_that_wait_for_workers_are_not_there_once_for_each(notebook: Notebook) -> None:
    """However slowly these read them: the notebook has one pickle of them, which all are sent."""
    notebook.do(
        "text = 'x' * 40_000_000\n"
        "def size(x): return len(text) + x\n"
        "def memory(name):\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(x.split()[1]) * 1024 for x in lines if x.startswith(name))"
    )
    notebook.do("%pmap -q -w 8 abs range(8)")
    notebook.do("open('/proc/self/clear_refs', 'w').write('5')\nbefore = memory('VmRSS')")

    assert notebook.get("%pmap -q -w 8 size range(8)") == [40_000_000 + x for x in range(8)]
    assert notebook.get("memory('VmHWM') - before") < 4 * 40_000_000


def test_who_ends_all_children_of_multiprocessing_ends_no_worker(notebook: Notebook) -> None:
    """As a cell does that clears up after its own processes; these are its own."""
    notebook.do("import multiprocessing, os\ndef worker(x): return os.getpid()")
    before = notebook.get("%pmap -q -w 1 worker [1]")

    notebook.do(
        "for one in multiprocessing.active_children():\n"
        "    one.terminate()\n    one.join()\n    one.close()"
    )

    assert notebook.get("%pmap -q -w 1 worker [1]") == before


def test_a_worker_that_has_stopped_listening_is_replaced(notebook: Notebook) -> None:
    """An alarm of an earlier task has ended its waiting; a thread of that task keeps it alive."""
    notebook.do(
        f"{MEET}\nimport signal, threading\n"
        "def ring(*_):\n    touch('rung')\n    raise TimeoutError('too late')\n"
        "def leave(x):\n"
        "    threading.Thread(target=time.sleep, args=(3600,)).start()\n"
        "    signal.signal(signal.SIGALRM, ring)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
        "    return x\n"
        "def same(x): return x"
    )
    notebook.do("%pmap -q -w 1 leave [1]\nwait_for('rung')\nos.remove('rung')")

    assert notebook.get("%pmap -q -w 1 same range(3)") == [0, 1, 2]


def _pressed(*_: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupt_as_a_run_ends_leaves_the_pool_to_the_next() -> None:
    """Whenever it comes: else no run would have warm workers any more."""
    kept, usual = Kept(Pool), signal.signal(signal.SIGVTALRM, _pressed)
    taken = 0
    try:
        for _ in range(100):
            with contextlib.suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_VIRTUAL, 20e-6)
                while True:
                    taken += not kept.alone(int)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, usual)

    assert taken == 0


def test_an_interrupt_as_a_worker_is_ended_ends_it_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be in the middle of a task that takes too long."""
    strike, processes = Handle.strike, list[psutil.Process]()

    def pressed(worker: Handle) -> None:
        processes.append(psutil.Process(worker.process.pid))
        signal.raise_signal(signal.SIGINT)
        strike(worker)

    monkeypatch.setattr(Handle, "strike", pressed)
    try:
        with pytest.raises(KeyboardInterrupt):
            pmap(time.sleep, [0, 60], workers=2, timeout=0.2, errors="keep")
    finally:
        monkeypatch.undo()

    assert processes
    assert not [one for one in processes if one.is_running()]


KEPT = {
    "values": "kept = %pmap -q --errors keep fails range(4)",
    "last": "%pmap -q fails range(4)",
    "caught": "def catch():\n    try:\n        %pmap -q fails range(4)\n"
    "    except ValueError as error:\n        return error\nkept = catch()",
    "script": "try: parmagic.pmap(fails, range(4))\nexcept ValueError as error: kept = error",
}


@pytest.mark.parametrize("cell", KEPT.values(), ids=KEPT)
def test_an_exception_that_is_kept_holds_nothing_of_its_run(cell: str) -> None:
    """Neither the record nor the memory of its data, but its own lines."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do(
            "import gc, numpy, os, parmagic, weakref\n"
            "from parmagic.modules.folder import buffer_folders\n"
            "table = numpy.ones(400_000)\n"
            "def fails(x):\n    if x == 2: raise ValueError(x)\n    return table[x]"
        )
        notebook.run(cell)
        notebook.do("run = weakref.ref(parmagic.last_run())\ntable = None")
        notebook.do("%pmap -q abs range(3);")  # another takes its place
        notebook.do("gc.collect()")

        assert notebook.get("run() is None")
        held = "[n for f in buffer_folders() for n in os.listdir(f) if n.startswith('buffers')]"
        assert notebook.get(held) == []
