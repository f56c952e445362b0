"""A fork server of our own: it starts workers fast, and leaves the user's, if any, as it is.

Only for platforms that have one. It rests on the parts of `multiprocessing` that the standard
fork server is made of.
"""

from __future__ import annotations

import contextlib
import errno
import io
import itertools
import os
import tempfile
import time
from multiprocessing import (
    connection,
    forkserver,
    popen_forkserver,
    process,
    reduction,
    resource_tracker,
    util,
)
from multiprocessing.context import set_spawning_popen
from types import MethodType, SimpleNamespace

from parmagic.modules.folder import private_folder
from parmagic.run.interrupt import see_held
from parmagic.run.processes import launch
from parmagic.run.processes.descendants import descendants, kill_all
from parmagic.run.processes.preparation import preparation, prepared
from parmagic.run.processes.served import NO_PROCESS

# What every worker has imported already when it starts: it needs less time then, and memory.
PRELOADED = [
    "parmagic.run.workers.child",
    "parmagic.run.processes.served",
    "multiprocessing.popen_forkserver",
    "parmagic.run.processes.shortage",
]

TRIES = (0.01, 0.1, 1.0)  # seconds of pause before a worker is asked for again
PIPES = 4  # that must be free before a worker is asked for: that takes some of their file numbers

PATIENCE = 1.0  # seconds in which workers end that have been told to, and then the server
LOOK = 0.005  # seconds between looks whether they have
STARTING = 10.0  # seconds until its first answer, at most: it imports `PRELOADED` before

_server: _ForkServer | None = None
_left: list[_ForkServer] = []  # that cannot be asked any more: they wait for their workers to end
_numbers = itertools.count()
_alive: set[int] = set()  # ends of pipes by which workers know that this process lives


class _NoTracker:
    """Stands in for multiprocessing's resource tracker: the end of a pipe that nobody reads.

    The tracker is one more process, of 7 MB, that only shared memory and semaphores need. A worker
    without one can start its own (`run.workers.child`).
    """

    def __init__(self, *, needed: bool) -> None:
        self.needed = needed
        self._end: int | None = None

    def ensure_running(self) -> None:
        """Start the real one if it is needed."""
        if self.needed:
            resource_tracker.ensure_running()

    def getfd(self) -> int | None:
        """Return what a new worker is given in its place."""
        if self.needed:
            return resource_tracker.getfd()
        if self._end is None:
            reader, self._end = os.pipe()
            os.close(reader)
        return self._end

    def close(self) -> None:
        """Let go of what workers were given."""
        if self._end is not None:
            os.close(self._end)
            self._end = None


def _address(_family: str) -> str:
    """Say where the server listens: in our own folder, which goes even if we are killed."""
    # Short: a system takes some hundred characters for it.
    return str(private_folder() / f"{os.getpid()}-{next(_numbers)}")


def _await(answer: connection.Connection | int) -> None:
    """Wait until the server says something: it may be slow to start, or have been stopped.

    Raises KeyboardInterrupt, and WorkerDied if all workers are ended meanwhile.
    """
    since = launch.ends
    while not connection.wait([answer], launch.ASK):
        launch.see_no_end(since)
        see_held()
    if _server is not None:
        _server.starting = 0.0


class _Connection(connection.Connection):
    """The connection by which Python 3.14 and the server prove who they are."""

    def recv_bytes(self, maxlength: int | None = None) -> bytes:
        _await(self)
        return super().recv_bytes(maxlength)


def _wait_for(pid: int, options: int) -> tuple[int, int]:
    """Wait for a server to end, which has been told to; end it if it does not."""
    due = time.monotonic() + PATIENCE
    while (ended := os.waitpid(pid, os.WNOHANG)) == (0, 0) and not options:
        if time.monotonic() > due:
            kill_all([pid])
        time.sleep(LOOK)
    return ended


_CONNECTION = SimpleNamespace(
    **{**vars(connection), "arbitrary_address": _address, "Connection": _Connection}
)
_OS = SimpleNamespace(**{**vars(os), "waitpid": _wait_for})


class _ForkServer(forkserver.ForkServer):
    """The standard one, whose methods find other things among their globals."""

    def __init__(self, *, tracked: bool = False) -> None:
        super().__init__()
        self.owner = os.getpid()  # a process that is forked from it has no part in it
        self.tracker = _NoTracker(needed=tracked)
        self.starting = time.monotonic() + STARTING  # until then it may be slow
        self.set_forkserver_preload(PRELOADED)
        for name in ("ensure_running", "connect_to_new_process", "_stop_unlocked"):
            usual = getattr(forkserver.ForkServer, name)
            ours = prepared(usual, resource_tracker=self.tracker, connection=_CONNECTION, os=_OS)
            setattr(self, name, MethodType(ours, self))

    def is_there(self) -> bool:
        """Tell whether it can be asked: systems remove a socket that is not used for days."""
        address: str | None = self._forkserver_address  # type: ignore[attr-defined]
        return address is None or os.path.exists(address)  # noqa: PTH110 - faster

    def end(self) -> None:
        """End it; the workers it started must have ended before, or be about to."""
        if self.owner == os.getpid():
            self._end_workers()
            self.tracker.close()
            with contextlib.suppress(OSError):  # it is dead, and somebody else has waited for it
                self._stop()  # type: ignore[attr-defined]  # there is no public way

    def _end_workers(self) -> None:
        """End those that were not told to: their run may wait for its items for hours."""
        pid: int | None = self._forkserver_pid  # type: ignore[attr-defined]
        if pid is not None:
            due = time.monotonic() + PATIENCE
            while (left := descendants(pid)) and time.monotonic() < due:
                time.sleep(LOOK)
            kill_all(left)


