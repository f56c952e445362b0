"""Ends a process that a task or the iterable has forked, where it comes back from there.

It is a copy of the worker: what it said to the notebook would be taken for what the worker says.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from parmagic.run.workers.frames import without_ours


def end(error: BaseException | None) -> NoReturn:
    """End this process as multiprocessing ends one whose function returned, or raised `error`."""
    code = 1
    try:
        if error is None:
            code = 0
        elif isinstance(error, SystemExit):
            code = _code_of(error)
        else:
            import traceback

            traceback.print_exception(type(error), error, without_ours(error.__traceback__, None))
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):  # it may be closed, or none
                stream.flush()
    finally:
        os._exit(code)


def _code_of(error: SystemExit) -> int:
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    sys.stderr.write(f"{error.code}\n")
    return 1
