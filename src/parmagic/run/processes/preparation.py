"""What a new process is told of this one before anything else: not which script it is to run.

`multiprocessing` tells it to run that of the user as its main module, which a worker has no use
for; and it settles the start method for good if the user has not chosen one.
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
    """Copy a function of `multiprocessing` that finds the above among its globals, and `names`."""
    there = vars(sys.modules[function.__module__])
    return FunctionType(function.__code__, {**there, "spawn": _SPAWN, **names}, function.__name__)
