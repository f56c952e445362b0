"""How much memory is in use, on Linux: by a process, and of all that this one may use."""

from __future__ import annotations

import re
from pathlib import Path

GOOD_PART = 0.1  # of the memory: workers that have less are not why it is full
_GROUP = Path("/sys/fs/cgroup")
_ALL = Path("/proc/meminfo")
_KILOBYTE = 1024  # bytes, as /proc counts


def memory_of(pid: int) -> int:
    """Return how many bytes of memory a process has in use; 0 where that cannot be told."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)
    return int(found[1]) * _KILOBYTE if found else 0


def filled(own: int) -> float:
    """Return how much of the memory is in use, from 0 to 1; 0.0 if `own` bytes are little of it.

    It is the memory of the machine, or of the control group that this process is in.
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
