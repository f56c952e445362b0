"""Gathers the calls of a cell that run at the same time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace

from parmagic.modules.bound import bound_names
from parmagic.plan.cells.apart import HIDDEN, is_late
from parmagic.plan.cells.objects import Changed, Objects, changes_of
from parmagic.plan.cells.scope import Scope
from parmagic.plan.cells.step import CallStatement, Group
from parmagic.plan.effects.meaning import is_pure, may_change
from parmagic.plan.effects.targets import names_in
from parmagic.plan.effects.uncertain import Uncertain, awaiting
from parmagic.plan.names import read_names

_SHOWING = frozenset(("print", "display"))


class Gathering:
    """A group of calls in the making: those that follow one another, up to a barrier."""

    def __init__(self, scope: Scope) -> None:
        self.calls: tuple[CallStatement, ...] = ()
        self._scope = scope
        self._closed = False  # whether the notebook must go on before another call begins
        self._assigned: dict[str, int] = {}  # by which call of it at last
        self._deferred = False  # whether arguments wait for values of it
        self._written: frozenset[str] = frozenset()  # functions of it that write one file
        self._late: frozenset[str] = frozenset()  # bound, or changed, by what is left of statements
        self._changed: tuple[Changed, ...] = ()  # of that, what is changed in place
        self._read: frozenset[str] = frozenset()  # by calls that begin before that

    def group(self) -> Group:
        """Return it as a step."""
        read = tuple(sorted(self._read - {one.name for one in self._changed}))
        return Group(self.calls, Objects(self._changed, read, (), ()) if read else None)

    def with_all(self, calls: Sequence[CallStatement]) -> Gathering | None:
        """Return one that has taken these calls of a statement as well; None if they do not fit."""
        made = copy.copy(self) if len(calls) > 1 else self  # as a whole, or not at all
        return made if all(map(made._take, calls)) else None  # noqa: SLF001 - of its own kind

    def leave(self, rest: ast.stmt, count: int) -> None:
        """Take what is left of a statement, to run after the last calls, so many."""
        meaning = self._scope.meaning
        taken = [replace(one, after=rest) for one in self.calls[-count:]]
        self.calls = (*self.calls[:-count], *taken)
        changes = [one for one in changes_of(rest, meaning) if one.name != "print"]
        # What is changed is looked at before the group begins.
        bound = self._assigned.keys() | self._late.difference(one.name for one in self._changed)
        new = not bound.isdisjoint(one.name for one in changes)
        self._closed = self._closed or new or not is_late(rest, meaning)
        self._changed += tuple(changes)
        self._late |= bound_names(rest).union(one.name for one in changes)
        if "print" in names_in(rest):  # before which functions that print, too, would do so
            self._late |= _SHOWING

    def _take(self, call: CallStatement) -> bool:
        """Take a call if it may run at the same time; else it must wait for all of them."""
        scope = self._scope
        inside = bound_names(call.written)  # with `:=`
        direct = {*read_names(call.written), *inside}
        if call.call is not call.written:
            direct |= {name for name in names_in(call.call) if name.startswith(HIDDEN)}
        through = set().union(*(scope.reach_of(*scope.read_by(name)) for name in direct))
        needs = {name: self._assigned[name] for name in direct if name in self._assigned}
        itself = scope.uncertain(call.written)
        uncertain = (*call.uncertain, *([] if itself is None else [itself]))
        writing = {*scope.rewrites(call.call)}
        parts = (*call.call.args, *call.call.keywords)
        if self.calls and (
            # A `:=` in an argument binds before the calls of its group run, even the earlier ones.
            self._closed
            or inside
            # What a function reads by itself is sent with the function, when its group begins.
            or through & self._assigned.keys()
            or (direct | through) & self._late
            or writing & self._written
            # Arguments that wait for nothing are evaluated before the first call of their group.
            or any(may_change(part, scope.meaning) for part in parts)
            # Others are evaluated out of their order: it must not matter.
            or (
                (needs or self._deferred or self._late)
                and not all(is_pure(part, scope.meaning) for part in parts)
            )
            or self._must_look(uncertain, needs)
        ):
            return False
        asked = tuple(awaiting(one, needs) for one in uncertain)
        self._closed = bool(inside)
        self._deferred = self._deferred or bool(needs)
        bound = bound_names(call.node)
        self._assigned = {**self._assigned, **dict.fromkeys(bound, len(self.calls))}
        self._late -= bound
        self._written |= writing
        self._read |= direct | through if self._changed else set()
        self.calls = (*self.calls, replace(call, needs=needs, uncertain=asked))
        return True

    def _must_look(self, uncertain: Sequence[Uncertain], needs: Mapping[str, int]) -> bool:
        """Tell whether a value that a call waits for is to be looked at before the group begins."""
        # It may be, or hold, what is changed by what is left of a statement above.
        if self._changed and any(not name.startswith(HIDDEN) for name in needs):
            return True
        # The call itself may change it, if it is of such a kind.
        makers = {name: self.calls[place].call for name, place in needs.items()}
        doubts = [one for each in uncertain for one in each.doubts if one.name in makers]
        return any(self._scope.leaves(one, makers[one.name]) for one in doubts)
