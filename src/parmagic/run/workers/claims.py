"""Decides who runs a task that was sent, but has not begun: its worker, or another.

A few very short tasks travel to one worker all together, because to wake a second would take longer
than they do. But only an earlier run has shown that they are short. If they are long this time, the
notebook takes back those that have not begun. It cannot ask the worker, which is busy, which these
are. So each task has a byte in a pipe: who reads the byte may run the task.
"""

from __future__ import annotations

import contextlib
import os
import sys

MOST = 64  # tasks of one chunk that can be claimed; a pipe takes more than that at once


class Claims:
    """The notebook's end, for one chunk at a time."""

    def __init__(self, path: str) -> None:
        """Make the pipe; OSError where that cannot be done."""
        if sys.platform == "win32":
            raise OSError("no pipe of Windows can be read without waiting")
        with contextlib.suppress(FileExistsError):  # an earlier try could not open it
            os.mkfifo(path, 0o600)
        self.path = path
        self._pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def offer(self, tasks: int) -> str:
        """Let so many tasks be claimed, none of an earlier chunk; return the path to claim by."""
        self.take_back()
        os.write(self._pipe, bytes(tasks))
        return self.path

    def take_back(self) -> int:
        """Claim what is left; return how many tasks that is."""
        try:
            return len(os.read(self._pipe, MOST))
        except OSError:  # nothing is
            return 0

    def close(self) -> None:
        """Let nothing be claimed any more."""
        os.close(self._pipe)
        with contextlib.suppress(OSError):  # the folder may be gone
            os.unlink(self.path)  # noqa: PTH108 - a worker need not import pathlib for this file


class Claimant:
    """The worker's end."""

    def __init__(self) -> None:
        self._path = ""
        self._out = -1

    def use(self, path: str) -> None:
        """Claim what is offered through this pipe from now on; none if it need not be."""
        if path in ("", self._path):
            return
        self.close()
        with contextlib.suppress(OSError):  # the folder may be gone: then nothing can be claimed
            self._out = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
            self._path = path

    def claim(self) -> bool:
        """Claim the next task; False if the notebook has taken it back."""
        try:
            return os.read(self._out, 1) != b""
        except OSError:  # it is empty, or there is none
            return False

    def close(self) -> None:
        """Claim no more."""
        if self._out >= 0:
            os.close(self._out)
            self._path, self._out = "", -1
