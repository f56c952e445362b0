"""Reads a %%parallel cell: which of its statements may run at the same time."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Collection, Sequence
from typing import NamedTuple, cast

from parmagic.plan.cells.apart import Apart, taken_apart
from parmagic.plan.cells.bindings import COMPOUND
from parmagic.plan.cells.comprehension import Mapped
from parmagic.plan.cells.gathering import Gathering
from parmagic.plan.cells.generators import with_generators
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.left import left
from parmagic.plan.cells.loop import Loop
from parmagic.plan.cells.rewrite import Rewritten, rewrite
from parmagic.plan.cells.scope import Scope
from parmagic.plan.cells.step import Barrier, CallStatement, Statement, Step, call_statement
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.uncertain import Uncertain, inside_of, traced
from parmagic.plan.effects.walks import calls_in, given_to, running
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
    reader.settle()
    read = tuple(reader.steps), tuple(reader.maps), tuple(reader.reasons)
    return Reading(*read, tuple(rest), reader.seeded, tuple(telling))


class _Reader:
    """Takes the statements of a cell one by one."""

    def __init__(self, known: Known, quote: Quote, seeded: Collection[str]) -> None:
        self.steps: list[Step] = []
        self.maps: list[Mapped | Loop] = []
        self.reasons: list[Reason] = []
        self.stops = False  # whether what it has taken last tells more when it has run
        self._scope = Scope(known, seeded)
        self._quote = quote
        self._gathered = Gathering(self._scope)  # what the last step is, if it is a group
        self._alone: list[Reason] = []  # why calls taken out of a statement stay there if alone

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
        whole = own if not stays else None
        apart = None
        if not rewritten.maps and (whole is None or any(calls_in(*given_to(whole.call)))):
            apart = taken_apart(node, scope.meaning, self._quote)
        if whole is not None and apart is not None and len(apart.calls) == 1:
            apart = None  # it is the call itself, or one among its arguments
        if apart is not None and self._gather(*apart.calls):
            self._leave(apart, node if whole is None else _given(whole.call, node), refused)
        elif whole is not None:
            shown = len(rest) == 1 and isinstance(node, ast.Expr)
            self._add_call(dataclasses.replace(whole, shown=shown), original, rewritten)
        else:
            if own is not None:
                self.reasons.append(Reason(node.lineno, stays))
                refused |= {own.call}
            self.reasons += left(node, scope.meaning, refused)
            self._add_statement(Statement(node, original, *self._uncertain_in(original, rewritten)))
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
        # Only what stands inside was rewritten.
        written = cast("ast.Call", cast("ast.Expr", original).value)
        within, _ = self._uncertain_in(_given(written, original), rewritten)
        text = self._quote(original)
        whole = dataclasses.replace(call, written=written, text=text, uncertain=within)
        self._gather(dataclasses.replace(whole, original=original))
        self.reasons += left(_given(call.call, original), self._scope.meaning, rewritten.refused)

    def _leave(self, apart: Apart, named: ast.stmt, refused: Collection[ast.AST]) -> None:
        """Take what is left of a statement whose calls were taken; which ones, `named` says."""
        self._gathered.leave(apart.rest, len(apart.calls))
        self.steps[-1] = self._gathered.group()
        self.reasons += left(apart.rest, self._scope.meaning, refused)
        self._alone = [*left(named, self._scope.meaning, refused)]

    def _gather(self, *calls: CallStatement) -> bool:
        """Take all calls of a statement into one group, the last or a new one, if they fit."""
        begun, joined = bool(self._gathered.calls), self._gathered.with_all(calls)
        gathered = joined or Gathering(self._scope).with_all(calls)
        if gathered is None:
            return False
        if joined is None:
            self.settle()
        if joined is None or not begun:
            self.steps.append(gathered.group())
        self._gathered = gathered
        self.steps[-1] = gathered.group()
        return True

    def settle(self) -> None:
        """Leave calls that were taken out of a statement if nothing would run at the same time."""
        calls = self._gathered.calls
        chain = all(at in one.needs.values() for at, one in enumerate(calls[1:]))
        if chain and calls and calls[0].after is not None:
            original = calls[0].original
            self.steps.pop()
            self._gathered = Gathering(self._scope)
            self.reasons += self._alone
            self._add_statement(Statement(original, original, (), ()))

    def _add_statement(self, statement: Statement) -> None:
        self.settle()
        self._gathered = Gathering(self._scope)
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
                self.reasons += [Reason(inner.lineno, text)] if text else []


def _given(call: ast.Call, place: ast.stmt) -> ast.stmt:
    """Write what a call is given as a statement."""
    return ast.copy_location(ast.Expr(ast.Tuple(given_to(call), ast.Load())), place)


def _calls_nothing(call: ast.Call, meaning: Meaning) -> bool:
    """Tell whether a call is of something built in that calls no function that it is given."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    return name in _CALLS_NOTHING and meaning.is_builtin(name)
