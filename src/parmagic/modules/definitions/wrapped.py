"""Finds what decorators are called, and what they were given."""

from __future__ import annotations

import ast
import functools
import inspect
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


def decorator_name(node: ast.expr) -> str:
    """Return what a decorator is called: "dataclass" of `@dataclasses.dataclass(frozen=True)`."""
    inner = node.func if isinstance(node, ast.Call) else node
    return inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
