"""A thread of this process that holds an interpreter: what a `Handle` has in place of a process."""

from __future__ import annotations

import contextlib
import importlib
import os
import signal
import socket
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

PATIENCE = 0.5  # seconds that an interpreter that was told to stop may take
_ENTER = """
import sys
sys.path[:] = path
from parmagic.run.workers.guest import serve
serve(connection, control, list(folders))
"""
_TRY = """
import sys
sys.path[:] = path
from parmagic.run.workers.guest import attempt
attempt(modules)
"""

_creating = threading.Lock()  # CPython is not sure to survive two at the same moment
_left: list[Host] = []  # that were told to stop, and have not


class Host:
    """A thread, and the interpreter in it; its methods are those of a `Process`."""

    pid: int | None = None  # it is that of the notebook, which is not a worker
    exitcode: int | None = None

    def __init__(
        self, connection: Connection, crash: str, folders: list[str], _threads: int, _minded: bool
    ) -> None:
        self._crash = crash
        self._killed: float | None = None  # perf_counter
        # It is readable once the interpreter has ended; what is written to it stops what runs.
        self.sentinel, self._control = socket.socketpair()
        self._control.setblocking(True)  # whatever default timeout the user has set
        descriptor = os.dup(connection.fileno())
        args = descriptor, tuple(folders)
        # A daemon: what waits outside of Python cannot be stopped, and must not hold up the kernel.
        self._thread = threading.Thread(target=self._hold, args=args, daemon=True)
        try:
            self._thread.start()
        except BaseException:
            os.close(descriptor)
            self._control.close()
            self.sentinel.close()
            raise

    def is_alive(self) -> bool:
        """Tell whether the interpreter has not ended."""
        return self._thread.is_alive()

    def kill(self) -> None:
        """Stop what runs, as soon as it comes back to Python."""
        if self._killed is None:
            self._killed = time.perf_counter()
            with contextlib.suppress(OSError):  # it has just ended
                self.sentinel.send(b"stop", getattr(socket, "MSG_NOSIGNAL", 0))

    def join(self, timeout: float) -> None:
        """Wait for its end; one that was told to stop is waited for only for a moment."""
        if self._killed is not None:
            timeout = min(timeout, max(0.0, self._killed + PATIENCE - time.perf_counter()))
        self._thread.join(timeout)

    def close(self) -> None:
        """Let go of it."""
        if self.is_alive():
            _left.append(self)
        self.sentinel.close()

    def _hold(self, descriptor: int, folders: tuple[str, ...]) -> None:
        if sys.platform != "win32":  # or programs that tasks start would not have it
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        try:
            _live(_ENTER, connection=descriptor, control=self._control.fileno(), folders=folders)
        except Exception as error:  # noqa: BLE001 - told by the file that it leaves
            if self._killed is None:
                Path(self._crash).write_text(str(error), encoding="utf-8")
        finally:
            os.close(descriptor)
            self._control.close()


def refusal(modules: tuple[str, ...]) -> str:
    """Import modules in an interpreter of their own; return the first that refuses, or nothing."""
    try:
        _live(_TRY, modules=modules)
    except Exception as error:
        found = getattr(error, "excinfo", None)
        if found is None or found.type.__name__ != "Refused":
            raise
        return str(found.msg)
    return ""


def _live(code: str, **names: Any) -> None:
    """Create an interpreter, run code in it until that ends, and end the interpreter."""
    interpreters: Any = importlib.import_module("concurrent.interpreters")
    with _creating:
        interpreter = interpreters.create()
    try:
        path = tuple(place for place in sys.path if isinstance(place, str))
        interpreter.prepare_main({"path": path, **names})
        interpreter.exec(code)
    finally:
        interpreter.close()


def left() -> int:
    """Count the interpreters that were told to stop and have not: what they run is not Python."""
    _left[:] = [host for host in _left if host.is_alive()]
    return len(_left)
