"""Keeps the texts of the last module files: with nothing edited, the next run's is the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Hashable, Iterable, Mapping
from contextvars import ContextVar
from types import CellType, FunctionType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from parmagic.modules.added import added
from parmagic.modules.definitions.attributes import registered
from parmagic.modules.definitions.describe import value_of
from parmagic.modules.finder import ABSENT, Finder
from parmagic.modules.own_modules import Stamp, stamps
from parmagic.modules.text import ModuleText
from parmagic.modules.values import data

if TYPE_CHECKING:
    from parmagic.modules.package import Package

MOST = 32  # texts kept

_texts: dict[Hashable, _Kept] = {}


class _Kept(NamedTuple):
    """A text, and all that it was made from."""

    text: ModuleText
    looked: Mapping[str, object]  # what names meant that were looked up; of data, see `keep`
    objects: tuple[object, ...]  # functions, classes and variables of closures
    states: tuple[object, ...]  # of these
    data: Mapping[str, tuple[type, frozenset[str]]]  # types, and definitions the pickles refer to
    modules: int  # how many were imported: one more may be a submodule that was missing
    attributes: frozenset[str]  # that the code reads
    added: tuple[object, ...]  # what others have put into classes of libraries under these


class _Made(NamedTuple):
    """A package, and what it was made from."""

    text: ModuleText
    stamps: tuple[Stamp, ...]
    package: Package


_packages: dict[int, _Made] = {}  # by the identity of the text


def find(key: Hashable, namespace: Mapping[str, object]) -> ModuleText | None:
    """Return the text for `key` if nothing that it was made from has changed."""
    kept = _texts.get(key)
    if kept is None or kept.modules != len(sys.modules):
        return None
    if any(namespace.get(name, ABSENT) is not value for name, value in kept.looked.items()):
        return None
    there = *_added(kept.attributes), *_states(kept.objects)
    if not _identical((*kept.added, *kept.states), there):
        return None
    try:
        for name, (kind, references) in kept.data.items():
            value = namespace[name]
            if type(value) is not kind or data.references(value) != references:
                return None
    except Exception:  # noqa: BLE001 - it cannot be pickled any more: whoever packs it will say so
        return None
    return kept.text


def keep(key: Hashable, text: ModuleText, finder: Finder) -> None:
    """Keep a text that was made from what `finder` found.

    Data are not held: they may be large, and are pickled again for every run. Held is only what a
    function or a class holds anyway, as a default or an attribute, and the file has by a name: that
    name must go on to mean this object.
    """
    needs = finder.needs
    if needs.private or not finder.namespace.keys() >= needs.data.keys():
        return  # some data have no name in the notebook
    if any(isinstance(value, type | FunctionType | ModuleType) for value in needs.data.values()):
        return  # another of the same type may not be data
    dropped = needs.data.keys() - finder.same
    looked = {name: value for name, value in finder.looked.items() if name not in dropped}
    kinds = {name: (type(value), needs.before[name]) for name, value in needs.data.items()}
    _texts.pop(key, None)
    objects = tuple(needs.objects)
    attributes = frozenset(finder.attributes)
    made_from = looked, objects, _states(objects), kinds, len(sys.modules)
    _texts[key] = _Kept(text, *made_from, attributes, _added(attributes))
    _drop_oldest(_texts)


def package(text: ModuleText) -> Package | None:
    """Return the package that was made of a text without data, if it is as good as new."""
    made = _packages.get(id(text))
    if made is None or made.text is not text or made.stamps != stamps():
        return None
    return made.package if os.path.exists(made.package.path) else None  # noqa: PTH110 - a quick look


def keep_package(text: ModuleText, package: Package) -> None:
    """Keep the package that was made of a text without data."""
    _packages.pop(id(text), None)
    _packages[id(text)] = _Made(text, stamps(), package)
    _drop_oldest(_packages)


def _drop_oldest(known: dict[Any, Any]) -> None:
    for key in list(known)[:-MOST]:  # other threads may keep something, and drop the same
        known.pop(key, None)


def clear() -> None:
    """Keep nothing, and let go of the functions."""
    _texts.clear()
    _packages.clear()


def _added(attributes: frozenset[str]) -> tuple[object, ...]:
    return tuple(value for _, _, value in added(attributes))


def _states(objects: tuple[object, ...]) -> tuple[object, ...]:
    """List all of functions and classes that may change, and on which their text depends."""
    found: list[object] = []
    for value in objects:
        if type(value) is FunctionType:
            found += (value.__code__, value.__defaults__, value.__kwdefaults__, value.__doc__)
            found += (value.__name__, value.__qualname__)
            if value.__globals__ is not vars(sys.modules["__main__"]):
                found += value.__globals__.values()
            held_by_keyword = value.__kwdefaults__ or {}
            found += held_by_keyword.values()
            found += _contents((*(value.__defaults__ or ()), *held_by_keyword.values()))
        elif type(value) is CellType:
            found.append(_content(value))
        elif type(value) is ContextVar:
            found.append(value_of(value))
        elif isinstance(value, type):
            found += (*registered(value), *value.__bases__)
        held = getattr(value, "__dict__", {})
        found += held.keys()
        found += held.values()
        for registry in held.values():
            if type(registry) is MappingProxyType:  # of a `singledispatch` function
                found += (*registry.keys(), *registry.values())
        found += _contents(held.values())
    return tuple(found)


def _contents(values: Iterable[object]) -> list[str]:
    """Write out what lists and the like have in them: it may change while they stay the same."""
    return [_shown(value) for value in values if type(value) in (list, dict, set, tuple)]


def _shown(value: object) -> str:
    try:
        return repr(value)
    except Exception as error:  # noqa: BLE001 - a part of it may be of a class that cannot
        return repr(type(error))


def _content(cell: CellType) -> object:
    try:
        return cell.cell_contents
    except ValueError:
        return ABSENT


def _identical(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        before is now or (type(before) is type(now) is str and before == now)
        for before, now in zip(one, other, strict=True)
    )
