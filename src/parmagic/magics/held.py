"""What functions and classes of the user's a value is, or holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from itertools import islice
from types import BuiltinMethodType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NamedTuple, cast

from parmagic.modules.mutators import CHANGING
from parmagic.modules.own import is_own_class, is_own_source

_MOST = (3, 20, 100)  # values that are looked at in a container: of the outermost, the last
DEPTH = len(_MOST)


class Instance(NamedTuple):
    """Stands for the class of an object, which has been made."""

    kind: type


def held_by(value: Any, depth: int) -> Iterator[Any]:
    """Yield the functions and classes of the user's, and methods, that a value is, or holds."""
    if isinstance(value, FunctionType | Instance) or (
        isinstance(value, type) and is_own_class(value)
    ):
        yield value
        return
    if isinstance(value, MethodType) or _is_changing(value):
        yield value
    if depth and not isinstance(value, ModuleType | type):
        for one in islice(_inside(value), _MOST[depth - 1]):
            yield from held_by(one, depth - 1)


def _is_changing(value: Any) -> bool:
    """Tell whether a value is a method of a container that changes it: `seen.append`."""
    bound = isinstance(value, BuiltinMethodType) and value.__name__ in CHANGING
    return bound and not isinstance(value.__self__, ModuleType | type)


def _inside(value: Any) -> Iterable[Any]:
    """List the values that one holds, and its class."""
    if isinstance(value, MethodType):
        return (value.__func__, value.__self__)
    if isinstance(value, partial):
        return (value.func, *value.args, *value.keywords.values())
    if type(value) in (list, tuple, set):
        return cast("Iterable[Any]", value)
    if type(value) in (dict, MappingProxyType):
        return cast("Iterable[Any]", value.values())
    if is_own_class(type(value)):
        return (Instance(type(value)), *getattr(value, "__dict__", {}).values())
    # As of `functools.lru_cache`.
    return (value.__wrapped__,) if callable(value) and hasattr(value, "__wrapped__") else ()


def function_of(held: Any) -> FunctionType | None:
    """Return the function of a method, or of a property, if the user has written it."""
    for part in ("__func__", "fget", "func"):
        if isinstance(held, classmethod | staticmethod | property | cached_property):
            held = getattr(held, part, held)
    while isinstance(held, FunctionType) and not is_own_source(held.__code__.co_filename):
        held = getattr(held, "__wrapped__", None)  # by a library, as by `contextmanager`
    return held if isinstance(held, FunctionType) else None
