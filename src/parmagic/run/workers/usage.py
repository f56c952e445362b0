"""What the system has counted of a process or a thread."""

from __future__ import annotations

import os
import time
from typing import NamedTuple

try:
    import resource
except Exception:  # noqa: BLE001 - Windows has none, and one of the user's may raise anything
    resource = None  # type: ignore[assignment]


class Usage(NamedTuple):
    """Counts since the process or the thread began: 0 where the system does not count it."""

    pages: int = 0  # of memory that the system had to find or to clear
    waits: int = 0  # how often it left its processor, to wait for something


def cpu_seconds() -> float:
    """Return the processor seconds of this process, and of the programs it has run to their end.

    A task that runs a program waits for it, but not as it would for a network: not many such tasks
    can wait together.
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
