"""Which functions return what is the notebook's, where the cell then changes what they returned.

Serially that is a change of the object itself; what a worker process returns is a copy of it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from textwrap import indent

from parmagic.modules.names import names_read
from parmagic.modules.source import Def
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.libraries import Libraries
from parmagic.plan.effects.alias import Outside, parts
from parmagic.plan.effects.effects import ARRAY, CHANGEABLE, SHARED, Doubt, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.spread import spread
from parmagic.plan.effects.walks import arguments

_WAYS = ("itself", "part", "slice", "holds")  # how a function may return what is no copy
_RETURNED = "_parmagic_returned"  # stands for all that a function returns of outside


class Handing(Libraries):
    """Reads the cell as a function, to see what it changes of what others hand to it."""

    def __init__(self, known: Known, seeded: Collection[str] = ()) -> None:
        super().__init__(known, seeded)
        self._changing: dict[str, tuple[Effects, bool]] = {}  # whether the cell changes its value
        self._text = ""  # of the cell, as a function

    def handed(self, name: str, call: ast.Call) -> Iterator[Doubt]:
        """Yield what a call may return, or return a part of, that the cell then changes."""
        returned = self._returned(name) if self._known.sends else set()
        if not returned or not self._is_changed(name, returned):
            return
        known = self._effects_of(name)
        for one in returned:
            kind = SHARED + (ARRAY if one.how == "slice" else CHANGEABLE)
            if one.name not in known.named:
                yield Doubt(one.name, kind, one.how == "part")
                continue
            if one.name in known.kept and not any(
                one.name in known.received(place) for place, _ in arguments(call)
            ):
                yield Doubt(name, kind, part=True)  # the default belongs to the function
            for place, given in arguments(call):
                for each in parts(given, {}) if one.name in known.received(place) else ():
                    if not each.of:
                        yield Doubt(each.name, kind, "part" in (one.how, each.how))

    def hands_back(self, call: ast.Call) -> bool:
        """Tell whether a call may return what it is given, or something that holds it."""
        name = self._name_of(call.func)
        known = self._effects_of(name)
        if any(one.of or one.how not in ("part", "copy") for one in known.returns):
            return True
        return bool(known.gives) and any(map(self._is_definition, self.reach_of(name) - {name}))

    def _returned(self, name: str, above: Collection[str] = ()) -> set[Outside]:
        """Find what a function returns of outside, also by those whose value it returns."""
        known = self._effects_of(name)
        found = {one for one in known.returns if one.how in _WAYS}
        for inner in known.gives - {"", name, *above}:
            by = self._effects_of(inner)
            for one in self._returned(inner, (*above, name)):
                given = [each for each in known.passed if each.to == inner and each.how in _WAYS]
                ways = {
                    each.name: each.how for each in given if one.name in by.received(each.place)
                }
                found |= {
                    one._replace(name=each, how=how if one.how == "itself" else one.how)
                    for each, how in ways.items()
                }
                found |= {one} if one.name not in by.named else set()
        return {one for one in found if not one.of and self._path(one.name) is None}

    def _is_changed(self, name: str, returned: set[Outside]) -> bool:
        known = self._effects_of(name)
        if self._changing.get(name, (None,))[0] is not known:
            self._changing[name] = known, self._reads_change(name, returned)
        return self._changing[name][1]

    def _reads_change(self, name: str, returned: set[Outside]) -> bool:
        if not self._text:
            body = [one for one in self.rest if not isinstance(one, Def | ast.ClassDef)]
            text = "\n".join(map(ast.unparse, body))
            self._text = f"def cell():\n{indent(text, ' ')}"
        cell = effects(self._text)
        followed = {one.of for one in cell.results} | {one.of for one in cell.passed}
        if name not in followed:
            return False
        reached = self.reach_of(*names_read(self._text).all, *self._methods_asked(cell))
        ways = {"part" if one.how == "slice" else one.how for one in returned}
        stand = frozenset(Outside(_RETURNED, how) for how in ways)
        there = {
            **self._effects_in(reached),
            name: self._effects_of(name)._replace(returns=stand),
            self._text: cell,
        }
        found = spread(there, {}, self._held_by)[self._text]
        return _RETURNED in {*found.changed, *(one.name for one in found.doubts)}
