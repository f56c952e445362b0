"""Spawns a process as `multiprocessing` does, but for what it is told: see `preparation`."""

from __future__ import annotations

import sys

from parmagic.run.processes.preparation import prepared

if sys.platform == "win32":
    from multiprocessing import popen_spawn_win32

    class Popen(popen_spawn_win32.Popen):
        """Starts a process as the standard one does."""

        __init__ = prepared(popen_spawn_win32.Popen.__init__)

else:
    from multiprocessing import popen_spawn_posix

    class Popen(popen_spawn_posix.Popen):
        """Starts a process as the standard one does."""

        _launch = prepared(popen_spawn_posix.Popen._launch)  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public does it
