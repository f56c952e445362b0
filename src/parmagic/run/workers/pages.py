"""The pages of memory that the system had to find or to clear: 0 where it does not count them."""

from __future__ import annotations

try:
    import resource
except Exception:  # noqa: BLE001 - Windows has none, and one of the user's may raise anything
    resource = None  # type: ignore[assignment]


def pages_of_process() -> int:
    """Count the pages that this process has been given."""
    return _pages("RUSAGE_SELF")


def pages_of_thread() -> int:
    """Count the pages that the calling thread has been given; it is Linux that tells."""
    return _pages("RUSAGE_THREAD")


def _pages(whose: str) -> int:
    try:
        return resource.getrusage(getattr(resource, whose)).ru_minflt
    except AttributeError:  # or a module of the user's has that name
        return 0
