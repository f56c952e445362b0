"""Which functions and classes are the user's own."""

from __future__ import annotations

import inspect
import sys
from contextvars import ContextVar
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any, TypeGuard

from parmagic import cells
from parmagic.main import MAINS
from parmagic.modules.definitions.wrapped import CACHED
from parmagic.modules.own_modules import is_own_file, is_own_module
from parmagic.modules.values import data

# What is pickled, though `functools.update_wrapper` may have given it the name of a function.
_PICKLED = (MethodType, partial)


def is_own_function(value: object) -> TypeGuard[FunctionType]:
    """Tell whether `value` is a function of the notebook, or of a module of the user's.

    A generator function is none: a call of it does none of its work. Nor is a coroutine function.
    """
    return (
        isinstance(value, FunctionType)
        and not inspect.isgeneratorfunction(value)
        and not inspect.iscoroutinefunction(value)
        # What a library's decorator made of it has the name of the user's module, and will do.
        and (value.__module__ in MAINS or is_own_module(value.__module__))
    )


def is_own_class(value: type) -> bool:
    """Tell whether a class is of the notebook, or of a module of the user's."""
    return value.__module__ in MAINS or is_own_module(value.__module__)


def is_own_source(filename: str) -> bool:
    """Tell whether code of that file name stands in a cell, or in a file of the user's."""
    return cells.is_cell(filename) or is_own_file(filename)


def is_own_code(function: FunctionType) -> bool:
    """Tell whether the user has written a function: not if a library has made it."""
    return function.__module__ in MAINS or is_own_source(function.__code__.co_filename)


def is_function_of_notebook(value: object) -> TypeGuard[FunctionType]:
    """Tell whether a value is a function whose globals are the notebook's."""
    # What `%run` has run has no name any more.
    return type(value) is FunctionType and value.__globals__.get("__name__", "__main__") in MAINS


def module_of(value: object) -> ModuleType | None:
    """Return the imported module whose globals a function has; None if it has others."""
    if type(value) is not FunctionType:
        return None
    name = value.__globals__.get("__name__")
    module = sys.modules.get(name) if isinstance(name, str) and name not in MAINS else None
    return module if getattr(module, "__dict__", None) is value.__globals__ else None


def is_nameless(value: Any) -> bool:
    """Tell whether a value is a function of an imported module in which no name leads to it.

    As a lambda, or what another function has made; not one that was there before it was reloaded.
    """
    module = module_of(value)
    if module is None or data.importable_from(value):
        return False
    path = value.__code__.co_qualname
    now = getattr(module, path, None)
    return bool(getattr(getattr(now, "__code__", None), "co_qualname", None) != path)


def is_defined_here(value: Any) -> bool:
    """Tell whether a value may be of a definition in a cell, or of one that no import can find."""
    if isinstance(value, type):
        # The second of these is of `make_dataclass`.
        return value.__module__ in (*MAINS, "types") or data.is_of_rows(value)
    if getattr(value, "__module__", None) in MAINS and not isinstance(value, _PICKLED):
        if callable(value) and data.told(value, "__qualname__") is not None:
            return True
        return data.name_in_pickles(value) is not None
    if is_function_of_notebook(value) or isinstance(value, ContextVar) or is_nameless(value):
        return True
    # A library's decorator need not say of what it has made from which module it was made.
    of = None if isinstance(value, _PICKLED) else data.told(value, "__dict__")
    below = of.get("__wrapped__") if isinstance(of, dict) else None
    return is_function_of_notebook(below) or (isinstance(value, CACHED) and is_nameless(below))
