"""What a worker process does around its tasks: it follows the notebook, and ends with it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection, wait
from multiprocessing.process import current_process, parent_process
from typing import Any

from parmagic.run.workers import worker
from parmagic.run.workers.descriptors import Descriptors
from parmagic.run.workers.libraries import limited
from parmagic.run.workers.surroundings import Surroundings, follow, go_back
from parmagic.run.workers.usage import cpu_seconds, pages_of_process

CLEANING = 2.0  # seconds that removing the files of a killed notebook may take


def serve(
    connection: Connection, crash: str, folders: list[str], threads: int, minded: bool
) -> None:
    """Run what comes through `connection` until it says stop, or the notebook is gone.

    If Python crashes, the line where it did is left in the file `crash`. Large results go into
    files in the first of `folders` that has room. A numerical library may have so many `threads`.
    If the folders are `minded`, something else removes them when the notebook is gone.
    """
    import faulthandler  # here: this file can be imported by an interpreter, which cannot have it

    worker.inside = True
    # First: whoever sees the file `crash` may rely on it.
    opened: list[int] = []
    watch = threading.Thread(target=_end_with_parent, args=(folders, opened), daemon=True)
    watch.start()
    if minded:
        _have_system_end_us()
    _forget_tracker()
    _keep_from_programs(connection)
    # Where multiprocessing in tasks has its sockets: in a folder that goes also if we are killed.
    vars(current_process())["_config"]["tempdir"] = os.path.dirname(crash)  # noqa: PTH120
    new = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        opened.append(os.open(crash, new, 0o600))
    except FileNotFoundError:  # the folder has been removed meanwhile, as the extension is unloaded
        sys.exit(1)
    faulthandler.enable(opened[0])  # open as long as the notebook is there
    # The notebook decides what an interrupt means; Jupyter sends it to every process of the group.
    signal.signal(signal.SIGINT, _nothing)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    os.environ.update(limited(os.environ, threads))
    child = Child(connection, folders, threads)
    try:
        child.work()
    finally:  # a thread of a task may go on: nobody need wait for this process to end
        connection.close()
    if child.cut_off:
        watch.join(CLEANING)  # if the notebook is gone, it removes the files, and ends us


class Child(worker.Worker):
    """A worker that has a process for itself."""

    cpu = staticmethod(cpu_seconds)
    pages = staticmethod(pages_of_process)

    def __init__(self, connection: Connection, folders: list[str], threads: int) -> None:
        super().__init__(connection, folders)
        self._threads = threads
        self._there: Surroundings | None = None  # what it follows
        self._descriptors = Descriptors(self.written)
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self.leave)

    def follow(self, there: Surroundings, before: Surroundings | None) -> None:
        """Follow the notebook, with the limits for libraries in the environment."""
        self._there = there._replace(environment=limited(there.environment, self._threads))
        follow(self._there, before)
        self._begin_run()

    def go_back(self) -> None:
        """Go back to the folder, and undo what tasks may have set."""
        if self._there is not None:
            go_back(self._there)
        self._begin_run()

    def _begin_run(self) -> None:
        """Catch output again that a task has closed, and close figures, as a notebook does.

        Else tasks would draw on figures of an earlier run.
        """
        self._descriptors.catch()
        if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
            with contextlib.suppress(Exception):  # the library's own affair
                pyplot.close("all")

    def leave(self) -> None:
        """Leave its file numbers alone, too, and close what tells others that the worker lives."""
        super().leave()
        self._descriptors.leave()
        self._connection.close()
        server = _fork_server()
        if getattr(server, "_forkserver_alive_fd", None) is not None:
            os.close(server._forkserver_alive_fd)  # noqa: SLF001 - nothing public has it
            server._forkserver_alive_fd = None  # noqa: SLF001 - as above

    def written(self, stream: str, text: str) -> None:
        """Take what was written past Python's streams."""
        lines = self.lines()
        if lines is not None:
            lines.feed(stream, text)

    def drain(self) -> None:
        """Take what was written to the file numbers 1 and 2."""
        self._descriptors.drain()


def _forget_tracker() -> None:
    """Have multiprocessing start a resource tracker when one is needed, if we were given none.

    See `run.processes.server`: then it is the end of a pipe that nobody reads.
    """
    if sys.platform == "win32":  # there is none there
        return
    module = sys.modules.get("multiprocessing.resource_tracker")
    tracker: Any = getattr(module, "_resource_tracker", None)
    end: int | None = getattr(tracker, "_fd", None)
    if end is None:
        return
    poll = select.poll()
    poll.register(end, select.POLLOUT)  # asked for nothing, macOS tells nothing
    if any(event & ~select.POLLOUT for _, event in poll.poll(0)):
        os.close(end)
        tracker._fd = None  # noqa: SLF001 - nothing public does it


def _keep_from_programs(connection: Connection) -> None:
    """Have programs that tasks leave running hold nothing open that the notebook waits for.

    They would inherit files that multiprocessing has sent through a pipe, unlike others.
    """
    if sys.platform == "win32":
        return
    alive: int | None = getattr(_fork_server(), "_forkserver_alive_fd", None)
    for end in (connection.fileno(), alive):
        if end is not None:
            os.set_inheritable(end, False)


def _fork_server() -> Any:
    """Return what this process knows of the fork server that started it; None if none did."""
    return getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)


def _nothing(_number: int, _frame: Any) -> None:
    """Take a signal and go on."""


def _have_system_end_us() -> None:
    """Have Linux end this process with the notebook, even if C code holds the GIL for long.

    It sends SIGIO when the pipe is closed of which only the notebook has the other end.
    """
    parent = parent_process()
    if sys.platform == "linux" and parent is not None:
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.fcntl(parent.sentinel, fcntl.F_SETOWN, os.getpid())
            flags = fcntl.fcntl(parent.sentinel, fcntl.F_GETFL)
            fcntl.fcntl(parent.sentinel, fcntl.F_SETFL, flags | os.O_ASYNC)


def _end_with_parent(folders: list[str], opened: list[int]) -> None:
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        import faulthandler

        from parmagic.modules.folder import remove_if_abandoned

        faulthandler.disable()
        while opened:  # what is open cannot be removed on Windows
            os.close(opened.pop())

        # Nobody is left to take a result, or to clean up. Or the notebook only failed to start this
        # process: then others use these folders.
        end = time.monotonic() + CLEANING / 2
        for folder in folders:
            remove_if_abandoned(folder, max(0.0, end - time.monotonic()))
        os._exit(1)
