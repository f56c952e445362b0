"""The steps of a cell: statements to run as in any cell, and calls to run at the same time."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from parmagic.modules.names import chain_of
from parmagic.plan.cells.objects import Objects
from parmagic.plan.effects.targets import is_names
from parmagic.plan.effects.uncertain import Uncertain


@dataclass(frozen=True, slots=True)
class CallStatement:
    """A task statement: a call of one of the user's own functions, and where its value goes."""

    function: str  # its name, or `module.name`
    call: ast.Call
    targets: list[ast.expr]  # names, or tuples of names; none for a bare call
    node: ast.Expr | ast.Assign | ast.AnnAssign
    written: ast.Call  # the call before comprehensions and calls in it were rewritten
    text: str = ""
    shown: bool = False  # it is the last statement of the cell, and its value is the cell's
    # The names it reads that earlier calls of its group assign, and the last call that does.
    needs: Mapping[str, int] = field(default_factory=dict)
    # What values may tell of it, and of the tasks among its arguments, before it runs.
    uncertain: tuple[Uncertain, ...] = ()
    original: ast.stmt = field(default_factory=ast.Pass)  # as it is written
    # What is left of a statement that it was taken out of, to run when all its calls are done.
    after: ast.stmt | None = None

    @property
    def line(self) -> int:
        """The line of the cell where the statement begins, from 1."""
        return self.node.lineno


class Statement(NamedTuple):
    """A statement that runs in the notebook."""

    node: ast.stmt  # with runs in the places of comprehensions and loops
    original: ast.stmt  # as it is written
    uncertain: tuple[Uncertain, ...]  # what values may tell of its tasks, before it runs
    within: tuple[Uncertain, ...] = ()  # the same of what statements in it bind before its tasks


@dataclass(frozen=True, slots=True)
class Barrier:
    """Statements that run in their order, once everything before them is done."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Calls that run as soon as those are done whose values they need; many at the same time."""

    calls: tuple[CallStatement, ...]
    objects: Objects | None = None  # what is changed before calls are done that have begun


Step = Barrier | Group


def call_statement(node: ast.stmt) -> CallStatement | None:
    """Take a statement apart if it has the form of a task statement, whatever it calls."""
    if isinstance(node, ast.Expr):
        targets: list[ast.expr] = []
    elif isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return None
    call = node.value
    if not (isinstance(call, ast.Call) and (function := chain_of(call.func))):
        return None
    if not all(is_names(target) for target in targets):
        return None
    return CallStatement(function, call, targets, node, call)
