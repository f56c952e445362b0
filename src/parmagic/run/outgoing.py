"""What is on its way to a worker: written as far as there is room, and further when there is again.

So the notebook never waits for a worker that itself waits until the notebook reads.
"""

from __future__ import annotations

import os
import struct
import sys
from collections import deque
from multiprocessing.connection import Connection

_MOST = 0x7FFF_FFFF  # bytes whose number fits into the head of a message as `Connection` reads it


class Outgoing:
    """The messages to one worker, in their order; each is what `Connection.recv_bytes` returns."""

    ahead = 1_000_000  # bytes of a message that may wait; a larger one is not worth its memory

    def __init__(self, connection: Connection) -> None:
        self._number = connection.fileno()
        self._left: deque[memoryview] = deque()

    def __bool__(self) -> bool:
        return bool(self._left)

    def put(self, message: bytes) -> None:
        """Write a message, or have it wait behind others; OSError if nobody can read it."""
        size = len(message)
        head = struct.pack("!i", size) if size <= _MOST else struct.pack("!iQ", -1, size)
        self._left += memoryview(head), memoryview(message)
        self.write()

    def write(self) -> None:
        """Write as much as there is room for; OSError if nobody can read it."""
        os.set_blocking(self._number, False)
        try:
            while self._left:
                self._drop(os.writev(self._number, [*self._left]))
        except BlockingIOError:
            pass
        finally:
            os.set_blocking(self._number, True)

    def _drop(self, count: int) -> None:
        """Let go of bytes that have been written."""
        while self._left and count >= len(self._left[0]):
            count -= len(self._left.popleft())
        if count:
            self._left[0] = self._left[0][count:]


class _Waiting(Outgoing):
    """Where a pipe cannot be asked whether there is room: it waits until all is written."""

    ahead = 2_048  # bytes of a message that fits into a pipe that nobody reads yet

    def __init__(self, connection: Connection) -> None:
        self._left = deque()
        self._connection = connection

    def put(self, message: bytes) -> None:
        self._connection.send_bytes(message)

    def write(self) -> None:
        pass


def outgoing(connection: Connection) -> Outgoing:
    """Return what messages to a worker are put into."""
    return _Waiting(connection) if sys.platform == "win32" else Outgoing(connection)
