"""How much memory processes hold, shared pages counted once (Linux)."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

MIB = 2**20  # bytes
_KB = 1024  # bytes; what /proc calls a kB
_EVERY = 0.02  # seconds between two looks


def held(pids: Iterable[int]) -> int:
    """Return the sum of the proportional set sizes, in bytes: a shared page counts once."""
    return sum(_sizes(pid).get("Pss", 0) for pid in pids)


def used(pids: Iterable[int]) -> int:
    """Return the bytes that processes hold, with what they keep in shared memory unmapped."""
    sizes = [_sizes(pid) for pid in pids]
    own = sum(one.get("Pss_Anon", 0) + one.get("Pss_File", 0) for one in sizes)
    return own + max(sum(one.get("Pss_Shmem", 0) for one in sizes), _shared_memory_used())


def _sizes(pid: int) -> dict[str, int]:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
        return {line.split(":")[0]: int(line.split()[1]) * _KB for line in lines}
    return {}  # it has ended


def _shared_memory_used() -> int:
    try:
        disk = os.statvfs("/dev/shm")  # noqa: S108 - looked at, not written to
    except OSError:
        return 0
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


class Peak:
    """Looks again and again while its `with` block runs; then `most` is the largest number."""

    def __init__(self, look: Callable[[], int]) -> None:
        self._look = look
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.most = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.most = max(self.most, self._look())
            time.sleep(_EVERY)
