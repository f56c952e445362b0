"""Finds the functions that decorators were given, and what decorators are called."""

from __future__ import annotations

import ast
import functools
import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any

CACHED = type(functools.lru_cache(len))  # of what `functools.cache` makes of a function


def unwrapped(value: Any) -> Any:
    """Return the function from which decorators have made `value`; itself if none have.

    Classes, and objects that compute whatever attribute they are asked for, are themselves.
    """
    if isinstance(value, type):
        return value
    try:
        return inspect.unwrap(value)
    except Exception:  # noqa: BLE001 - `__getattr__` is the user's: it may raise anything, or never end
        return value


def functions_in(held: Any) -> Iterator[FunctionType]:
    """Yield the functions that an attribute of a class is made of, the outermost first."""
    return (function for _, function in functions_at(held, ""))


def functions_at(held: Any, path: str) -> Iterator[tuple[str, FunctionType]]:
    """Yield them with the ways to them, if `path` is that to the attribute.

    No way leads through a `partialmethod`: a class gives only what that makes.
    """
    parts: dict[str, Any] = {}
    if isinstance(held, FunctionType):
        yield path, held
        parts = {".__wrapped__": vars(held).get("__wrapped__")}
    elif isinstance(held, staticmethod):
        parts = {"": held.__func__}
    elif isinstance(held, classmethod):
        parts = {".__func__": held.__func__}
    elif isinstance(held, property):
        parts = {".fget": held.fget, ".fset": held.fset, ".fdel": held.fdel}
    elif isinstance(held, functools.cached_property | functools.partialmethod):
        parts = {".func": held.func}
    elif isinstance(held, CACHED):
        parts = {".__wrapped__": held.__wrapped__}
    for step, part in parts.items():
        yield from functions_at(part, path + step)


def decorator_name(node: ast.expr) -> str:
    """Return what a decorator is called: "dataclass" of `@dataclasses.dataclass(frozen=True)`."""
    inner = node.func if isinstance(node, ast.Call) else node
    return inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