class Popen(popen_forkserver.Popen):
    """Starts a process as the standard one does, but asks our server to."""

    def _launch(self, process_obj: process.BaseProcess) -> None:
        for pause in TRIES:
            # It may just have died.
            with contextlib.suppress(ConnectionError, EOFError, FileNotFoundError):
                return self._ask(process_obj)
            time.sleep(pause)
        raise ChildProcessError(
            "the fork server, which starts worker processes, ends again and again: choose the "
            "start method `spawn`"
        )

    def _ask(self, process_obj: process.BaseProcess) -> None:
        _see_room()
        message = io.BytesIO()
        self._fds: list[int] = []
        set_spawning_popen(self)
        try:
            reduction.dump(preparation(process_obj.name), message)
            reduction.dump(process_obj, message)
        finally:
            set_spawning_popen(None)
        self.sentinel, writer = _ready().connect_to_new_process(self._fds)
        # Open as long as this process lives: the worker takes its closing for our death.
        alive = os.dup(writer)
        _alive.add(alive)
        self.finalizer = util.Finalize(self, _let_go, (alive, self.sentinel))
        try:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(message.getbuffer())
            _await(self.sentinel)
            self.pid = forkserver.read_signed(self.sentinel)
            if self.pid == NO_PROCESS:
                raise BlockingIOError(errno.EAGAIN, "no more processes are to be had")
        except BaseException:
            self.finalizer()
            raise


def _see_room() -> None:
    """Raise OSError where too few files can be opened to ask for a worker.

    A server that is called and then told nothing ends. Then nothing tells when its workers do.
    """
    with contextlib.ExitStack() as stack:
        for _ in range(PIPES):
            stack.callback(_close, *os.pipe())


def _let_go(alive: int, sentinel: int) -> None:
    _alive.discard(alive)  # before another is opened with its number
    _close(alive, sentinel)


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def begin(*, tracked: bool) -> None:
    """Start the server, if it does not run: it takes a while to import what workers need.

    Workers started from now on share this process's resource tracker if they are `tracked`.
    """
    _running().tracker.needed = tracked
    _ready()


def _running() -> _ForkServer:
    global _server
    if _server is None or _server.owner != os.getpid():
        _server = _ForkServer()
    elif not _server.is_there():
        _left.append(_server)
        _server = _ForkServer(tracked=_server.tracker.needed)
    return _server


def _ready() -> _ForkServer:
    """Return the server when it runs."""
    global _server
    server = _running()
    try:
        server.ensure_running()
    except ChildProcessError:  # it has died, and somebody else has waited for it
        server.end()
        _server = _ForkServer(tracked=server.tracker.needed)
        _server.ensure_running()
    except OSError as error:
        if "AF_UNIX" not in str(error):
            raise
        raise OSError(
            f"the path of the folder for temporary files, {tempfile.gettempdir()}, is too long for "
            "the fork server's socket: set the variable TMPDIR to a shorter one before Python "
            "starts, or choose the start method `spawn`"
        ) from None
    return _running()


def give_up() -> list[_ForkServer]:
    """Return the servers that are to be ended; whoever needs one next starts another."""
    global _server
    servers = [*_left, *([] if _server is None else [_server])]
    _left[:], _server = [], None
    return servers


def kill() -> None:
    """End the server, unless it is just starting; the next who asks for workers starts another."""
    server = _server
    if server is not None and server.owner == os.getpid() and time.monotonic() > server.starting:
        pid: int | None = server._forkserver_pid  # type: ignore[attr-defined]  # noqa: SLF001 - as above
        kill_all([] if pid is None else [pid])


def _leave() -> None:
    """Close, in a process that was just forked, what tells that the notebook lives.

    Else our processes would live as long as that one, and the notebook would wait for it.
    """
    for server in (*_left, _server):
        end: int | None = getattr(server, "_forkserver_alive_fd", None)
        if end is not None:
            os.close(end)
            server._forkserver_alive_fd = None  # type: ignore[union-attr]  # noqa: SLF001
    _close(*_alive)
    _alive.clear()


os.register_at_fork(after_in_child=_leave)
