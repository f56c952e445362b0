"""Messages on their way to a worker: written as far as the pipe has room, the rest later.

So the notebook never waits for a worker that is just starting, or that itself waits until the
notebook reads. Windows does not tell whether there is room, but writes in the background.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from collections import deque
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

if sys.platform == "win32":
    import _winapi

ROOM = 1_000_000  # bytes of a message that may wait: larger ones would take too much memory
if sys.platform == "linux":
    # If the user wants SIGPIPE to end the program, that is not for our pipes.
    _FLAGS = int(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
_INCOMPLETE = 996  # what Windows says of something that it is not done with
_SHORT = 0x7FFF_FFFF  # bytes whose number fits into the head of a message as `Connection` reads it


class Backlog:
    """The messages to one worker, in their order; each is what `Connection.recv_bytes` returns."""

    def __init__(self, connection: Connection) -> None:
        self._socket: socket.socket | None = None
        self._number = connection.fileno()
        if sys.platform == "linux":
            # The ends of a pipe are sockets, which can write without waiting (not on macOS).
            self._socket = socket.socket(fileno=self._number)
            self._socket.setblocking(True)  # whatever default timeout the user has set
        self.left: deque[memoryview] = deque()  # what is still to be written
        self._begun: deque[Any] = deque()  # what Windows writes

    def put(self, message: bytes | memoryview) -> None:
        """Write a message, or have it wait behind others; OSError if nobody can read it."""
        if sys.platform == "win32":
            while self._begun and self._begun[0].GetOverlappedResult(False)[1] != _INCOMPLETE:
                self._begun.popleft()
            write, _ = _winapi.WriteFile(self._number, message, overlapped=True)
            self._begun.append(write)  # it holds the message, which must stay as long
            return
        size = len(message)
        head = struct.pack("!i", size) if size <= _SHORT else struct.pack("!iQ", -1, size)
        self.left += memoryview(head), memoryview(message)
        self.write()

    def write(self) -> None:
        """Write as much as there is room for; OSError if nobody can read it."""
        if sys.platform == "win32":
            return
        try:
            while self.left:
                self._drop(self._write_some())
        except BlockingIOError:
            pass

    @contextlib.contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Wait so long for more of a message that is read; then there is a BlockingIOError."""
        self._read_within(seconds)
        try:
            yield
        finally:
            self._read_within(0)  # for as long as it takes

    def _read_within(self, seconds: float) -> None:
        if self._socket is not None:
            length = struct.pack("@ll", int(seconds), int(seconds % 1 * 1e6))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, length)

    def close(self) -> None:
        """Write no more: the connection is about to be closed."""
        self.left.clear()
        self._let_go()
        while self._begun:
            write = self._begun.popleft()
            with contextlib.suppress(OSError):  # it failed before
                write.cancel()
                write.GetOverlappedResult(True)

    def __del__(self) -> None:
        self._let_go()  # in a process that was forked, nobody calls `close`

    def _let_go(self) -> None:
        if self._socket is not None:
            self._socket.detach()  # the connection closes what is of both

    def _write_some(self) -> int:
        if sys.platform == "linux" and self._socket is not None:
            return self._socket.sendmsg(self.left, (), _FLAGS)
        os.set_blocking(self._number, False)
        try:
            return os.writev(self._number, [*self.left])
        finally:
            os.set_blocking(self._number, True)

    def _drop(self, count: int) -> None:
        """Let go of bytes that have been written."""
        while self.left and count >= len(self.left[0]):
            count -= len(self.left.popleft())
        if count:
            self.left[0] = self.left[0][count:]
