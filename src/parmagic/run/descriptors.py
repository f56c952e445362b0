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

PIECE = 65_536  # bytes read at a time


class Descriptors:
    """Reads both file numbers through pipes, and hands on the text."""

    def __init__(self, take: Callable[[str, str], None]) -> None:
        self._take = take  # "stdout" or "stderr", and the text
        self._lock = threading.Lock()
        self._streams: dict[int, str] = {}
        self._decoders: dict[int, codecs.IncrementalDecoder] = {}
        self._poll: Any = None
        if sys.platform == "win32":
            return  # select knows no pipes there: such output goes where it always went
        for number, stream in ((1, "stdout"), (2, "stderr")):
            reader, writer = os.pipe()
            os.set_blocking(reader, False)
            os.dup2(writer, number)
            os.close(writer)
            self._streams[reader] = stream
            self._decoders[reader] = codecs.getincrementaldecoder("utf-8")("replace")
        self._poll = select.poll()
        for reader in self._streams:
            self._poll.register(reader, select.POLLIN)
        threading.Thread(target=self._listen, daemon=True).start()

    def drain(self) -> None:
        """Hand on all that has been written so far."""
        if "ctypes" in sys.modules and self._streams:
            _flush_c()
        self._read_all()

    def _listen(self) -> None:
        while self._streams:
            self._poll.poll()
            self._read_all()

    def _read_all(self) -> None:
        with self._lock:
            for reader in list(self._streams):
                self._read(reader)

    def _read(self, reader: int) -> None:
        while True:
            try:
                data = os.read(reader, PIECE)
            except BlockingIOError:
                return
            if not data:  # a task has closed the number for good: nobody can write there any more
                self._poll.unregister(reader)
                del self._streams[reader]
                os.close(reader)
                return
            self._take(self._streams[reader], self._decoders[reader].decode(data))


def _flush_c() -> None:
    """Have C write what it has printed and not yet written."""
    _c().fflush(None)


@cache
def _c() -> Any:
    import ctypes

    return ctypes.CDLL(None)
