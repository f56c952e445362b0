"""Finds what a function needs: imports, other definitions, and data, recursively."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.machinery import PathFinder
from types import MethodType, ModuleType
from typing import Any

from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules import shell
from parmagic.modules.added import added
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.definitions.describe import describe
from parmagic.modules.definitions.wrapped import unwrapped
from parmagic.modules.names import Names, attributes_in, dotted_names, names_read
from parmagic.modules.needs import (
    Fill,
    Needs,
    Reader,
    Ref,
    definition_reader,
    private_name,
    shown_name,
    word,
)
from parmagic.modules.own import is_defined_here
from parmagic.modules.replaced import newer, reached, said, way_to
from parmagic.modules.values import data
from parmagic.modules.values.refusal import refusal

ABSENT = object()  # what a name means that is nowhere


class Finder:
    """Collects needs from a namespace, usually the notebook's."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.needs = Needs()
        self.looked: dict[str, object] = {}  # what every name meant that was looked up, or ABSENT
        self.same: set[str] = set()  # names that stand for an object because they mean the same one
        self.attributes: set[str] = set()  # that the code reads of anything
        self.namespace = namespace
        self.cells: dict[int, str] = {}  # names of the variables of closures, by identity
        self.contents: dict[str, Ref] = {}
        self._seen: set[str] = set()
        self._refs: dict[int, Ref] = {}  # of objects that have been given a place, by identity
        self._counts: dict[str, int] = {}

    def read(self, reader: Reader, names: frozenset[str] | None = None) -> None:
        """Add everything that `reader` reads, if not only `names`, and all that needs in turn."""
        names = names_read(reader.text).all if names is None else names
        values = (self.namespace.get(name) for name in names)
        if any(isinstance(one, ModuleType) and hasattr(one, "__path__") for one in values):
            self._add_submodules(reader.text)
        new = attributes_in(reader.text) - self.attributes
        self.attributes |= new
        for _, attribute, value in added(new):
            self._add_added(attribute, value, reader)
        self.add_all(names, reader)

    def add_all(self, names: Iterable[str], reader: Reader) -> None:
        """Add the needs of these names."""
        for name in sorted(names):
            self.add(name, reader)

    def add(self, name: str, reader: Reader) -> None:
        """Add the need `name`; a name that is nowhere is left to fail as it would serially."""
        if name in self._seen:
            return
        value = self.looked[name] = self.namespace.get(name, ABSENT)
        if name == shell.NAME and isinstance(value, MethodType):
            self.needs.literals[name] = shell.left_out(reader)  # not seen: the next may need it
            return
        built_in = callable(value) and unwrapped(value) is getattr(builtins, name, self)
        if value is ABSENT or built_in:  # IPython's own `open` and the like: a worker has the same
            if text := shell.built_in(name):
                self.needs.literals[name] = text
            return
        self._seen.add(name)
        self._add(name, value, reader)

    def _add(self, name: str, value: Any, reader: Reader) -> None:
        if isinstance(value, ModuleType):
            self._add_module(name, value, reader)
        elif home := _home_of(value, name):
            self._import(*home, name)
        elif data.is_literal(value):
            self.needs.literals[name] = repr(value)
        elif ref := self.define(value, name, reader):
            if ref.text != name and name not in self.needs.definitions:
                self.needs.aliases[name] = ref.text
                self.needs.before[name] = ref.needs
        else:
            self.add_data(name, value, reader)

    def refer(self, value: Any, hint: str, reader: Reader) -> Ref:
        """Give a value a place that no name of the notebook's may have, and say how to get at it.

        `hint` is what it is called where it was found: a default, a variable of a closure.
        """
        if data.is_literal(value):
            return Ref(repr(value))
        if isinstance(value, ModuleType):
            name = f"__{value.__name__.replace('.', '_')}__"
            self._add_module(name, value, reader)
            return Ref(name)
        if home := _home_of(value):
            return self._import(*home)
        if ref := self.define(value, None, reader):
            return ref
        held = (key for key, one in list(self.namespace.items()) if one is value)
        public = next((key for key in held if not key.startswith("_")), None)
        if public is not None:
            self.add(public, reader)
            self.same.add(public)
            return Ref(public, frozenset({public}))
        name = self.private(hint)
        ref = self._refs[id(value)] = Ref(name, frozenset({name}))
        try:
            self.add_data(name, value, reader)
        except TravelError:
            del self._refs[id(value)], self.needs.before[name]
            raise
        return ref

    def define(self, value: Any, name: str | None, reader: Reader) -> Ref | None:
        """Add the definition of a function, a class, or of what else a statement has defined.

        Under the name that the notebook has for it: its own, or `name`; or under one of ours.
        None if it has no definition.
        """
        if id(value) in self._refs:
            return self._refs[id(value)]
        if not is_defined_here(value):
            return None
        own, path = data.told(value, "__name__"), data.told(value, "__qualname__")
        if isinstance(path, str) and "." in path and "<" not in path:
            # Here: few functions are methods.
            from parmagic.modules.definitions.attributes import is_replaced_method

            root = path.partition(".")[0]
            there = reached(self.namespace, path) is value
            if there and not is_replaced_method(value, path, self.namespace):
                self.add(root, reader)
                return Ref(path, frozenset({root}))
        if isinstance(own, str) and self.namespace.get(own, ABSENT) is value:
            name, self.looked[own] = own, value
        place = name if name is not None else self.private(own if isinstance(own, str) else "made")
        return self._describe(value, place, reader)

    def _describe(self, value: Any, place: str, reader: Reader) -> Ref | None:
        """Add a definition under a name in the file; nothing of it is written if that fails."""
        self._refs[id(value)] = Ref(place, frozenset({place}))
        was_seen = place in self._seen
        self._seen.add(place)
        self.needs.before[place] = frozenset()
        described = False
        try:
            described = describe(self, value, place, reader)
        finally:
            if not described:
                del self._refs[id(value)]
                self.needs.before.pop(place, None)
                if not was_seen:
                    self._seen.discard(place)
        if not described:
            return None
        self.needs.objects.append(value)
        if now := newer(value, self.namespace):
            self.needs.replaced[value] = now, ""
        if data.name_in_pickles(value) is None:
            self.needs.private[id(value)] = place
        return self._refs[id(value)]

    def settle(self, value: Any, path: str) -> Ref | None:
        """Note that an object has a place within another, if it has none by now; else return it."""
        if known := self._refs.get(id(value)):
            return known
        self._refs[id(value)] = Ref(path, frozenset({path.partition(".")[0]}))
        if data.name_in_pickles(value) is None:
            self.needs.private[id(value)] = path
        return None

    def add_definition(self, definition: Definition, names: Names | None = None) -> None:
        """Add a definition, and all that it reads: `names`, if they are known."""
        needs, name = self.needs, definition.name
        needs.definitions[name] = definition
        # Annotations too: who makes a class may look at them.
        names = names_read(definition.block) if names is None else names
        needs.future |= definition.future
        needs.before[name] = names.at_once
        needs.later[name] = names.later
        called = definition.inner if definition.variables else name
        self.read(definition_reader(definition, shown_name(called or name)), names.all)

    def fill(self, name: str, line: str, *refs: Ref) -> None:
        """Complete the definition `name` by a line, which needs what the references need.

        Of a path, such as that of a class in the body of another, it is the definition of its root.
        """
        root = name.partition(".")[0]
        needs = frozenset[str]().union(*(ref.needs for ref in refs)) - {root}
        self.needs.fills.setdefault(root, []).append(Fill(line, needs))

    def add_data(self, name: str, value: object, reader: Reader) -> None:
        """Add a value that travels as a pickle, and the classes it is made of."""
        self.needs.before[name] = frozenset()

        def define(one: object) -> str | None:
            ref = self.define(one, None, reader)
            return ref.text if ref else None

        references = partial(data.references, define=define)
        try:
            found = references(value)
        except TravelError:  # of something that it refers to
            raise
        except Exception as error:
            raise TravelError(refusal(name, value, reader, references)) from error
        if name in found:  # its pickle is only its name
            raise TravelError(refusal(name, value, reader, references))
        self.needs.data[name] = value
        self._note_replaced(name, value, reader)
        self.add_all(found, reader)
        self.needs.before[name] = found

    def _note_replaced(self, name: str, value: object, reader: Reader) -> None:
        shown = shown_name(name)
        for kind, (now, text) in self.needs.replaced.items():
            if not text and (way := way_to(value, shown, kind)):
                what = f"`{way}`, read by {reader.place(shown)},"
                self.needs.replaced[kind] = now, said(what, kind, now)

    def claim(self, name: str) -> None:
        """Take a name for its definition, which the caller adds: it needs nothing else."""
        self._seen.add(name)

    def private(self, hint: str) -> str:
        """Return a name for something in the module file that has none in the notebook."""
        within = word(hint)
        self._counts[within] = number = self._counts.get(within, 0) + 1
        return private_name(within, number)

    def _import(self, module: str, own: str, name: str = "") -> Ref:
        """Import something by a name; by default one of ours."""
        if not name and module == "builtins" and own not in self.namespace:
            return Ref(own)
        name = name or f"__{module.replace('.', '_')}_{own}__"
        line = f"from {module} import {own}"
        self.needs.imports[name] = line if own == name else f"{line} as {name}"
        return Ref(name)

    def _add_module(self, name: str, module: ModuleType, reader: Reader) -> None:
        path = module.__name__
        if path in MAINS or sys.modules.get(path) is not module or _is_made(module):
            raise TravelError(
                f"`{name}` (module {path}), read by {reader.place(name)}, cannot be imported by "
                "another process: it was made by hand, not imported"
            )
        self.needs.imports[name] = f"import {path}" if path == name else f"import {path} as {name}"

    def _add_added(self, attribute: str, value: Any, reader: Reader) -> None:
        """Add what puts something into a class of a library: a definition, or an import."""
        if value.__module__ not in MAINS:
            value = sys.modules.get(value.__module__)
        if isinstance(value, type | ModuleType):
            self.refer(value, attribute, reader)

    def _add_submodules(self, source: str) -> None:
        for chain in sorted(dotted_names(source)):
            root = self.namespace.get(chain.partition(".")[0])
            if isinstance(root, ModuleType):
                path = ".".join([root.__name__, *chain.split(".")[1:]])
                if isinstance(sys.modules.get(path), ModuleType):
                    alias = "" if path == chain else f" as _{path.replace('.', '_')}"
                    self.needs.imports[chain] = f"import {path}{alias}"


def _is_made(module: ModuleType) -> bool:
    """Tell whether code has made a module and put it among the imported: nobody else finds it."""
    found = getattr(module, "__spec__", None) is not None or hasattr(module, "__file__")
    return not (found or "." in module.__name__ or PathFinder.find_spec(module.__name__))


def _home_of(value: Any, name: str = "") -> tuple[str, str] | None:
    """Name the module that a value is imported from, and what it is called there; None if none."""
    module = data.importable_from(value, name)
    return (module, data.own_name(value) or name) if module else data.home_of_method(value)
