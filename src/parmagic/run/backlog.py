"""What is on its way to a worker: written as far as there is room, and further when there is again.

So the notebook never waits for a worker that itself waits until the notebook reads.
"""

from __future__ import annotations

import os
import struct
import sys
from collections import deque
from multiprocessing.connection import Connection

# Bytes of a message that may wait; a larger one is not worth its memory. Windows cannot be asked
# whether there is room: so as much as fits into a pipe that nobody reads yet.
ROOM = 2_048 if sys.platform == "win32" else 1_000_000
_SHORT = 0x7FFF_FFFF  # bytes whose number fits into the head of a message as `Connection` reads it


class Backlog:
    """The messages to one worker, in their order; each is what `Connection.recv_bytes` returns."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = connection.fileno()
        self._left: deque[memoryview] = deque()

    def __bool__(self) -> bool:
        return bool(self._left)

    def put(self, message: bytes) -> None:
        """Write a message, or have it wait behind others; OSError if nobody can read it."""
        if sys.platform == "win32":
            self._connection.send_bytes(message)
            return
        size = len(message)
        head = struct.pack("!i", size) if size <= _SHORT else struct.pack("!iQ", -1, size)
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
