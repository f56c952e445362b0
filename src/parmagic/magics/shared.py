"""Looks, when a loop begins, whether what it changes is also what its tasks read, by another name.

Reading the cell tells names apart, but not objects: `left` and `right` may be parts of one array.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any

from parmagic.magics.changed import effects_of
from parmagic.magics.inside import attributes_of, behind, items_of
from parmagic.magics.reached import Reached
from parmagic.modules.mutators import ALONE
from parmagic.modules.own import is_own_class
from parmagic.modules.own_modules import is_own_module
from parmagic.modules.values.kinds import ATOMS
from parmagic.plan.cells.fresh import Flat
from parmagic.plan.cells.objects import Changed, Objects
from parmagic.plan.reason import Reason

_MOST = 100_000  # objects that are looked at; the reference says so
_SIMPLE = ATOMS | {range, slice}
_IN_PLACE = ("__iadd__", "__ior__", "__imul__")  # one of which every container has
_CHANGING = ALONE.union(("__setitem__", "__setattr__"), _IN_PLACE)  # methods that a change calls
# What is of these leads to all of the notebook: a function to its globals, say.
_NOT_INSIDE = frozenset(("builtins", "IPython", "ipykernel", "traitlets", "matplotlib"))
_STATE = frozenset((("decimal", "Context"), ("os", "_Environ")))  # of the process


def why_serial(
    objects: Objects, namespace: Mapping[str, Any], turns: Sequence[Mapping[str, Any]] = ()
) -> Reason | None:
    """Say why a loop must stay serial with the objects that the notebook has now.

    If it changes its items, `turns` has the variables of each turn.
    """
    if objects.items and (reason := _why_items(objects, namespace, turns)) is not None:
        return reason
    for flat in objects.flat:
        if _may_change(flat, namespace.get(flat.name)):
            text = f"`{flat.temporary}` is changed in place, and may be a part of `{flat.name}`"
            return Reason(flat.line, text)
    changes = [one for one in objects.changed if one.name in namespace]
    for one in changes:
        if text := _why_changing(one, namespace[one.name]):
            return Reason(one.line, text)
    found = _Found([(one, namespace[one.name]) for one in changes])
    if not found.any:
        return None
    read = _values(objects.read, namespace)
    read += [(name, part) for name in objects.iterated for part in _parts(namespace.get(name))]
    for name, value in read:
        change = found.within(value)
        if change is not None:
            text = f"`{change.name}` is changed, and `{name}` is or holds the same object"
            if change.name == name:
                text = f"`{name}` is what the loop iterates over, and is changed"
            return Reason(change.line, text)
    return None


def why_late(objects: Objects, namespace: Mapping[str, Any]) -> Reason | None:
    """Say why calls cannot begin before a statement above them has changed something."""
    for one in objects.changed:
        if is_own_class(type(namespace.get(one.name))):
            return Reason(one.line, f"`{one.name}` may run code of yours where it is changed")
    return why_serial(objects, namespace)


def _why_items(
    objects: Objects, namespace: Mapping[str, Any], turns: Sequence[Mapping[str, Any]]
) -> Reason | None:
    """Say why a loop that changes its items must stay serial: another turn may read them."""
    names = {one.name for one in objects.items}
    items = [turn[name] for turn in turns for name in names]
    changed = {id(one) for one in items}
    plain = all(_is_plain(turn[one.name], one.attribute) for one in objects.items for turn in turns)
    if plain and len(changed) == len(items):
        read = [value for _, value in _values(objects.within, namespace)]
        read += [value for turn in turns for name, value in turn.items() if name not in names]
        read += [part for one in items for part in _parts(one)]
        seen: dict[int, Any] = {}
        if all(id(one) not in changed for root in read for one in _everything(root, seen)):
            return None
    return objects.items[0].reason


def _is_plain(value: Any, attribute: str) -> bool:
    """Tell whether setting an attribute of a value, or an item for "", runs no code of a class."""
    kind = type(value)
    if not attribute:
        return kind in (dict, list, set)
    there = inspect.getattr_static(kind, attribute, None)
    plain = inspect.getattr_static(value, "__setattr__") is object.__setattr__
    return plain and (isinstance(there, MemberDescriptorType) or not hasattr(there, "__set__"))


def _why_changing(change: Changed, value: Any) -> str:
    """Say what else may change where a value, or what is in it, is changed; "" if nothing."""
    if (type(value).__module__, type(value).__name__) in _STATE:
        return f"`{change.name}` may be what tasks read"
    kinds = {type(one) for one in _inside(value, change.depth)}
    text = next(filter(None, map(_besides, kinds)), "")
    return text and f"what changes `{change.name}` {text}, too"


def _besides(kind: type) -> str:
    """Say what a class of the user's changes beside an object of it that is changed."""
    own = [vars(base) for base in kind.__mro__ if is_own_class(base)]
    methods = [one[name] for one in own for name in _CHANGING if name in one]
    functions = [one for one in methods if isinstance(one, FunctionType)]
    return next(
        (said[0] for one in functions if (said := effects_of(one, lambda _: {}).changes)), ""
    )


