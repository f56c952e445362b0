"""Interrupts and deaths at bad moments: while workers start, while Python cannot take them."""

from __future__ import annotations

import sys

import psutil
import pytest

from kernel import Notebook, check_frames, is_alive, wait_until
from marks import by_any_method
from parmagic.run.processes import launch

by_the_fork_server = pytest.mark.skipif(
    "forkserver" not in launch.methods(), reason="there is no fork server here"
)
# On Windows, `os.kill` would end the process.
_SIGNAL = "signal.raise_signal(" if sys.platform == "win32" else "os.kill(os.getpid(), "
_PRESS = _SIGNAL + "signal.SIGINT)\n{0}time.sleep(0.05)"


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do("import os, signal, time, parmagic\ndef same(x): return x")


def test_an_interrupt_is_held_back_from_what_must_not_be_left_half_done(notebook: Notebook) -> None:
    """Though a kernel has other threads that take the signal."""
    reply = notebook.run(
        "from parmagic.run.interrupt import held\n"
        "with held():\n"
        f"    {_PRESS.format('    ')}\n"
        "    print('to its end')\n"
        "print('never')"
    )

    assert (reply.stdout, reply.error.ename) == ("to its end\n", "KeyboardInterrupt")


@pytest.mark.parametrize("backend", ["pool", "thread"])
def test_an_interrupt_that_strikes_a_finalizer_is_not_lost(
    notebook: Notebook, backend: str
) -> None:
    """Python drops what a finalizer raises, but the run ends all the same."""
    notebook.do(
        "class Connection:\n"
        f"    def __del__(self):\n        {_PRESS.format(' ' * 8)}\n"
        "def items():\n"
        "    Connection()\n"
        "    for x in range(100):\n        time.sleep(0.05)\n        yield x"
    )

    assert notebook.run(f"%pmap -q -b {backend} same items()").error.ename == "KeyboardInterrupt"
    assert notebook.get(f"%pmap -q -b {backend} same [1, 2]") == [1, 2]


def test_an_interrupt_while_a_worker_is_given_a_task_ends_the_run_as_any_other(
    notebook: Notebook,
) -> None:
    """It was an IndexError: of a chunk that was not sent yet nobody knew the size."""
    notebook.do(
        "from parmagic.run.processes.inventory import Inventory\n"
        "usual = Inventory.add\n"
        "def struck(*given, **more):\n"
        "    Inventory.add = usual\n"
        f"    {_PRESS.format(' ' * 4)}\n"
        "    return usual(*given, **more)\n"
        "def new(x): return x + 1"
    )

    reply = notebook.run("Inventory.add = struck\n%pmap -q new [1, 2]")

    assert reply.error.ename == "KeyboardInterrupt"
    assert notebook.get("%pmap -q new [1, 2]") == [2, 3]


@pytest.mark.parametrize("backend", ["pool", "process", "thread"])
@pytest.mark.parametrize(
    "line", ["%pmap -q -b {0} wait range(4)", "parmagic.pmap(wait, range(4), backend='{0}')"]
)
def test_a_second_press_while_the_first_is_shown_is_not_shown_as_well(
    notebook: Notebook, backend: str, line: str
) -> None:
    """IPython takes its time over a traceback, and then for what follows a cell."""
    notebook.do(
        "import parmagic.run.interrupt\n"
        "parmagic.run.interrupt.SHOWN = 100\n"
        "def wait(x):\n    open('waits', 'w').close()\n    time.sleep(0.5)\n"
        "tracebacks, events = get_ipython().InteractiveTB, get_ipython().events\n"
        "def struck(*given, **more):\n"
        f"    {_PRESS.format('    ')}\n"
        "    return type(tracebacks).structured_traceback(tracebacks, *given, **more)\n"
        "def after(result):\n"
        "    if result.error_in_exec is not None:\n"
        f"        {_PRESS.format(' ' * 8)}\n"
        "tracebacks.structured_traceback = struck\n"
        "events.register('post_run_cell', after)"
    )
    try:
        reply = notebook.stop(line.format(backend), "waits")
    finally:
        notebook.do(
            "del tracebacks.structured_traceback; events.unregister('post_run_cell', after)"
        )
        (notebook.folder / "waits").unlink()

    assert reply.error.ename == "KeyboardInterrupt"
    assert "structured_traceback" not in reply.error.traceback
    assert notebook.run(_PRESS.format("")).errors


