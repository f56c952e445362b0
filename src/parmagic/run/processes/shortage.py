"""Has the fork server, which alone imports this file, go on where it cannot start a process.

The standard one ends when a fork fails. Then nobody can tell when a worker ends, and all workers
are taken for lost.
"""

from __future__ import annotations

import os
from multiprocessing import forkserver
from typing import Any

from parmagic.run.processes.served import NO_PROCESS


class _System:
    """The module `os`, but for one function."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fork(self) -> int:
        """Fork; if that fails, return what the server sends as the number of the new process."""
        try:
            return os.fork()
        except OSError:
            return NO_PROCESS


vars(forkserver)["os"] = _System()
