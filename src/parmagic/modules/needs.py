"""What goes into a module file, and who reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from parmagic import cells
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.names import line_of


class Reader(NamedTuple):
    """The piece of code that reads a name, so that a refusal can say where."""

    name: str  # as a person would call it: "load", or the code of a line
    text: str
    filename: str
    line: int
    fixed: bool = False  # whether all of it stands on that line

    def place(self, name: str) -> str:
        """Say where this code reads `name`: "`load` in In[4] line 3"."""
        line = self.line if self.fixed else self.line + line_of(self.text, name)
        return f"`{self.name}` in {cells.label(self.filename)} line {line}"


def definition_reader(definition: Definition, name: str) -> Reader:
    """Return the reader that a definition is, called `name`."""
    line = definition.line - len(definition.head)
    return Reader(name, definition.block, definition.filename, line)


class Ref(NamedTuple):
    """An expression for an object in a module file, and the names that must be there for it."""

    text: str
    needs: frozenset[str] = frozenset()


def dict_of(refs: Mapping[str, Ref]) -> str:
    """Write a dict of what references lead to."""
    return f"{{{', '.join(f'{key!r}: {ref.text}' for key, ref in refs.items())}}}"


class Fill(NamedTuple):
    """A line that completes a definition: a default, an attribute, the content of a cell."""

    line: str
    needs: frozenset[str] = frozenset()


class Variable(NamedTuple):
    """A variable of a closure: what it holds, or which of the shared cells it is."""

    name: str
    holds: Ref | None  # None if it is empty
    cell: str  # the name of its cell, if it is written as one


_OURS = re.compile(r"__(.+)_\d+__")


def private_name(word: str, number: int) -> str:
    """Return a name for something in a module file that has none in the notebook."""
    return f"__{word}_{number}__"


def word(hint: str) -> str:
    """Return what a name is to contain, such as `lambda` of `<lambda>`."""
    return "".join(letter if letter.isalnum() else "_" for letter in hint).strip("_") or "made"


def shown_name(name: str) -> str:
    """Return what a person would call it: without what makes the name one of ours."""
    ours = _OURS.fullmatch(name)
    return ours[1] if ours else name


@dataclass
class Needs:
    """What goes into a module file, by the name it has there: that of the notebook, or ours.

    The order is that in which they were found. It depends on the code alone.
    """

    imports: dict[str, str] = field(default_factory=dict)  # name or dotted name: import line
    literals: dict[str, str] = field(default_factory=dict)  # name: source of the constant
    definitions: dict[str, Definition] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)  # name: an expression for its value
    data: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, tuple[Variable, ...]] = field(default_factory=dict)  # of closures
    shared: set[str] = field(default_factory=set)  # cells of several closures
    fills: dict[str, list[Fill]] = field(default_factory=dict)  # what completes a definition
    # For all that have a place of their own: which others must be there before, as a class before
    # its instance; and which should be, because the definition reads them when it is called.
    before: dict[str, frozenset[str]] = field(default_factory=dict)
    later: dict[str, frozenset[str]] = field(default_factory=dict)
    # Names that are not the notebook's, of objects whose pickles must refer to them, by identity.
    private: dict[int, str] = field(default_factory=dict)
    objects: list[Any] = field(default_factory=list)  # what was defined: alive, and looked at
    # Classes that the notebook has defined again since, the new one, and what is to be said of an
    # instance of the old one among the data, if there is one.
    replaced: dict[type, tuple[type, str]] = field(default_factory=dict)
    future: bool = False  # whether annotations are not to be evaluated

    def completing(self, name: str) -> frozenset[str]:
        """Return what a definition's variables need, and the lines that complete it."""
        needs = [fill.needs for fill in self.fills.get(name, ())]
        needs += [one.holds.needs for one in self.variables.get(name, ()) if one.holds]
        return frozenset[str]().union(*needs)
