"""What the values of a notebook lead to: functions in containers, classes, modules of the user's.

What has no name in the notebook is given one with a dot in it, such as `module.f`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cached_property, partial
from types import FunctionType, ModuleType
from typing import Any

from parmagic.magics.changed import effects_of, name_here, name_in_module
from parmagic.magics.held import (
    Instance,
    function_of,
    held_by,
    init_of,
    methods_in,
    text_by_itself,
)
from parmagic.main import MAINS
from parmagic.modules.closures import variables_of
from parmagic.modules.definitions.attributes import ANNOTATE, is_special
from parmagic.modules.names import dotted_names, names_read
from parmagic.modules.own import is_own_class, is_own_code
from parmagic.modules.source import text_of
from parmagic.plan.effects.alias import Outside
from parmagic.plan.effects.called import is_meant
from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.function import as_kept, as_method
from parmagic.plan.effects.keeping import keeping, kept_by

_missing = object()
_MAKING = frozenset(("__init__", "__new__", "__post_init__", "__init_subclass__"))


class Reached:
    """The values of a notebook by their names, and by those given here."""

    def __init__(
        self, namespace: Mapping[str, Any], reading: Callable[[], None] | None = None
    ) -> None:
        self._namespace = namespace
        self._reading = reading or (lambda: None)  # called for each function that is read
        self._hidden: dict[str, Any] = {}
        self._reads: dict[str, frozenset[str]] = {}
        self._effects: dict[str, Effects] = {}
        # Of each method: its name in the class, whether it is static, and the class.
        self._methods: dict[str, tuple[str, bool, type]] = {}

    def value(self, name: str) -> Any:
        """Return what a name stands for; None if it is not known."""
        if name in self._hidden:
            return self._hidden[name]
        if "." not in name:
            return self._namespace.get(name)
        module, _, inner = name.rpartition(".")
        return getattr(sys.modules.get(module), inner, None)

    def reads(self, name: str) -> frozenset[str]:
        """List the names that a value reads: a function, a class, or what it holds of these."""
        if name not in self._reads:
            self._reads[name] = frozenset()  # it may lead back to itself
            self._reads[name] = frozenset(self._read(name, self.value(name)))
        return self._reads[name]

    def effects(self, name: str) -> Effects:
        """Read what the function of this name changes."""
        if name not in self._effects:
            self._reading()
            found = effects_of(self.value(name), partial(self._around, name))
            if name in self._methods:
                method, static, kind = self._methods[name]
                found = as_method(found, method, static=static)
                if isinstance(inspect.getattr_static(kind, method, None), cached_property):
                    found = as_kept(found)
                if method == "__init__":
                    found = keeping(found, _kept(kind), methods_in(kind))
            self._effects[name] = found
        return self._effects[name]

    def methods(self, method: str, owner: str) -> list[str]:
        """List the methods `method` of what `owner` names; of all classes, if it is no name."""
        value = self._namespace.get(owner, _missing)
        if value is _missing:
            classes = self._own_classes
        else:
            kind = value if isinstance(value, type) else type(value)
            classes = [*filter(is_own_class, kind.__mro__)] if is_own_class(kind) else []
        return [
            self._method(one, name)
            for one in classes
            for name in (sorted(vars(one)) if method.endswith("*") else [method])
            if is_meant(method, name) and function_of(vars(one).get(name)) is not None
        ]

    @cached_property
    def _own_classes(self) -> list[type]:
        """The user's classes that the notebook has, or has instances of, with their bases."""
        values = list(self._namespace.values())
        kinds = {one if isinstance(one, type) else type(one) for one in values}
        return [*filter(is_own_class, {base for kind in kinds for base in kind.__mro__})]

    def _method(self, kind: type, method: str) -> str:
        """Give a method a name."""
        held = next(vars(one)[method] for one in kind.__mro__ if method in vars(one))
        name = self._hide(f"{kind.__name__}.{method}", function_of(held))
        static = isinstance(held, staticmethod) and method != "__new__"
        self._methods[name] = method, static, kind
        return name

    def _data_init(self, kind: type) -> str:
        """Name the `__init__` of a dataclass or a named tuple, which has no source."""
        name = f"{kind.__name__}.__init__"
        rows = getattr(kind, "_fields", ())  # of a named tuple
        given = ["self", *(rows or (one.name for one in fields(kind) if one.init))]
        known = Effects(parameters=(*given,), named=frozenset(given), method="__init__")
        kept = {one: (Outside(one),) for one in given[1:]}
        self._effects[name] = keeping(known, kept, methods_in(kind))
        self._reads[name] = frozenset()
        return name

    def _read(self, name: str, value: Any) -> Iterator[str]:
        if isinstance(value, FunctionType):
            if is_own_code(value):
                yield from self._read_by(name, value)
                yield from self._used_in_class(name, value)
        elif isinstance(value, type):
            if is_own_class(value):
                yield from self._of_class(value)
        elif isinstance(value, Instance):
            own = [one for one in value.kind.__mro__ if is_own_class(one)]
            for one in own:
                yield from self._of_class(one, made={base.__name__ for base in own})
        else:
            yield from self._held_by(value, name, value)

    def _held_by(self, value: Any, holder: str, *known: Any) -> Iterator[str]:
        """Name the functions and classes that a value holds, but for the `known` ones."""
        for one in held_by(value):
            if not any(one is other for other in known):
                yield self._name(one, holder)

    def _of_class(self, kind: type, made: Collection[str] = ()) -> Iterator[str]:
        """Name what a class reads, its methods that Python calls, and the functions that it holds.

        Not those that make an object, if one is `made` already: these are the names of its classes.
        """
        text = text_of(kind, kind.__name__) or ""
        yield from self._named(names_read(text).all.difference(made), kind.__module__)
        if not made and "__init__" not in vars(kind) and init_of(kind) is not None:
            yield self._method(kind, "__init__")
        for key, held in list(vars(kind).items()):
            if key in ANNOTATE or (made and key in _MAKING):
                continue  # using an object calls none of these
            if function_of(held) is not None:
                yield from [self._method(kind, key)] if is_special(key) else []
                continue
            named = key == "_fields" and issubclass(kind, tuple)
            if named or (key == "__init__" and is_dataclass(kind)):
                yield self._data_init(kind)
            yield from self._held_by(held, kind.__name__, kind, held)

    def _used_in_class(self, name: str, method: FunctionType) -> Iterator[str]:
        """Name the iterators of a class that a method of it uses up: `next(self.numbers)`."""
        if name not in self._methods:
            return
        text = text_by_itself(method)
        for one in self._methods[name][2].__mro__:
            for key, held in list(vars(one).items()) if is_own_class(one) else ():
                if f".{key}" in text and hasattr(type(held), "__next__"):
                    yield self._hide(f"{one.__name__}.{key}", held)

    def _read_by(self, name: str, function: FunctionType) -> Iterator[str]:
        inner = getattr(function, "__wrapped__", None)
        text = text_by_itself(function)
        found = set(names_read(text).all) if text else set()
        found.difference_update(function.__code__.co_freevars)
        for value in (*variables_of(function).values(), *vars(function).values()):
            yield from self._held_by(value, name, function)
        if isinstance(inner, FunctionType):
            yield self._name(inner, name)
        yield from self._named(found, function.__module__)
        for chain in dotted_names(text) if "." in text else ():
            if (said := name_in_module(chain, function.__globals__)) is not None:
                yield said

    def _named(self, names: Iterable[str], module: str) -> Iterator[str]:
        """Write the names that code of a module reads as the notebook knows them."""
        if module in MAINS:
            yield from names
            return
        inside = vars(sys.modules[module]) if module in sys.modules else {}
        for name in names:
            value = inside.get(name, _missing)
            if value is not _missing and not isinstance(value, ModuleType):
                yield f"{module}.{name}"

    def _name(self, value: Any, holder: str) -> str:
        """Return the name of a value; if the notebook has none, one after what holds it."""
        if isinstance(value, Instance):
            name = f"{value.kind.__name__}()"
            while getattr(self._hidden.setdefault(name, value), "kind", None) is not value.kind:
                name += "'"
            return name
        own = getattr(value, "__name__", "?")
        if self._namespace.get(own) is value:
            return str(own)
        return self._hide(f"{holder}.{own}", value)

    def _hide(self, name: str, value: Any) -> str:
        while self._hidden.setdefault(name, value) is not value:
            name += "'"
        return name

    def _around(self, name: str, function: FunctionType) -> dict[str, str]:
        """Give names to the values of the variables around a function."""
        return {
            key: self._name(one, name)
            if isinstance(one, FunctionType)
            else self._hide(f"{name}.{key}", one)
            for key, one in variables_of(function).items()
            if not isinstance(one, ModuleType)
        }


def _kept(kind: type) -> dict[str, set[Outside]]:
    """Find what the `__init__` of a class keeps; its functions have the names of the notebook."""
    init = init_of(kind)
    if init is None:
        return {}
    return {
        attribute: {one._replace(of=name_here(one.of, init)) if one.of else one for one in kept}
        for attribute, kept in kept_by(text_by_itself(init)).items()
    }
