"""How full the memory is that this process may use, on Linux."""

from __future__ import annotations

import re
from pathlib import Path

GOOD_PART = 0.1  # of the memory: workers that have less are not why it is full
_GROUP = Path("/sys/fs/cgroup")
_ALL = Path("/proc/meminfo")
_KILOBYTE = 1024  # bytes, as /proc counts


def filled(own: int) -> float:
    """Return how much of the memory is in use, from 0 to 1, if `own` bytes are a good part of it.

    It is that of the machine, or of the group that this process is in; 0.0 if nobody knows.
    """
    return max(
        (used / total for used, total in (_machine(), _group()) if own > GOOD_PART * total > 0),
        default=0.0,
    )


def _machine() -> tuple[int, int]:
    try:
        lines = re.findall(r"^(\w+):\s+(\d+) kB", _ALL.read_text(), re.MULTILINE)
    except OSError:
        return 0, 0
    found = {name: int(size) * _KILOBYTE for name, size in lines}
    total = found.get("MemTotal", 0)
    return total - found.get("MemAvailable", total), total


def _group() -> tuple[int, int]:
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        used = int((_GROUP / "memory.current").read_text())
        # Files that were read stay in memory only as long as nobody needs it.
        stat = (_GROUP / "memory.stat").read_text()
    except (OSError, ValueError):
        return 0, 0
    files = re.search(r"^inactive_file (\d+)$", stat, re.MULTILINE)
    spare = int(files[1]) if files else 0
    return (max(0, used - spare), int(limit)) if limit.isdecimal() else (0, 0)
