"""How many processors and workers this process may use, and whether threads compute together."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

FILES_EACH = 5  # that a worker process takes in this one, also those needed only to start it
FILES_INSIDE = 8  # that an interpreter takes, as both ends of everything are in this process
SPARE_FILES = 16  # left to the tasks' own process
USUAL_FILES = 64  # that a kernel has open, where they cannot be counted
_CGROUP = Path("/sys/fs/cgroup")


def available() -> int:
    """Count the processors this process may use: its affinity, and its container's quota."""
    allowed = getattr(os, "process_cpu_count", None)  # since Python 3.13; heeds PYTHON_CPU_COUNT
    if allowed is not None:
        count = allowed() or 1
    elif hasattr(os, "sched_getaffinity"):
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return max(1, min(count, _quota_of_this_process()))


def has_gil() -> bool:
    """Tell whether only one thread of this interpreter can compute at a time."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


@cache
def _quota_of_this_process() -> int:
    return min((max(1, math.ceil(quota)) for quota in _quotas(_CGROUP)), default=sys.maxsize)


def most_workers(files_each: int) -> int:
    """Return how many workers can be talked to with the files this process may open."""
    if sys.platform == "win32":
        return 30  # it waits for at most 63 things at a time, two for each worker
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit
    except Exception:  # noqa: BLE001 - a module of the user's has that name, and may raise anything
        return sys.maxsize
    allowed, _ = getrlimit(RLIMIT_NOFILE)
    if allowed == RLIM_INFINITY:
        return sys.maxsize
    return max(1, (allowed - _open_files() - SPARE_FILES) // files_each)


def _open_files() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are not looked at
    except OSError:
        return USUAL_FILES


def _quotas(root: Path) -> Iterator[float]:
    """Yield the limits, in processors, that control groups set on this process."""
    for group in _groups():  # version 2: "max 100000", or microseconds of each period
        for folder in [root / group, *(root / group).parents]:
            if not folder.is_relative_to(root):
                break
            yield from _quota(_words(folder / "cpu.max"))
    version1 = root / "cpu"
    yield from _quota(
        _words(version1 / "cpu.cfs_quota_us") + _words(version1 / "cpu.cfs_period_us")
    )


def _groups() -> Iterator[str]:
    for line in _lines(Path("/proc/self/cgroup")):
        number, _, path = line.split(":", 2)
        if number == "0":
            yield path.lstrip("/")


def _quota(words: list[str]) -> Iterator[float]:
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]) > 0:
        yield int(words[0]) / int(words[1])


def _words(path: Path) -> list[str]:
    return " ".join(_lines(path)).split()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
