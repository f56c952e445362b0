"""How long a thread that could have run waited for a processor, as Linux counts it."""

from __future__ import annotations

import os

NANOSECOND = 1e-9  # seconds
_PATH = "/proc/thread-self/schedstat"
_LONGEST = 64  # bytes of what is read: three numbers


class Delay:
    """The waiting of the thread that makes it."""

    def __init__(self) -> None:
        self._file: int | None = None  # it is opened when it is asked for the first time

    def seconds(self) -> float:
        """Return how long it has waited since it began; 0.0 where that is not counted."""
        if self._file is None:
            try:
                self._file = os.open(_PATH, os.O_RDONLY | os.O_CLOEXEC)
            except (OSError, AttributeError):  # it is Linux that has it, and not everywhere
                self._file = -1
        if self._file < 0:
            return 0.0
        try:
            return int(os.pread(self._file, _LONGEST, 0).split()[1]) * NANOSECOND
        except (OSError, IndexError, ValueError):
            return 0.0

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None and self._file >= 0:
            os.close(self._file)
        self._file = -1