def test_an_interrupt_as_a_worker_says_that_it_is_ready_leaves_its_task_on_the_record(
    notebook: Notebook,
) -> None:
    """It was under way, and its time is not taken for one in which the worker had nothing to do."""
    notebook.do(
        "import signal\n"
        "from parmagic.run.processes.handle import Handle\n"
        "usual = Handle._next\n"
        "def struck(self):\n"
        "    Handle._next = usual\n"
        "    while not os.path.exists('under-way'): time.sleep(0.01)\n"
        f"    {_PRESS.format('    ')}\n"
        "    return usual(self)\n"
        "def long(x):\n"
        "    os.mkdir('under-way')\n"
        "    time.sleep(20)\n"
        "Handle._next = struck"
    )

    reply = notebook.run("%pmap -b process -w 1 -o run long(x) for x in range(3)")

    assert reply.error.ename == "KeyboardInterrupt"
    cut = "[task.index for task in run.tasks if task.started and task.finished is None]"
    assert notebook.get(cut) == [0]


@pytest.mark.skipif(sys.platform == "win32", reason="there that tells a worker nothing")
def test_a_worker_that_the_notebook_lets_go_of_leaves_its_files_alone(notebook: Notebook) -> None:
    """It takes that for the notebook's end, but others have these folders."""
    notebook.do("%pmap -q same [1]")
    notebook.do(
        "from parmagic.modules.folder import buffer_folders\n"
        "from parmagic.run.processes.handle import Handle\n"
        "method = get_ipython().magics_manager.registry['ParallelMagics'].start_method\n"
        "worker = Handle(method, 0, 1)\n"
        "while worker.receive() is not None: pass\n"
        "pid, folders = worker.process.pid, buffer_folders()\n"
        "worker.process._popen.finalizer()"
    )
    pid = notebook.get("pid")

    wait_until(lambda: pid not in {one.pid for one in notebook.children()})
    assert notebook.get("all(map(os.path.isdir, folders))")
    assert notebook.get("%pmap -q same [1, 2]") == [1, 2]


@by_any_method
def test_an_interrupt_while_a_first_run_imports_what_it_needs_comes_after_that() -> None:
    """In the middle of an import it may leave a lock of Python's taken, for ever."""
    with Notebook() as other:
        other.do(
            "import signal, sys\n"
            "def same(x): return x\n"
            "class Presses:\n"
            "    def find_spec(self, name, *_):\n"
            "        if name == 'parmagic.run.execute':\n"
            "            sys.meta_path.remove(self)\n"
            "            signal.raise_signal(signal.SIGINT)\n"
            "from parmagic.magics import ahead\n"
            "ahead.LATER = 600  # the cell imports that, and not a thread"
        )

        reply = other.run(
            "sys.meta_path.insert(0, Presses())\n%load_ext parmagic\n%pmap -q same [1]"
        )

        assert reply.error.ename == "KeyboardInterrupt"
        assert other.get("'parmagic.magics.line' in sys.modules")
        assert other.get("%pmap -q same [1, 2]") == [1, 2]


