"""What the system counts of a process or a thread."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

try:
    import resource
except Exception:  # noqa: BLE001 - Windows has none, and one of the user's may raise anything
    resource = None  # type: ignore[assignment]

NANOSECOND = 1e-9  # seconds
_DELAYS = "/proc/thread-self/schedstat"  # of Linux: three numbers, of which the second is the delay
_LONGEST = 64  # bytes of it


class Usage(NamedTuple):
    """Counts since the process or the thread began: 0 where the system does not count it."""

    pages: int = 0  # of memory that the system had to find or to clear
    waits: int = 0  # how often it left its processor, to wait for something


def cpu_seconds() -> float:
    """Return the processor seconds of this process, and of the programs it has run to their end.

    So a task that waits for its own program counts as one that computes.
    """
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def pages_of_process() -> int:
    """Count the pages that this process has been given."""
    return _usage("RUSAGE_SELF").pages


def pages_of_thread() -> int:
    """Count the pages that the calling thread has been given."""
    return usage_of_thread().pages


def usage_of_thread() -> Usage:
    """Return the counts of the calling thread; it is Linux that tells."""
    return _usage("RUSAGE_THREAD")


def _usage(whose: str) -> Usage:
    try:
        found = resource.getrusage(getattr(resource, whose))
        return Usage(found.ru_minflt, found.ru_nvcsw)
    except AttributeError:  # or a module of the user's has that name
        return Usage()


class Delay:
    """How long the thread that makes it could have run, but waited for a processor."""

    def __init__(self) -> None:
        self._file: int | None = None  # opened when it is first asked for

    def seconds(self) -> float:
        """Return how long it has waited since it began; 0.0 where that is not counted."""
        if self._file is None:
            try:
                self._file = os.open(_DELAYS, os.O_RDONLY | os.O_CLOEXEC)
            except (OSError, AttributeError):  # not every Linux has it, and no other system
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
