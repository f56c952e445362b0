"""Starts worker processes: spawned, or forked by a server of our own, never by the kernel."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from multiprocessing import process
from typing import TYPE_CHECKING, Any

from parmagic.errors import WorkerDied
from parmagic.modules.folder import remove_folders
from parmagic.modules.lock import own
from parmagic.run.interrupt import held, see_held
from parmagic.run.processes.served import ServedProcess, SpawnedProcess

if TYPE_CHECKING:
    from parmagic.run.processes.host import Host

INTERPRETER = "interpreter"  # in place of a start method: no process is started
ASK = 0.1  # seconds between looks whether what we wait for is still wanted
_TRACKED = ("multiprocessing.shared_memory", "multiprocessing.synchronize")
_lock = own(threading.Lock())
_tracker_of = 0  # the process that started the resource tracker, if it did so for us
ends = 0  # how often all workers were ended, also those of runs in other threads


@cache
def methods() -> tuple[str, ...]:
    """List the ways to start a worker on this platform, the best first."""
    if sys.platform == "win32":
        return ("spawn",)
    # As in CPython: on macOS system libraries start threads that a fork does not survive.
    return ("spawn", "forkserver") if sys.platform == "darwin" else ("forkserver", "spawn")


def start(method: str, target: Callable[..., None], *args: Any) -> process.BaseProcess | Host:
    """Start `target(*args)` in a new process by `method`, one of `methods()`, and return it.

    Or start the interpreter of a host, by its method and with the same arguments.
    """
    if method == INTERPRETER:
        from parmagic.run.processes.host import Host

        with held():
            return Host(*args)
    # Not daemons: a task may start processes of its own.
    kind: type[process.BaseProcess] = ServedProcess if method == "forkserver" else SpawnedProcess
    worker = kind(target=target, args=args, daemon=False)
    begin(method)
    with held(), _alone(), _starting(method):
        worker.start()
    # What a user does with all children of multiprocessing is not meant for workers. And a process
    # that the notebook forks would wait for them at its end, though they are not its own.
    vars(process)["_children"].discard(worker)
    return worker


def begin(method: str | None = None) -> None:
    """Start what starts workers by `method`, or by the usual one, before they are needed."""
    method = method or usual_method()
    if method == "forkserver":
        from parmagic.run.processes import server

        with held(), _alone(), _starting(method):
            server.begin(tracked=tracked(method))


def tracked(method: str) -> bool:
    """Tell whether workers must share multiprocessing's resource tracker with this process.

    If each had its own, the one of a worker that ends would remove shared memory that others use.
    Under spawn there is always one.
    """
    if method == INTERPRETER:
        return False
    return method == "spawn" or _has_what_is_tracked()


def _has_what_is_tracked() -> bool:
    return not sys.modules.keys().isdisjoint(_TRACKED)


def usual_method() -> str:
    """Return the start method that the user chose for multiprocessing, if it will do, or ours."""
    chosen = multiprocessing.get_start_method(allow_none=True)
    return chosen if chosen in methods() else methods()[0]


def see_no_end(since: int) -> None:
    """Raise WorkerDied in a run if all workers were ended `since` it began, by `ends`."""
    if ends != since:
        raise WorkerDied(
            "the workers were ended while the run went on: another thread unloaded or reloaded "
            "parmagic, or closed the pool; run it again"
        )


@contextlib.contextmanager
def ends_named() -> Iterator[None]:
    """Have a run fail with that error, whatever it met when its workers were ended."""
    since = ends
    try:
        yield
    except Exception:
        try:
            see_no_end(since)
        except WorkerDied as ended:
            raise ended from None
        raise


def end_runs() -> None:
    """Have the runs that go on in other threads end their workers as soon as they notice."""
    global ends
    ends += 1


def end_files() -> None:
    """Remove the files that workers read, and end runs that have begun since `end`."""
    remove_folders(end_runs)


def end() -> None:
    """End what was started to start workers, which must have ended before, or be about to."""
    server = sys.modules.get("parmagic.run.processes.server")
    end_runs()  # before the lock: a run holds it while it waits for the fork server
    with held():
        while not _lock.acquire(timeout=ASK):
            end_runs()  # again: it may have asked the server only after the first
        try:
            servers = [] if server is None else server.give_up()
        finally:
            _lock.release()
        end_runs()  # also those that have begun since others were told to end
        # Without the lock: servers end after their workers, and a run in another thread may need
        # the lock before it ends its workers.
        for one in servers:
            one.end()
        with _lock:
            _end_tracker()


def _end_tracker() -> None:
    """End the resource tracker that multiprocessing starts beside any process, if it is idle.

    It ignores SIGTERM, for which a kernel that is shut down waits in vain, and then is killed.
    """
    global _tracker_of
    if _tracker_of == os.getpid() and not _has_what_is_tracked():
        from multiprocessing import resource_tracker

        _tracker_of = 0
        tracker: Any = resource_tracker._resource_tracker  # noqa: SLF001 - nothing public does it
        pid = tracker._pid  # noqa: SLF001
        # Else it lives as long as any process that the notebook has forked.
        with contextlib.suppress(OSError):  # somebody else has waited for it
            if pid is not None and os.waitpid(pid, os.WNOHANG) == (0, 0):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(OSError):
            tracker._stop()  # noqa: SLF001


def _start_tracker(tracker: Any) -> None:
    """Start the resource tracker, if it is not there, in a process group of its own.

    A kernel that is shut down waits half a minute for processes of its group that ignore SIGTERM,
    as this one does. It ends by itself when nobody uses it any more.
    """
    import subprocess  # here: a notebook without shared memory has no tracker
    from multiprocessing import spawn, util

    with tracker._lock:  # noqa: SLF001 - nothing public starts it otherwise
        if tracker._fd is None:  # noqa: SLF001
            read, write = os.pipe()
            code = f"from multiprocessing.resource_tracker import main; main({read})"
            flags = util._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001
            command = [spawn.get_executable(), *flags, "-c", code]
            try:
                started = subprocess.Popen(command, pass_fds=(read,), process_group=0)  # noqa: S603 - Python itself
            except BaseException:
                os.close(write)
                raise
            finally:
                os.close(read)
            started.returncode = 0  # so that this object does not wait for it: the tracker does
            tracker._fd, tracker._pid = write, started.pid  # noqa: SLF001
    tracker.ensure_running()


@contextlib.contextmanager
def impatient() -> Iterator[None]:
    """Have an interrupt end the fork server, which may be what we wait for."""
    try:
        yield
    except KeyboardInterrupt:
        server = sys.modules.get("parmagic.run.processes.server")
        if server is not None:
            server.kill()
        raise


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Start something while no other thread does."""
    with impatient():
        while not _lock.acquire(timeout=ASK):
            see_held()
        try:
            yield
        finally:
            _lock.release()


@contextlib.contextmanager
def _starting(method: str) -> Iterator[None]:
    """Hold SIGINT back from what is started meanwhile, and note whether the tracker is.

    multiprocessing lets SIGINT through again when it starts its tracker: so that is started before.
    """
    global _tracker_of
    tracker: Any = None
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        tracker = resource_tracker._resource_tracker  # noqa: SLF001 - nothing public tells
    before = getattr(tracker, "_fd", None)
    try:
        if tracker is not None and tracked(method):
            _start_tracker(tracker)
        with held():
            yield
    finally:
        if before is None and getattr(tracker, "_fd", None) is not None:
            _tracker_of = os.getpid()
