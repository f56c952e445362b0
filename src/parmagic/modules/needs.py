"""Finds what a function needs: imports, other definitions, and data, recursively."""

from __future__ import annotations

import builtins
import inspect
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.modules import data
from parmagic.modules.culprit import blame, kind_of
from parmagic.modules.defaults import default_lines
from parmagic.modules.names import dotted_names, line_of, names_read
from parmagic.modules.source import Definition, definition_of

ABSENT = object()  # what a name means that is nowhere


@dataclass(frozen=True)
class Reader:
    """The piece of code that reads a name, so that a refusal can say where."""

    name: str  # as a person would call it: "load", or the code of a line
    text: str
    filename: str
    line: int

    def place(self, name: str) -> str:
        """Say where this code reads `name`: "`load` in In[4] line 3"."""
        line = self.line + line_of(self.text, name)
        return f"`{self.name}` in {cells.label(self.filename)} line {line}"


@dataclass
class Needs:
    """What goes into a module file, by the name it has in the notebook."""

    imports: dict[str, str] = field(default_factory=dict)  # name or dotted name: import line
    literals: dict[str, str] = field(default_factory=dict)  # name: source of the constant
    definitions: dict[str, Definition] = field(default_factory=dict)
    defaults: dict[str, list[str]] = field(default_factory=dict)  # as they were when defined
    aliases: dict[str, str] = field(default_factory=dict)  # name: the name it was defined under
    data: dict[str, Any] = field(default_factory=dict)
    # Which of the others must be there before: a class before its instance, a base before a class.
    before: dict[str, frozenset[str]] = field(default_factory=dict)


class Finder:
    """Collects needs from a namespace, usually the notebook's."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.needs = Needs()
        self.looked: dict[str, object] = {}  # what every name meant that was looked up, or ABSENT
        self._namespace = namespace
        self._seen: set[str] = set()

    def read(self, reader: Reader) -> None:
        """Add everything that `reader` reads, and everything that needs in turn."""
        names = names_read(_unindented(reader.text))
        self._add_submodules(_unindented(reader.text))
        for name in sorted(names.all):
            self.add(name, reader)

    def add(self, name: str, reader: Reader) -> None:
        """Add the need `name`; a name that is nowhere is left to fail as it would serially."""
        if name in self._seen:
            return
        value = self.looked[name] = self._namespace.get(name, ABSENT)
        if value is ABSENT:
            return
        self._seen.add(name)
        if inspect.unwrap(value) is getattr(builtins, name, self) if callable(value) else False:
            return  # IPython's own `open` and the like: a worker has the builtin
        if isinstance(value, ModuleType):
            self._add_module(name, value, reader)
        elif module := data.importable_from(value):
            bound = value.__qualname__
            line = f"from {module} import {bound}"
            self.needs.imports[name] = line if bound == name else f"{line} as {name}"
        elif data.is_literal(value):
            self.needs.literals[name] = repr(value)
        elif definition := self._own_definition(name, value):
            self._add_definition(name, definition)
            if lines := default_lines(definition, value):
                self.needs.defaults[definition.name] = lines
        else:
            self.add_data(name, value, reader)

    def add_data(self, name: str, value: object, reader: Reader) -> None:
        """Add a value that travels as a pickle, and the classes it is made of."""
        try:
            references = data.references(value)
        except Exception as error:
            raise TravelError(_refusal(name, value, reader)) from error
        self.needs.data[name] = value
        self.add_references(references, reader)
        self.needs.before[name] = references

    def add_references(self, names: Iterable[str], reader: Reader) -> None:
        """Add the notebook's classes and functions that a pickle refers to by name."""
        for name in sorted(names):
            self.add(name, reader)

    def _own_definition(self, name: str, value: Any) -> Definition | None:
        if getattr(value, "__module__", None) != "__main__" or not callable(value):
            return None
        if not isinstance(value, type) and not hasattr(value, "__qualname__"):
            return None  # an instance of a notebook class that can be called
        return definition_of(value, name)

    def _add_definition(self, name: str, definition: Definition) -> None:
        needs = self.needs
        if definition.name != name:
            needs.aliases[name] = definition.name
            needs.before[name] = frozenset({definition.name})
            if definition.name in self._seen:
                return
            self._seen.add(definition.name)
        needs.definitions[definition.name] = definition
        text = definition.block
        needs.before[definition.name] = names_read(text).at_once
        line = definition.line - (text is not definition.text)
        self.read(Reader(definition.name, text, definition.filename, line))

    def _add_module(self, name: str, module: ModuleType, reader: Reader) -> None:
        path = module.__name__
        if path == "__main__" or sys.modules.get(path) is not module:
            raise TravelError(
                f"`{name}` (module {path}), read by {reader.place(name)}, cannot be imported by "
                "another process: it was made by hand, not imported"
            )
        self.needs.imports[name] = f"import {path}" if path == name else f"import {path} as {name}"

    def _add_submodules(self, source: str) -> None:
        for chain in sorted(dotted_names(source)):
            root = self._namespace.get(chain.partition(".")[0])
            if isinstance(root, ModuleType):
                path = ".".join([root.__name__, *chain.split(".")[1:]])
                if isinstance(sys.modules.get(path), ModuleType):
                    alias = "" if path == chain else f" as _{path.replace('.', '_')}"
                    self.needs.imports[chain] = f"import {path}{alias}"


def _unindented(text: str) -> str:
    return f"if True:\n{text}" if text[:1].isspace() else text


def _refusal(name: str, value: object, reader: Reader) -> str:
    remedy = "make it inside the function"
    if isinstance(value, FunctionType):
        remedy = "define it with `def`, outside any other function"
    what = f"`{name}` ({kind_of(value)}), read by {reader.place(name)}"
    if not reader.text:  # it is itself what the tasks call
        name = reader.name
        place = f"{cells.label(reader.filename)} line {reader.line}"
        what = f"`{name}` ({kind_of(value)}), called in {place}"
    because = blame(value, name, data.references)
    return (
        f"{what}, cannot be sent to another process {because}: {remedy}, or use `--backend thread`"
    )
