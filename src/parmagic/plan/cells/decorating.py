"""What decorators make of functions, and change whenever these are called."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from parmagic.modules.definitions.attributes import is_special
from parmagic.modules.source import Def
from parmagic.plan.cells.libraries import Libraries
from parmagic.plan.effects.effects import OWN, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.spread import Spread, spread
from parmagic.plan.names import read_names


class Decorating(Libraries):
    """Reads the decorators of what a statement defines."""

    def asked_by(self, decorators: Sequence[ast.expr]) -> set[str]:
        """Name what decorators ask for: also functions of modules, and methods."""
        found = set[str]()
        for decorator in decorators:
            text = ast.unparse(decorator)
            chains = (one for one in ast.walk(decorator) if isinstance(one, ast.Attribute))
            found.update(read_names(text), filter(None, map(self.meaning.dotted, chains)))
            known = effects(f"lambda: {text}")
            methods = frozenset(one for one in known.asked if not is_special(one[1]))
            found.update(self._methods_asked(known._replace(asked=methods)))
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
