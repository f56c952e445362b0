"""Whether threads that run code may wait for each other: at a lock, a semaphore, or the like.

Their clocks cannot tell that from waiting for a network or a disk.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

from parmagic.modules.own import is_own_class
from parmagic.modules.reach import Piece

_MODULES = ("_thread", "threading")
_ALONE = {"Thread", "Timer", "_local"}  # others there


def is_guarded(starts: Iterable[Any], found: Iterable[Piece]) -> bool:
    """Tell whether calls, or the code that they run, have what one thread holds at a time."""
    read = (value for piece in found for value in piece.values.values())
    return any(map(_guards, [*starts, *read]))


def _guards(value: Any) -> bool:
    """Tell whether a value is a lock or the like, or an object of the user's that has one."""
    kind = type(value)
    if issubclass(kind, MethodType):
        return _guards(value.__self__)
    if kind.__module__ in _MODULES:
        return kind.__name__ not in _ALONE
    # Its attributes are looked up where they are kept: asking the object might run code.
    if not is_own_class(kind) or not getattr(kind, "__dictoffset__", 0):
        return False
    return any(
        type(one).__module__ in _MODULES and type(one).__name__ not in _ALONE
        for one in object.__getattribute__(value, "__dict__").values()
    )
