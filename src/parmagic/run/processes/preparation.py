"""What a new process is told first: less than `multiprocessing` tells it.

That would have it run the user's script as its main module, which no worker needs, and would settle
the start method for good, where the user has not chosen one.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing import process, spawn
from types import FunctionType, SimpleNamespace
from typing import Any


def preparation(name: str) -> dict[str, Any]:
    """Return what a process of this name is told, in the place of `spawn.get_preparation_data`."""
    spawn._check_not_importing_main()  # type: ignore[attr-defined]  # noqa: SLF001 - as there
    known = {
        "name": name,
        "authkey": process.current_process().authkey,
        "sys_path": list(sys.path),
        "sys_argv": sys.argv,
        "orig_dir": process.ORIGINAL_DIR,  # type: ignore[attr-defined]
        "start_method": multiprocessing.get_start_method(allow_none=True),
    }
    return {key: value for key, value in known.items() if value is not None}


_SPAWN = SimpleNamespace(**{**vars(spawn), "get_preparation_data": preparation})


def prepared(function: Callable[..., Any], **names: Any) -> FunctionType:
    """Copy a function of `multiprocessing`, with the above and `names` among its globals."""
    there = vars(sys.modules[function.__module__])
    return FunctionType(function.__code__, {**there, "spawn": _SPAWN, **names}, function.__name__)


if sys.platform == "win32":
    from multiprocessing import popen_spawn_win32

    class SpawnPopen(popen_spawn_win32.Popen):
        """Spawns a process as the standard one does."""

        __init__ = prepared(popen_spawn_win32.Popen.__init__)

else:
    from multiprocessing import popen_spawn_posix

    class SpawnPopen(popen_spawn_posix.Popen):
        """Spawns a process as the standard one does."""

        _launch = prepared(popen_spawn_posix.Popen._launch)  # type: ignore[attr-defined]  # noqa: SLF001 - nothing public does it
