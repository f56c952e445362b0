"""What functions reach where a statement of a cell stands, and what each changes through others.

Also through what decorators make of it, which is called instead.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence

from parmagic.modules.definitions.attributes import is_special
from parmagic.modules.source import Def
from parmagic.plan.cells.bindings import Bindings
from parmagic.plan.cells.known import Known
from parmagic.plan.effects.alias import OWN
from parmagic.plan.effects.called import ANY
from parmagic.plan.effects.effects import NONE, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.spread import given_functions, spread, spread_over
from parmagic.plan.effects.strand import Spread
from parmagic.plan.names import read_names


class Reaching(Bindings):
    """Follows functions to all that they read, and to what these read in turn."""

    def __init__(self, known: Known, seeded: Collection[str] = ()) -> None:
        super().__init__(known, seeded)
        self._spreads: dict[str, tuple[set[str], Mapping[str, Spread]]] = {}

    def begin(self, node: ast.stmt) -> None:
        """Say which statement is being read."""
        super().begin(node)
        self._spreads = {}

    def reach_of(self, *names: str) -> set[str]:
        """Add to `names` all that the functions among them read, and those that these call.

        Also the methods that may be meant by the attributes that they ask for.
        """
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.read_by(name))
                waiting.extend(self._methods_asked(self._effects_of(name)))
        return reached

    def _methods_asked(self, known: Effects) -> Iterator[str]:
        for owner, method in known.attributes:
            if owner and self._path(owner) is not None:  # a module, or a class of one
                if owner not in self._functions:
                    yield from self._known.methods(method, owner)
                continue
            yield from self._methods_of(owner, method)
        foreign = (one for one in known.given if self._effects_of(one[1]) is NONE)
        for owner in {owner for owner, function in foreign if not self._is_class(function)}:
            found = self._methods_of(owner, ANY)
            # Who is given something calls it, but seldom what stands for something else.
            yield from (one for one in found if owner or not one.endswith(".__call__"))

    def _methods_of(self, owner: str, method: str) -> Iterator[str]:
        if hasattr(builtins, owner) and self._is_builtin(owner):
            return
        yield from self._cell.methods_named(method)
        yield from self._known.methods(method, "" if owner in self._functions else owner)

    def _spread(self, name: str) -> tuple[set[str], Mapping[str, Spread]]:
        """Find what a function reaches, and what each of these changes."""
        if name not in self._spreads:
            reached = self.reach_of(name) if name else set()
            # Names of the notebook's own have no dot: these are above all others, but those that
            # the others lead back to.
            below = self.reach_of(*(one for one in reached if "." in one))
            found = spread_over(below, self._effects_in(reached), self._held_by)
            self._spreads[name] = reached, found
        return self._spreads[name]

    def _spread_by(self, call: ast.Call, name: str) -> tuple[set[str], Mapping[str, Spread]]:
        """Find the same of a call: what it gives to parameters that the function calls is known."""
        known = self._effects_of(name) if name else NONE
        given = given_functions(known, call, self._is_definition)
        if not given:
            return self._spread(name)
        reached = self.reach_of(name, *set().union(*given.values()))
        return reached, spread(self._effects_in(reached), {name: given}, self._held_by)

    def _effects_in(self, reached: Collection[str]) -> dict[str, Effects]:
        return {inner: self._effects_of(inner) for inner in reached}

    def _held_by(self, name: str) -> Collection[str]:
        """List the functions that a value holds, by their names."""
        known = self._effects_of(name) is not NONE or self._path(name) is not None
        return () if known or self._is_class(name) else self.read_by(name)

    def _name_of(self, function: ast.expr) -> str:
        """Name the function of the user's that is called, as `reach_of` knows it; "" if none."""
        if isinstance(function, ast.Name):
            return function.id
        module, _, name = (self.meaning.dotted(function) or "").rpartition(".")
        return f"{module}.{name}" if module and self._known.is_own_import(module, name) else ""

    def asked_by(self, decorators: Sequence[ast.expr]) -> set[str]:
        """Name what decorators ask for: also functions of modules, and methods."""
        found = set[str]()
        for decorator in decorators:
            text = ast.unparse(decorator)
            found.update(read_names(text), self._paths_in(decorator))
            known = effects(f"lambda: {text}")
            methods = frozenset(one for one in known.attributes if not is_special(one[1]))
            found.update(self._methods_asked(known._replace(attributes=methods)))
        return found

    def made_by(self, asked: Collection[str]) -> Iterator[str]:
        """Say what is changed by what decorators make of a function, beside what it changes."""
        there = self._effects_in(self.reach_of(*asked))
        changed = spread(there, {}, self._held_by)
        read = [*asked]
        for one in read:  # which grows
            read += sorted({*self.read_by(one)} - {*read})
        for one, known in sorted(there.items()):
            yield from known.makes
            called = known.method == "__call__" and one in read  # not what any class may have
            if called and _changes_itself(known, changed[one]):
                yield f"changes what `{one}()` is a method of"


def decorated(node: ast.stmt) -> Iterator[tuple[str, Sequence[ast.expr]]]:
    """Yield the functions with decorators that a statement defines, by their names."""
    if isinstance(node, Def) and node.decorator_list:
        yield node.name, node.decorator_list
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            for name, decorators in decorated(inner):
                yield f"{node.name}.{name}", decorators


def _changes_itself(method: Effects, by_others: Spread) -> bool:
    """Tell whether a method changes its object, or its class, or has other methods do so."""
    changed = {*by_others.changed}
    changed |= {one.name for one in by_others.doubts if one.method.startswith(OWN)}
    changed |= {one.name for one in method.results if one.of == "type"}
    return not changed.isdisjoint(method.parameters[:1])