class _Found:
    """The objects that a loop changes, by their `id`."""

    def __init__(self, changes: Iterable[tuple[Changed, Any]]) -> None:
        self._by_id: dict[int, Changed] = {}
        self._arrays: list[tuple[Any, Changed]] = []
        self._seen: dict[int, Any] = {}  # kept, or another object might get the number
        for change, value in changes:
            objects = _everything(value) if change.whole else _inside(value, change.depth)
            for one in objects:
                if type(one) in _SIMPLE or (change.rebound and not _is_container(one)):
                    continue
                self._by_id.setdefault(id(one), change)
                if _is_array(one):
                    self._arrays.append((one, change))
        self.any = bool(self._by_id)

    def within(self, value: Any) -> Changed | None:
        """Return the change of what a value is, or holds; None if that is not changed."""
        for one in _everything(value, self._seen):
            change = self._by_id.get(id(one))
            if change is not None:
                return change
            if self._arrays and _is_array(one):
                for array, of_it in self._arrays:
                    if _overlap(array, one):
                        return of_it
        return None


def _may_change(flat: Flat, value: Any) -> bool:
    """Tell whether an operation such as `*=` would change in place what is inside of a value."""
    for one in _inside(value, flat.depth):
        scalar = _is_array(one) and one.ndim <= flat.depth and flat.depth > 0
        if hasattr(type(one), flat.method) and not scalar:
            return True
    return False


def _inside(value: Any, depth: int) -> list[Any]:
    """List what is `depth` steps inside of a value; parts of an array are the array itself."""
    level = [value]
    for _ in range(depth):
        level = [part for one in level for part in ([one] if _is_array(one) else _parts(one))][
            :_MOST
        ]
    return level


def _everything(value: Any, seen: dict[int, Any] | None = None) -> Iterator[Any]:
    """Walk through a value and all that it holds."""
    seen = {} if seen is None else seen
    waiting = [value]
    while waiting and len(seen) < _MOST:
        one = waiting.pop()
        if type(one) in _SIMPLE or id(one) in seen:
            continue
        seen[id(one)] = one
        yield one
        waiting.extend(_parts(one))


def _parts(value: Any) -> Iterable[Any]:
    """Return what a value holds; nothing if that cannot change, as in a list of numbers."""
    if type(value) in _SIMPLE or isinstance(value, ModuleType):
        return ()
    if isinstance(value, type):
        return (*vars(value).values(), *value.__bases__) if is_own_class(value) else ()
    if (held := items_of(value)) is not None:
        held = [*held, *value] if isinstance(value, dict) else held
        return () if _SIMPLE.issuperset(map(type, held)) else held
    if _is_array(value):
        return list(value.flat) if value.dtype.hasobject else ()
    leads_everywhere = type(value).__module__.partition(".")[0] in _NOT_INSIDE
    return [*behind(value), *(() if leads_everywhere else attributes_of(value)), type(value)]


def _values(names: Iterable[str], namespace: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return names with their values, also those of modules of the user's: `school.pupils`."""
    lookup = Reached(namespace).value
    here = (one for one in names if "." not in one or is_own_module(one.rpartition(".")[0]))
    return [(name, lookup(name)) for name in here]


def _is_container(value: Any) -> bool:
    return any(hasattr(type(value), name) for name in _IN_PLACE)


def _is_array(value: Any) -> bool:
    array = getattr(sys.modules.get("numpy"), "ndarray", ())  # none while it is imported
    return isinstance(value, array)


def _overlap(one: Any, other: Any) -> bool:
    """Tell whether two arrays have memory in common."""
    numpy = sys.modules["numpy"]
    if not numpy.may_share_memory(one, other):
        return False
    try:
        return bool(numpy.shares_memory(one, other, max_work=10_000))
    except (OverflowError, RuntimeError):  # it is too hard to tell
        return True
