"""What the system has counted of a process or a thread: all 0 where it does not count it."""

from __future__ import annotations

from typing import NamedTuple

try:
    import resource
except Exception:  # noqa: BLE001 - Windows has none, and one of the user's may raise anything
    resource = None  # type: ignore[assignment]


class Usage(NamedTuple):
    """Counts since the process or the thread began."""

    pages: int = 0  # of memory that the system had to find or to clear
    waits: int = 0  # how often it left its processor, to wait for something


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
