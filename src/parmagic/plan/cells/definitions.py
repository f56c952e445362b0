"""What a cell itself has defined up to a statement: what it reads, and what it changes."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from parmagic.modules.definitions.attributes import is_special
from parmagic.modules.names import names_read
from parmagic.plan.cells.constructs import lambdas_of
from parmagic.plan.effects.called import is_meant
from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.function import effects, methods_of


class Definitions:
    """The functions and classes of a cell, and names that hold some."""

    def __init__(self) -> None:
        self.reads: dict[str, frozenset[str]] = {}  # the names that they read
        self.effects: dict[str, Effects] = {}
        self.classes: set[str] = set()
        self.methods: dict[str, set[str]] = {}  # of these, by what they are called there

    def add(self, name: str, source: str) -> None:
        """Take a definition."""
        self.reads[name], self.effects[name] = names_read(source).all, effects(source)

    def add_class(self, node: ast.ClassDef) -> None:
        """Take the methods of a class; those that Python calls are read where it is."""
        self.classes.add(node.name)
        for one in methods_of(node):
            self.add_method(one.name, names_read(one.source).all, one.effects)
            if is_special(one.effects.method):
                self.reads[node.name] |= {one.name}

    def add_method(self, name: str, reads: Collection[str], known: Effects) -> None:
        """Take a function that a class is given, by a name of its own."""
        method = name.rpartition(".")[2]
        self.reads[name], self.effects[name] = frozenset(reads), known._replace(method=method)
        self.methods.setdefault(method, set()).add(name)

    def methods_named(self, name: str) -> set[str]:
        """List the methods of a name, which may be the beginning of one, as `visit_*`."""
        found = [those for one, those in self.methods.items() if is_meant(name, one)]
        return set[str]().union(*found)

    def change(self, name: str, said: Collection[str], reads: Collection[str]) -> None:
        """Take what calls of a definition change, and read, beside what its own source says."""
        if name in self.effects:
            known = self.effects[name]
            self.effects[name] = known._replace(changes=(*known.changes, *said))
            self.reads[name] = self.reads[name].union(reads)

    def add_lambdas(self, holder: str, values: Sequence[ast.expr]) -> set[str]:
        """Give names to the functions that values hold without one: `{"n": lambda x: x / n}`."""
        found = set[str]()
        for inner in (one for value in values for one in lambdas_of(value)):
            name = f"{holder}.<lambda>{chr(39) * len(found)}"
            self.add(name, ast.unparse(inner))
            found.add(name)
        return found

    def hold(self, name: str, held: Collection[str]) -> None:
        """Take a name that holds definitions, and may be one itself: `f.helper = g`."""
        self.reads[name] = frozenset(held)

    def forget(self, bound: Collection[str]) -> None:
        """Let go of names that mean something else now."""
        for name in bound:
            self.reads.pop(name, None)
            self.effects.pop(name, None)
        self.classes -= {*bound}
