"""Catches what is written to the file numbers 1 and 2 of a worker, past Python's own streams.

C libraries do that, and the programs that a task starts.
"""

from __future__ import annotations

import codecs
import os
import select
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

if sys.platform != "win32":
    import fcntl

PIECE = 65_536  # bytes read at a time
_NUMBERS = {"stdout": 1, "stderr": 2}
_FREE = 3  # the first file number that is none of a standard stream


class Descriptors:
    """Reads both file numbers through pipes, and hands on the text."""

    def __init__(self, take: Callable[[str, str], None]) -> None:
        self._take = take  # "stdout" or "stderr", and the text
        self._lock = threading.Lock()
        self._streams: dict[int, str] = {}  # by the file number that each is read from
        self._decoders: dict[int, codecs.IncrementalDecoder] = {}
        self._written: Any = None  # a poll that tells whether something has been written
        self.catch()

    def catch(self) -> None:
        """Catch what is not caught yet, or what a task has closed."""
        if sys.platform == "win32":
            return  # select knows no pipes there: such output goes where it always went
        self._read_all()  # to learn what is closed
        missing = [one for one in _NUMBERS if one not in self._streams.values()]
        if missing:
            readers = [self._catch(stream) for stream in missing]
            threading.Thread(target=self._listen, args=(readers,), daemon=True).start()

    def drain(self) -> None:
        """Hand on all that has been written so far."""
        if "ctypes" in sys.modules and self._streams:
            _flush_c()
        self._read_all()

    def leave(self) -> None:
        """Read nothing any more, in a process that a task has forked: the worker reads it."""
        self._streams = {}
        self._lock = threading.Lock()  # a thread of the worker may just have held the other

    def _catch(self, stream: str) -> int:
        reader, writer = _pipe()
        os.set_blocking(reader, False)
        os.dup2(writer, _NUMBERS[stream])
        os.close(writer)
        self._decoders[reader] = codecs.getincrementaldecoder("utf-8")("replace")
        self._streams[reader] = stream
        self._written = self._written or select.poll()
        self._written.register(reader, select.POLLIN)
        return reader

    def _listen(self, readers: list[int]) -> None:
        """Hand on what comes through some pipes, until they are closed."""
        poll = select.poll()
        for reader in readers:
            poll.register(reader, select.POLLIN)
        while readers:
            for reader, _ in poll.poll():
                with self._lock:
                    if reader not in self._streams or not self._read(reader):
                        poll.unregister(reader)
                        readers.remove(reader)

    def _read_all(self) -> None:
        with self._lock:
            if self._streams:
                for reader, _ in self._written.poll(0):
                    self._read(reader)

    def _read(self, reader: int) -> bool:
        """Hand on what is there to be read; False if nobody can write there any more."""
        while True:
            try:
                data = os.read(reader, PIECE)
            except BlockingIOError:
                return True
            if not data:  # a task has closed the number for good
                self._written.unregister(reader)
                del self._streams[reader]
                os.close(reader)
                return False
            self._take(self._streams[reader], self._decoders[reader].decode(data))


def _pipe() -> tuple[int, int]:
    """Make a pipe with other numbers than those that we catch, which a task may have closed."""
    ends = os.pipe()
    reader, writer = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, _FREE) for end in ends)
    for end in ends:
        os.close(end)
    return reader, writer


def _flush_c() -> None:
    """Have C write what it has printed and not yet written."""
    _c().fflush(None)


@cache
def _c() -> Any:
    import ctypes

    return ctypes.CDLL(None)
