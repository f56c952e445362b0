"""Reads a %%parallel cell: which of its statements may run at the same time."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Collection, Sequence
from typing import NamedTuple, cast

from parmagic.modules.bound import bound_names
from parmagic.plan.cells.bindings import COMPOUND
from parmagic.plan.cells.comprehension import Mapped
from parmagic.plan.cells.generators import with_generators
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.left import left, left_of
from parmagic.plan.cells.loop import Loop
from parmagic.plan.cells.rewrite import Rewritten, rewrite
from parmagic.plan.cells.scope import Scope
from parmagic.plan.cells.step import Barrier, CallStatement, Group, Statement, Step, call_statement
from parmagic.plan.effects.meaning import Meaning, is_pure, may_change
from parmagic.plan.effects.uncertain import Uncertain, awaiting, inside_of, traced
from parmagic.plan.effects.walks import given_to, running
from parmagic.plan.names import read_names
from parmagic.plan.quote import Quote, quoting
from parmagic.plan.reason import Reason

_CALLS_NOTHING = frozenset(("print", "len", "str", "repr", "type", "isinstance", "id", "hash"))


class Reading(NamedTuple):
    """A cell as it was read."""

    steps: tuple[Step, ...]
    maps: tuple[Mapped | Loop, ...]  # the comprehensions and loops that steps run, by their numbers
    reasons: tuple[Reason, ...]  # why some of it stays serial
    rest: tuple[ast.stmt, ...] = ()  # what is to be read when all this has run
    seeded: frozenset[str] = frozenset()  # the modules whose random numbers it seeds
    telling: tuple[ast.stmt, ...] = ()  # what, when it has run, may tell more of what is below it


def read_cell(
    tree: ast.Module,
    known: Known,
    code: str = "",
    *,
    stops: bool = False,
    seeded: Collection[str] = (),
) -> Reading:
    """Read a parsed cell as steps, in the order of its statements.

    Args:
        tree: The cell, as Python parses it after IPython's transformations.
        known: What the names of the notebook are, as it is before the cell runs.
        code: What `tree` was parsed from, to quote.
        stops: Whether to read no further than to where values will tell more than the source
            does: what an import, a decorator, or a function that makes functions has bound.
        seeded: The modules whose random numbers what has run of the cell has seeded.

    """
    reader = _Reader(known, quoting(code), seeded)
    rest, telling = tree.body, list[ast.stmt]()
    while rest:
        reader.add(rest)
        telling += rest[:1] if reader.stops else []
        rest = rest[1:]
        imports = bool(rest) and isinstance(rest[0], ast.Import | ast.ImportFrom)
        if stops and reader.stops and not imports:
            break
    return Reading(
        tuple(reader.steps),
        tuple(reader.maps),
        tuple(reader.reasons),
        tuple(rest),
        reader.seeded,
        tuple(telling),
    )


class _Reader:
    """Takes the statements of a cell one by one."""

    def __init__(self, known: Known, quote: Quote, seeded: Collection[str]) -> None:
        self.steps: list[Step] = []
        self.maps: list[Mapped | Loop] = []
        self.reasons: list[Reason] = []
        self.stops = False  # whether what it has taken last tells more when it has run
        self._scope = Scope(known, seeded)
        self._quote = quote
        self._assigned: dict[str, int] = {}  # in the last group, by which call of it at last
        self._early: set[str] = set()  # bound by `:=` in arguments of the last group
        self._deferred = False  # whether arguments of the last group wait for values of it
        self._needed: set[str] = set()  # read by the calls of the last group
        self._written: set[str] = set()  # functions of it that write the same file in each call

    @property
    def seeded(self) -> frozenset[str]:
        """The modules whose random numbers have been seeded."""
        return frozenset(self._scope.seeded)

    def add(self, rest: Sequence[ast.stmt]) -> None:
        """Take the next statement, the first of the rest: into the last step, or into a new one."""
        original, scope = rest[0], self._scope
        scope.rest = rest
        scope.begin(original)
        self._note_changers(original)
        rewritten = rewrite(original, scope.meaning, len(self.maps), self._quote)
        self.maps += rewritten.maps
        self.reasons += rewritten.reasons
        node, refused = cast("ast.stmt", rewritten.node), rewritten.refused
        call = call_statement(node)
        own = call if call is not None and scope.meaning.is_own_call(call.call) else None
        stays = scope.gives_function(own.call) if own is not None else ""
        if own is not None and not stays:
            shown = len(rest) == 1 and isinstance(node, ast.Expr)
            self._add_call(dataclasses.replace(own, shown=shown), original, rewritten)
            self.reasons += left_of(own, scope.meaning, refused)
        else:
            if own is not None:
                self.reasons.append(Reason(node.lineno, stays))
                refused |= {own.call}
            self.reasons += left(node, scope.meaning, refused)
            before, within = self._uncertain_in(original, rewritten)
            self._add_statement(Statement(node, original, before, within))
        scope.end(original)
        self.stops = bool(stays) or scope.tells_more(original)

    def _uncertain_in(
        self, node: ast.stmt, rewritten: Rewritten
    ) -> tuple[tuple[Uncertain, ...], tuple[Uncertain, ...]]:
        """Say what values may tell of the tasks in a statement, before it runs and within it."""
        if not rewritten.maps:
            return (), ()
        meaning = self._scope.meaning
        also = [ast.copy_location(ast.Expr(one), one) for one in rewritten.spelled]
        whole = ast.copy_location(ast.If(ast.Constant(1), [node, *also], []), node)
        found = [*map(self._scope.uncertain, meaning.own_calls(whole))]
        found.append(inside_of(whole, meaning.is_reader))
        pairs = [traced(one, whole) for one in found if one is not None]
        within = [
            one for _, one in pairs if isinstance(node, COMPOUND) and (one.doubts or one.used)
        ]
        return tuple(one for one, _ in pairs), tuple(within)

    def _add_call(self, call: CallStatement, original: ast.stmt, rewritten: Rewritten) -> None:
        """Take a call, of a statement that was `original` before what is in it was rewritten."""
        written = call_statement(original)
        assert written is not None  # noqa: S101 - only what stands inside was rewritten
        asked = written.call
        itself = self._scope.uncertain(asked)
        given = ast.Expr(ast.Tuple(given_to(asked), ast.Load()))
        within, _ = self._uncertain_in(ast.copy_location(given, original), rewritten)
        inside = bound_names(asked)  # with `:=`
        direct = {*read_names(asked), *inside}
        through = set().union(
            *(self._scope.reach_of(*self._scope.read_by(name)) for name in direct)
        )
        needs = {name: self._assigned[name] for name in direct if name in self._assigned}
        uncertain = [awaiting(one, needs) for one in (itself, *within) if one is not None]
        call = dataclasses.replace(
            call, text=self._quote(original), uncertain=tuple(uncertain), original=original
        )
        group = self._group_for(call, inside, through, needs)
        if group is not None:
            self.steps[-1] = Group((*group.calls, dataclasses.replace(call, needs=needs)))
            self._deferred = self._deferred or bool(needs)
        else:
            self.steps.append(Group((call,)))
            self._assigned, self._needed, self._deferred = {}, set(), False
            self._early, self._written = set(), set()
        place = len(group.calls) if group is not None else 0
        self._assigned |= dict.fromkeys(bound_names(original), place)
        self._needed |= direct | through
        self._early |= inside
        self._written |= {*self._scope.rewrites(call.call)}

    def _group_for(
        self, call: CallStatement, inside: Collection[str], through: set[str], needs: dict[str, int]
    ) -> Group | None:
        """Return the last group if a call belongs to it; None if it must wait for all of it."""
        group = self.steps[-1] if self.steps else None
        if not isinstance(group, Group):
            return None
        # A `:=` in an argument binds before the calls of its group run, even the earlier ones.
        # What a function reads by itself is sent with the function, when its group begins.
        if set(inside) & self._needed or through & self._assigned.keys():
            return None
        if needs.keys() & self._early or self._written.intersection(
            self._scope.rewrites(call.call)
        ):
            return None
        parts = (*call.call.args, *call.call.keywords)
        # All arguments that wait for nothing are evaluated before the first call of their group.
        if any(may_change(part, self._scope.meaning) for part in parts):
            return None
        # What it may change, if its value is of such a kind, must be there to be looked at.
        doubts = [one for each in call.uncertain for one in each.doubts]
        makers = {name: group.calls[place].call for name, place in needs.items()}
        if any(one.name in makers and self._scope.leaves(one, makers[one.name]) for one in doubts):
            return None
        # Arguments that wait are evaluated out of their order: it must not matter.
        pure = all(is_pure(part, self._scope.meaning) for part in parts)
        return group if pure or not (needs or self._deferred) else None

    def _add_statement(self, statement: Statement) -> None:
        barrier = self.steps[-1] if self.steps else None
        if isinstance(barrier, Barrier):
            self.steps[-1] = Barrier((*barrier.statements, statement))
        else:
            self.steps.append(Barrier((statement,)))

    def _note_changers(self, node: ast.stmt) -> None:
        inside: dict[ast.AST, Meaning] = {}  # of what stands in loops
        for inner in running(node):
            meaning = inside.get(inner, self._scope.meaning)
            if isinstance(inner, ast.For):
                inside |= dict.fromkeys(ast.walk(inner), with_generators(inner, meaning))
            if isinstance(inner, ast.Call) and not _calls_nothing(inner, meaning):
                text = meaning.changed_by(inner)
                if text:
                    self.reasons.append(Reason(inner.lineno, text))


def _calls_nothing(call: ast.Call, meaning: Meaning) -> bool:
    """Tell whether a call is of something built in that calls no function that it is given."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name in _CALLS_NOTHING and meaning.is_builtin(name)