@pytest.mark.parametrize(
    ("where", "what"),
    [("run.processes.launch", "end"), ("magics.ahead.Ahead", "begin")],
    ids=["old", "new"],
)
def test_an_interrupt_while_the_extension_is_reloaded_comes_after_it(
    notebook: Notebook, where: str, what: str
) -> None:
    """It can be reloaded again, and works."""
    method = notebook.get("%config ParallelMagics.start_method")
    with Notebook(start_method=method) as other:
        other.do("import os, parmagic, signal, time\ndef same(x): return x")
        other.do("%pmap -q same [1]")
        other.do(
            f"owner = parmagic.{where}\nusual = owner.{what}\n"
            f"def struck(*given):\n    {_PRESS.format('    ')}\n"
            f"    owner.{what} = usual\n    usual(*given)\nowner.{what} = struck"
        )

        assert other.run("%reload_ext parmagic").error.ename == "KeyboardInterrupt"

        other.do("%reload_ext parmagic")
        assert other.get("%pmap -q same [1, 2]") == [1, 2]


@by_the_fork_server
@by_any_method
def test_a_notebook_that_waits_for_no_child_can_be_reloaded() -> None:
    """The fork server ends by itself then, and so does one that is killed."""
    with Notebook(start_method="forkserver") as other:
        other.do("import os, signal\ndef same(x): return x\n%pmap -q same [1]")
        other.do("signal.signal(signal.SIGCHLD, signal.SIG_IGN)")
        for _ in range(2):
            other.do("%reload_ext parmagic")
            assert other.get("%pmap -q same [1, 2]") == [1, 2]


@by_the_fork_server
@by_any_method
def test_a_fork_server_that_is_killed_while_a_worker_starts_is_replaced() -> None:
    """The run goes on as if nothing had happened."""
    with Notebook(start_method="forkserver") as other:
        other.do("import os\nfrom parmagic.run.processes import server\ndef same(x): return x")
        other.do(
            "ask, killed = server.Popen._ask, []\n"
            "def kill_and_ask(popen, process):\n"
            "    if not killed:\n"
            "        killed.append(os.kill(server._server._forkserver_pid, 9))\n"
            "    return ask(popen, process)\n"
            "server.Popen._ask = kill_and_ask"
        )

        assert other.get("%pmap -q -b process same [1, 2]") == [1, 2]
        assert other.get("len(killed)") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells them")
@pytest.mark.parametrize("ends", ["interrupt", "time-out"])
def test_what_a_task_has_started_ends_with_it(notebook: Notebook, ends: str) -> None:
    """Also processes of multiprocessing, and theirs; but not what has a session of its own."""
    notebook.do(
        "import multiprocessing, subprocess\n"
        "def wait(name):\n"
        "    open(f'{name}-{os.getpid()}', 'w').close()\n"
        "    time.sleep(60)\n"
        "def start(name):\n"
        "    stays = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "    open(f'stays-{stays.pid}', 'w').close()\n"
        "    with multiprocessing.get_context('fork').Pool(2) as pool: pool.map(wait, [name] * 2)"
    )
    # However long it takes until all are there, that is when the time is over.
    notebook.do(
        "import glob\nfrom parmagic.run.processes.handle import Handle\nusual = Handle.overdue\n"
        "def overdue(worker, timeout):\n"
        "    return usual(worker, timeout) and len(glob.glob('time-out-*')) == 2\n"
        "Handle.overdue = overdue"
    )
    option = "-t 0.1" if ends == "time-out" else ""

    def press() -> None:
        wait_until(lambda: len(list(notebook.folder.glob(f"{ends}-*"))) == 2)
        if ends == "interrupt":
            notebook.interrupt()

    reply = notebook.run(f"%pmap -q {option} start ['{ends}']", meanwhile=press)
    notebook.do("Handle.overdue = usual")

    assert reply.error.ename == ("TimeoutError" if option else "KeyboardInterrupt")
    for path in notebook.folder.glob(f"{ends}-*"):
        pid = int(path.name.rpartition("-")[2])
        wait_until(lambda pid=pid: not psutil.pid_exists(pid) or not is_alive(psutil.Process(pid)))  # type: ignore[misc]
    for path in notebook.folder.glob("stays-*"):
        stays = psutil.Process(int(path.name.rpartition("-")[2]))
        assert is_alive(stays)
        stays.kill()
        path.unlink()


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is known what is open")
@by_any_method
def test_no_worker_is_lost_where_another_cannot_be_started() -> None:
    """Too few files can be opened for it: the run goes on with those that are there."""
    with Notebook(start_method="forkserver") as other:
        other.do("import os, resource\ndef same(x): return x\n%pmap -q -w 8 same [1, 2]")
        other.do("from parmagic.run.backends.pool import _kept\nwarm = list(_kept.pool.workers)")
        for room in range(4, 12):
            other.do(
                f"few = len(os.listdir('/proc/self/fd')) + {room}\n"
                "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
                "resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))\n"
                "try: values = %pmap -q -w 8 same range(20)\n"
                "finally: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))"
            )
            assert other.get("values == list(range(20))")

        assert other.get("all(worker in _kept.pool.workers for worker in warm)")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows removes no folder that is in use")
