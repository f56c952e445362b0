"""A fork server that is stopped: it neither starts workers nor says that one has ended."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import psutil
import pytest

from kernel import Notebook, is_alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is not the usual one")

_DEFINITIONS = """
import os, signal, time, parmagic
from parmagic.run.backends import pool
from parmagic.run.processes import server
def same(x): return x
def wait(x):
    open(x, "w").close()
    time.sleep(600)
def stop():
    os.kill(server._server._forkserver_pid, signal.SIGSTOP)
    return server._server._forkserver_pid
usual = server._see_room
def see_room():
    open("asking", "w").close()
    usual()
server._see_room = see_room
%pmap -q same range(100)
"""

_MARKED = """
class Marked:
    def __init__(self, lock):
        self.lock = lock
    def __enter__(self):
        open("here", "w").close()
        self.lock.acquire()
    def __exit__(self, *_):
        self.lock.release()
pool._kept.preparing = Marked(pool._kept.preparing)
"""


@pytest.fixture
def nb() -> Iterator[Notebook]:
    """A notebook whose workers are there, and which leaves a mark when it asks for another."""
    with Notebook(start_method="forkserver") as other:
        other.do(_DEFINITIONS)
        (other.folder / "asking").unlink(missing_ok=True)
        yield other


def _is_gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or not is_alive(psutil.Process(pid))


@pytest.mark.parametrize("option", ["-b process", "-w 9"])
def test_an_interrupt_ends_a_run_that_waits_for_it(nb: Notebook, option: str) -> None:
    """And the next run has another server: the stopped one would never answer."""
    nb.get("stop()")

    reply = nb.stop(f"%pmap -q {option} same range(20)", "asking")

    assert reply.error.ename == "KeyboardInterrupt"
    assert nb.get(f"%pmap -q {option} same range(20)") == list(range(20))


@pytest.mark.parametrize("ending", ["interrupt", "time-out"])
def test_a_worker_is_ended_that_it_says_nothing_of(nb: Notebook, ending: str) -> None:
    """The notebook does not wait for a word of it any longer than for one that ends soon."""
    nb.get("stop()")

    reply = nb.stop("%pmap -q wait ['a']", "a") if ending == "interrupt" else None
    reply = reply or nb.run("%pmap -q -t 0.5 wait ['b']")

    assert reply.error.ename == ("KeyboardInterrupt" if ending == "interrupt" else "TimeoutError")


def test_the_extension_can_be_unloaded(nb: Notebook) -> None:
    """What was started is ended, the stopped one too; after that it works as ever."""
    stopped = nb.get("stop()")

    nb.do("%unload_ext parmagic")

    assert _is_gone(stopped)
    assert not nb.children()
    nb.do("%load_ext parmagic")
    assert nb.get("%pmap -q same range(3)") == [0, 1, 2]


def test_a_notebook_ends_when_it_is_asked_to(nb: Notebook) -> None:
    """Though workers are just being started by it, in the background."""
    stopped = nb.get("pool._kept.pool.workers.pop().kill()\nstop()")
    wait_until((nb.folder / "asking").exists)

    nb.shut_down()

    wait_until(lambda: _is_gone(stopped))


def test_a_notebook_ends_though_it_is_asked_only_then(nb: Notebook) -> None:
    """A thread that has not asked yet, as all are told to end, would wait for ever after that."""
    nb.do(
        "from parmagic.run.processes import launch\n"
        "def see_room(marked=server._see_room):\n"
        "    before = launch.ends\n"
        "    marked()\n"
        "    while launch.ends == before: time.sleep(0.001)\n"
        "server._see_room = see_room"
    )
    stopped = nb.get("pool._kept.pool.workers.pop().kill()\nstop()")
    wait_until((nb.folder / "asking").exists)

    nb.do("%unload_ext parmagic")

    assert _is_gone(stopped)


def test_an_interrupt_while_it_is_starting_leaves_it_alone(nb: Notebook) -> None:
    """The next run would have to wait for another as long."""
    (nb.folder / "slow.py").write_text(
        "import os, time\n"
        "open('starting', 'w').close()\n"
        "while not os.path.exists('go on'): time.sleep(0.01)\n"
    )
    nb.do("%unload_ext parmagic\nserver.PRELOADED.append('slow')\n%load_ext parmagic")
    wait_until((nb.folder / "asking").exists)
    wait_until((nb.folder / "starting").exists)
    nb.do(_MARKED)
    before = nb.get("server._server._forkserver_pid")

    reply = nb.stop("%pmap -q same range(9)", "here")

    assert reply.error.ename == "KeyboardInterrupt"
    (nb.folder / "go on").touch()
    assert nb.get("%pmap -q same range(9)") == list(range(9))
    assert nb.get("server._server._forkserver_pid") == before
    assert not _is_gone(before)


def test_cells_go_on_while_workers_wait_for_it(nb: Notebook) -> None:
    """Those started in the background; a run waits for these, until it is interrupted."""
    nb.get("pool._kept.pool.workers.pop().kill()\nstop()")
    wait_until((nb.folder / "asking").exists)
    nb.do(_MARKED)

    reply = nb.stop("%pmap -q same range(9)", "here")

    assert reply.error.ename == "KeyboardInterrupt"
    assert nb.get("%pmap -q same range(9)") == list(range(9))
