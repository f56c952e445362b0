"""Tells by values what the source leaves open: whether something is changed, or used up."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import islice
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from parmagic.magics.inside import attributes_of, behind, items_of
from parmagic.modules.definitions.attributes import is_special
from parmagic.modules.mutators import CHANGING
from parmagic.modules.own import is_own_class
from parmagic.modules.own_modules import is_own_module
from parmagic.modules.values.kinds import ATOMS, CONTAINERS, is_artist, is_generator
from parmagic.plan.effects.alias import OWN
from parmagic.plan.effects.effects import (
    ARRAY,
    CHANGEABLE,
    COPIED,
    DRAWN,
    EFFECT,
    MISSING,
    SHARED,
    Doubt,
)
from parmagic.plan.effects.keys import has_keys
from parmagic.plan.effects.uncertain import Uncertain
from parmagic.plan.reason import Reason

_MOST = (3, 10, 300)  # values that are looked at inside of another: of the outermost, the last
_DEPTH = len(_MOST)
_SIMPLE = ATOMS | {range}
# Of the objects of these modules, those that change are known by their methods, or show something.
_UNCHANGED = frozenset(
    ("builtins", "collections", "_io", "io", "logging", "pathlib", "numpy", "pandas", "matplotlib",
     "_thread", "threading", "multiprocessing", "queue", "_queue", "subprocess", "IPython",
     "ipykernel", "tqdm", "rich")
)  # fmt: skip
_FIXED = (*_SIMPLE, tuple, frozenset, type, FunctionType, BuiltinFunctionType, ModuleType)


def used_up(value: object, depth: int = _DEPTH) -> str:
    """Say how reading a value, or what is in it, uses that up; "" if it does not."""
    if is_generator(value):
        return "draws random numbers from"
    if hasattr(type(value), "__next__"):
        return "reads the iterator"
    if is_artist(value):
        return "draws in"
    if type(value).__module__ in ("queue", "_queue"):
        return "uses the queue"
    value = _listed(value)
    if depth and type(value) in (dict, list, tuple):
        return next(filter(None, (used_up(one, depth - 1) for one in _inside(value, depth))), "")
    return ""


def _listed(value: Any) -> Any:
    """List what an array of objects holds, such as the axes that `plt.subplots` gives."""
    if type(value).__module__ == "numpy" and str(getattr(value, "dtype", "")) == "object":
        return [*islice(getattr(value, "flat", ()), _MOST[-1])]
    return value


def found_out(call: Uncertain, namespace: Mapping[str, Any]) -> Reason | None:
    """Say what a call changes or uses up, as the values show; None if nothing."""
    for doubt in sorted(call.doubts):
        if doubt.name in namespace and confirmed(doubt, namespace[doubt.name], namespace.get):
            who = f"`{call.function}()`" if call.function else "each task"
            return Reason(call.line, f"{who} {doubt.said()}")
    for name in sorted(call.used & namespace.keys()):
        if not call.function:
            if hasattr(type(namespace[name]), "__next__"):
                return Reason(call.line, f"each task reads the iterator `{name}`")
        elif used := used_up(namespace[name]):
            return Reason(call.line, f"`{call.function}()` {used} `{name}`")
    return None


def confirmed(
    doubt: Doubt, value: object, lookup: Callable[[str], object] = lambda _: None
) -> bool:
    """Tell whether a doubt about a value is right; `lookup` returns the values of other names."""
    if not doubt.part:
        return _has(value, doubt.method) and not has_keys(value, doubt.key, lookup)
    if doubt.method.startswith((OWN, f"{MISSING}.")) and _has(value, doubt.method):
        return True  # what was put into something new, and taken out again, counts as a part
    return _has_inside(value, doubt.method, _DEPTH)


def _has(value: object, method: str) -> bool:
    if method == ARRAY:
        kind = type(value)
        views = hasattr(kind, ARRAY) and hasattr(kind, "__setitem__")
        return views or isinstance(value, memoryview)
    if method in _KINDS:
        return _KINDS[method](value)
    if method in CHANGING:  # others have such methods, too: `df.insert`
        return isinstance(value, CONTAINERS) and hasattr(type(value), method)
    if method.startswith(MISSING):
        _, _, attribute = method.partition(".")
        held = inspect.getattr_static(value, attribute, None) if attribute else value
        return isinstance(held, defaultdict) and held.default_factory is not None
    if method[0] in _METHODS:
        return _METHODS[method[0]](value, method[1:])
    return hasattr(type(value), method)


def _is_copied(value: object) -> bool:
    """Tell whether a copy of a value has the same parts: arrays and frames copy them as well."""
    own = is_own_class(type(value)) and not hasattr(value, "copy")  # its own may copy anything
    return own or isinstance(value, CONTAINERS)


_KINDS: dict[str, Callable[[object], bool]] = {
    DRAWN: is_artist,
    COPIED: lambda value: _is_copied(value) and _has_inside(value, CHANGEABLE, 1),
    CHANGEABLE: lambda value: not isinstance(value, _FIXED),
}


def _has_own(value: object, method: str) -> bool:
    """Tell whether a class of the user's gives an object, or a class, a method."""
    is_class = isinstance(value, type)
    if is_class and is_special(method) and method != "__new__":
        return False  # it is of its instances
    kind = value if isinstance(value, type) else type(value)
    found = inspect.getattr_static(kind, method, None)
    if isinstance(found, cached_property) and method in getattr(value, "__dict__", {}):
        return False  # it has the value already
    return any(method in vars(one) for one in kind.__mro__ if is_own_class(one))


def _is_changed_by(value: object, method: str) -> bool:
    """Tell whether a library's class has a method that may change its objects."""
    kind = next((one for one in type(value).__mro__ if method in vars(one)), object)
    return kind.__module__.partition(".")[0] not in _UNCHANGED and not is_own_class(kind)


def _is_frame(value: object) -> bool:
    """Tell whether a value is a table: changing what was taken from one does not change it."""
    return type(value).__module__.partition(".")[0] in ("pandas", "polars")


def _is_shared(value: object, kind: str) -> bool:
    return _has(value, kind) and not (kind == ARRAY and _is_frame(value))


_METHODS = {OWN: _has_own, EFFECT: _is_changed_by, SHARED: _is_shared}


def _has_inside(value: object, method: str, depth: int) -> bool:
    if method != ARRAY:
        value = _listed(value)
    if method[0] == SHARED and _is_frame(value):
        return False
    dimensions = getattr(value, "ndim", None)
    if isinstance(dimensions, int) and hasattr(type(value), ARRAY):  # an item of it is an array
        return (dimensions > 1 or str(getattr(value, "dtype", "")) == "object") and _has(
            value, method
        )
    if isinstance(value, type) and method.startswith(OWN):
        return _has(value, method)  # a method of it, or of a member of an enumeration
    if type(value) in _SIMPLE or not depth or _is_library(value):
        return False
    return any(
        _has(one, method) or _has_inside(one, method, depth - 1) for one in _inside(value, depth)
    )


def _is_library(value: object) -> bool:
    return isinstance(value, ModuleType) and not is_own_module(value.__name__)


def _inside(value: Any, depth: int) -> Iterable[object]:
    inside = items_of(value)
    if inside is None:
        inside = attributes_of(value)
        if isinstance(value, FunctionType):
            inside = [*behind(value)]  # not what it knows: its globals
        elif isinstance(value, type):
            inside = [*vars(value).values()] if is_own_class(value) else []
        elif callable(value) and not is_own_class(type(value)):
            inside = []
    return list(islice(inside, _MOST[depth - 1]))