@pytest.mark.parametrize("method", launch.methods())
@by_any_method
def test_workers_start_where_the_folder_of_the_notebook_is_gone(method: str) -> None:
    """The standard way to spawn a process asks for that folder."""
    with Notebook(start_method=method) as other:
        other.do("import os\nos.mkdir('gone')\nos.chdir('gone')\nos.rmdir('../gone')")

        assert other.get("%pmap -q -b process abs [1, -2]") == [1, 2]


@pytest.mark.parametrize(
    ("code", "where"),
    [
        ("%pmap -q same [1, 2]", "parmagic.magics.line.plan_map"),
        ("%pmap -q same [1, 2]", "parmagic.run.execute.read_code"),
        ("%%parallel -q\na = same(1)\nb = same(2)", "parmagic.magics.parallel.read_cell"),
        ("%%parallel -q\nr = [same(x) for x in (1, 2)]", "parmagic.magics.elements.as_task"),
    ],
    ids=["line", "reach", "cell", "comprehension"],
)
def test_an_interrupt_while_code_is_read_shows_no_line_of_ours(
    notebook: Notebook, code: str, where: str
) -> None:
    """Nor what we caught there; and a second press, while it is shown, changes nothing."""
    module, _, name = where.rpartition(".")
    notebook.do(
        f"import {module} as module\n"
        f"usual, tracebacks = module.{name}, get_ipython().InteractiveTB\n"
        # Not a line of a cell, where it would strike what is the user's.
        "exec(compile('''\n"
        "def struck(*given, **more):\n"
        f"    module.{name} = usual\n"
        "    try: 1 / 0\n"
        f"    except ZeroDivisionError:\n        {_PRESS.format(' ' * 8)}\n"
        "    return usual(*given, **more)\n"
        "''', 'library.py', 'exec'))\n"
        "def again(*given, **more):\n"
        "    del tracebacks.structured_traceback\n"
        f"    {_PRESS.format('    ')}\n"
        "    return tracebacks.structured_traceback(*given, **more)\n"
        f"module.{name} = struck"
    )
    notebook.do("tracebacks.structured_traceback = again")

    reply = notebook.run(code)

    assert (reply.error.ename, reply.stderr) == ("KeyboardInterrupt", "")
    check_frames(reply.error)
    assert "ZeroDivisionError" not in reply.error.traceback
    assert notebook.get("%pmap -q same [1, 2]") == [1, 2]


@pytest.mark.skipif(sys.platform != "linux", reason="only there it is known what is open")
@by_any_method
def test_a_process_for_each_task_needs_no_more_files_than_there_are() -> None:
    """Fewer run at a time: the run had ended with an OSError."""
    with Notebook(start_method="forkserver") as other:
        other.do("import os, resource\ndef same(x): return x\n%pmap -q -b process same [1, 2]")
        other.do(
            "few = len(os.listdir('/proc/self/fd')) + 16\n"
            "soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)\n"
            "resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))\n"
            "try: values = %pmap -q -w 8 -b process same range(20)\n"
            "finally: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))"
        )

        assert other.get("values == list(range(20))")
