"""The processes that the tasks of a worker have started, which end with it if it is ended."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path


def descendants(pid: int) -> list[int]:
    """List the living descendants of a process; none where the system does not tell.

    Left out are those with a session of their own: they were started to stay.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            return list(_below(pid, os.getsid(pid)))
    return []


def _below(pid: int, session: int) -> Iterator[int]:
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it has just ended
            for child in map(int, told.read_text().split()):
                if os.getsid(child) == session:
                    yield child
                    yield from _below(child, session)


def kill_all(pids: list[int]) -> None:
    """End processes at once."""
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
