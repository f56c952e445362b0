"""Which functions are the user's own."""

from __future__ import annotations

import inspect
import sys
from types import FunctionType
from typing import TypeGuard

from parmagic.main import MAINS
from parmagic.modules.local import is_own


def is_own_function(value: object) -> TypeGuard[FunctionType]:
    """Tell whether `value` is a function of the notebook, or of a module of the user's.

    A generator function is none: a call of it does none of its work. Nor is a coroutine function.
    """
    return (
        isinstance(value, FunctionType)
        and not inspect.isgeneratorfunction(value)
        and not inspect.iscoroutinefunction(value)
        and (value.__module__ in MAINS or _is_in_own_module(value))
    )


def _is_in_own_module(function: FunctionType) -> bool:
    path = getattr(sys.modules.get(function.__module__), "__file__", None)
    # What a library's decorator made of it has the name of the user's module, and works as well.
    return isinstance(path, str) and is_own(path)
