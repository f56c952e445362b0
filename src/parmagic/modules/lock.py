"""Locks that a forked process finds free.

It does not have the threads that held some of them as it was forked, and would wait for ever.
"""

from __future__ import annotations

import os
import sys
from typing import Any, TypeVar

_Lock = TypeVar("_Lock", bound=Any)


def own(lock: _Lock) -> _Lock:
    """Have a lock that lives as long as this process be free in each that is forked from it."""
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=lock._at_fork_reinit)  # noqa: SLF001 - as Python's own
    return lock
