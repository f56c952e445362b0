"""What functions and classes of the user's a value is, or holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from types import BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeGuard

from parmagic.magics.inside import attributes_of, behind, items_of
from parmagic.modules.definitions.wrapped import functions_in
from parmagic.modules.mutators import CHANGING
from parmagic.modules.own import is_own_class, is_own_source

_MOST = (3, 20, 100)  # values that are looked at in a container: of the outermost, the last


class Instance(NamedTuple):
    """Stands for an object of a class: its methods count, but not those that make it."""

    kind: type


def held_by(value: Any, depth: int = len(_MOST)) -> Iterator[Any]:
    """Yield the functions, classes and methods of the user's that a value is, or holds."""
    if isinstance(value, FunctionType | Instance) or (
        isinstance(value, type) and is_own_class(value)
    ):
        yield value
        return
    if isinstance(value, MethodType) or is_changing(value):
        yield value
    if depth and not isinstance(value, ModuleType | type):
        for one in islice(_inside(value), _MOST[depth - 1]):
            yield from held_by(one, depth - 1)


def is_changing(value: Any) -> TypeGuard[BuiltinMethodType]:
    """Tell whether a value is a method of a container that changes it: `seen.append`."""
    bound = isinstance(value, BuiltinMethodType) and value.__name__ in CHANGING
    return bound and not isinstance(value.__self__, ModuleType | type)


def _inside(value: Any) -> Iterable[Any]:
    """List the values that one holds, and its class."""
    if isinstance(value, MethodType | partial):
        return behind(value)
    if is_own_class(type(value)):
        return (Instance(type(value)), *attributes_of(value))
    if (held := items_of(value)) is not None:
        return held
    # What `functools.lru_cache` makes, and the like.
    return (value.__wrapped__,) if callable(value) and hasattr(value, "__wrapped__") else ()


def function_of(held: Any) -> FunctionType | None:
    """Return the function of a method or a property, if the user has written it.

    Not what a library makes of it, such as `contextmanager`.
    """
    functions = functions_in(held)
    return next((one for one in functions if is_own_source(one.__code__.co_filename)), None)
