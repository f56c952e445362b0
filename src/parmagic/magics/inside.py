"""What is inside of a value of the notebook: whoever looks into values asks here.

No code of the user's is run for that. How deep to look, and for what, the caller decides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from types import (
    BuiltinMethodType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
)
from typing import Any

from parmagic.modules.closures import variables_of

_LISTS = (list, tuple, set, frozenset, deque)


def items_of(value: Any) -> Iterable[Any] | None:
    """Return the items of a container of Python's, of a dict the values; None if it is none."""
    if isinstance(value, dict | MappingProxyType):
        return value.values()
    return value if isinstance(value, _LISTS) else None


def attributes_of(value: Any) -> list[Any]:
    """List the values of the attributes of an object, also of slots, but not of its class."""
    kind = type(value)
    found: list[Any] = []
    for one in (one for base in kind.__mro__ for one in vars(base).values()):
        if isinstance(one, MemberDescriptorType) and one.__name__ != "__dict__":
            with suppress(AttributeError):  # it has no value yet
                found.append(one.__get__(value, kind))
    with suppress(AttributeError):  # it has slots alone
        found += object.__getattribute__(value, "__dict__").values()
    return found


def behind(value: Any) -> Iterator[Any]:
    """Yield what a function, a method, a `partial` or a `memoryview` refers to."""
    if isinstance(value, FunctionType):
        yield from variables_of(value).values()
        yield from (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values())
        yield from vars(value).values()
    elif isinstance(value, MethodType):
        yield from (value.__func__, value.__self__)
    elif isinstance(value, BuiltinMethodType):
        yield value.__self__
    elif isinstance(value, partial):
        yield from (value.func, *value.args, *value.keywords.values())
    elif isinstance(value, memoryview):
        yield value.obj
