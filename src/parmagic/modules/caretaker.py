"""A small program that removes our folders if this process and its workers are killed at once.

A front end may kill all of a kernel's process group, and then no worker is left to clean up. The
program has a session of its own; it waits for the end of a pipe that only this process writes to.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

_PROGRAM = ("xargs", "-0", "rm", "-rf", "--")  # reads names until there are no more, and removes

_kept: Caretaker | None = None


class Caretaker:
    """The program, and the pipe that it reads the names of folders from."""

    def __init__(self) -> None:
        self.owner = os.getpid()  # a process that is forked from it has no part in it
        self._program = subprocess.Popen(  # noqa: S603 - nothing of the user's is in the command
            _PROGRAM,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",  # or the file system of the notebook's folder could not be let go of
            start_new_session=True,
            bufsize=0,
        )
        atexit.register(self.end)

    def mind(self, folder: Path) -> None:
        """Have one more folder removed in the end."""
        if self._program.stdin is not None:
            self._program.stdin.write(os.fsencode(folder) + b"\0")

    def end(self) -> None:
        """End the program; it removes nothing."""
        atexit.unregister(self.end)
        if self.owner == os.getpid():
            self._program.kill()
            self._program.communicate()


def mind(folder: Path) -> None:
    """Have a folder removed when this process has ended, in whatever way.

    Not on Windows, where a front end has no process group to kill.
    """
    global _kept
    if sys.platform == "win32":
        return
    try:
        if _kept is None or _kept.owner != os.getpid():
            _kept = Caretaker()
        _kept.mind(folder)
    except OSError:  # there is no such program, no more processes are to be had, or it was killed
        leave()


def minded() -> bool:
    """Tell whether this process's folders are removed however it ends."""
    return _kept is not None and _kept.owner == os.getpid()


def leave() -> None:
    """Mind no folder any more: they have been removed."""
    global _kept
    kept, _kept = _kept, None
    if kept is not None:
        kept.end()
