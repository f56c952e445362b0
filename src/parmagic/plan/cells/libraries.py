"""What functions set in libraries where a statement stands, and which generators they seed."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from parmagic.modules.names import names_read
from parmagic.modules.source import Def
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.reaching import Reaching
from parmagic.plan.effects.acts import Act, absolute, acts_in
from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.process import (
    drawing,
    drawn_in,
    seeded_in,
    set_by,
    why_drawn,
    why_seeded,
)


class Libraries(Reaching):
    """What functions call of libraries; and what of the cell comes after the statement."""

    def __init__(self, known: Known, seeded: Collection[str] = ()) -> None:
        super().__init__(known, seeded)
        self.rest: Sequence[ast.stmt] = ()  # of the cell, from the statement being read on

    def end(self, node: ast.stmt) -> None:
        """Take what generators a statement seeds, by itself or by functions."""
        if not isinstance(node, Def | ast.ClassDef):
            called = filter(self._is_definition, names_read(ast.unparse(node)).all)
            self.seeded |= seeded_in(absolute(acts_in([node]), self._path))
            self.seeded |= self.seeds_of(*self.reach_of(*called))
        super().end(node)

    def acts_of(self, known: Effects) -> list[Act]:
        """List what a function calls and assigns of libraries, by where that is."""
        return absolute(known.acts, self._path)

    def seeds_of(self, *names: str) -> set[str]:
        """Return the modules that functions seed by themselves."""
        return set().union(*(seeded_in(self.acts_of(self._effects_of(one))) for one in names))

    def of_libraries(self, known: Effects, seeded: Collection[str]) -> Iterator[str]:
        """Say why a function is no task that does something to libraries.

        `seeded` are the modules that the function, or what has it called, seeds itself.
        """
        acts = self.acts_of(known)
        shared = self._known.shares
        yield from set_by(acts, self._known.is_own_import, shared=shared)
        for module in sorted(drawn_in(acts) & self.seeded - {*seeded}):
            yield why_drawn(module)
        for module in sorted(seeded_in(acts)):
            yield from why_seeded(module, shared=shared, later=self._draws_later)
        yield from drawing(known.attributes, acts, self._path)

    def _draws_later(self, module: str) -> bool:
        """Tell whether the cell draws from the generator of a module that a function has seeded."""
        for node in self.rest:
            acts = absolute(acts_in([node]), self._path)
            seeds = module in seeded_in(acts)
            if module in drawn_in(acts) and not (isinstance(node, Def) and seeds):
                return True
            if isinstance(node, Def):
                continue
            if seeds:
                return False
            if any(self._draws(name, module) for name in names_read(ast.unparse(node)).all):
                return True
        return False

    def _draws(self, name: str, module: str) -> bool:
        reached = self.reach_of(name) if self._is_definition(name) else set()
        acts = [act for one in reached for act in self.acts_of(self._effects_of(one))]
        return module in drawn_in(acts) and module not in seeded_in(acts)
