"""Locks of this process alone.

A process that is forked from it has not the threads that held some of them at that moment, and
would wait for these for ever.
"""

from __future__ import annotations

import os
import sys
from typing import Any, TypeVar

_Lock = TypeVar("_Lock", bound=Any)


def own(lock: _Lock) -> _Lock:
    """Have a lock that stays as long as this process be free in each that is forked from it."""
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=lock._at_fork_reinit)  # noqa: SLF001 - as Python's own
    return lock
