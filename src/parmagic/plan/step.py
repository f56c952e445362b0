"""The steps of a cell: statements to run as in any cell, and calls to run at the same time."""

from __future__ import annotations

import ast
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallStatement:
    """A task statement: a call of one of the user's own functions, and where its value goes."""

    function: str
    call: ast.Call
    targets: list[ast.expr]  # names, or tuples of names; none for a bare call
    node: ast.Expr | ast.Assign | ast.AnnAssign
    text: str
    shown: bool = False  # it is the last statement of the cell, and its value is the cell's

    @property
    def line(self) -> int:
        """The line of the cell where the statement begins, from 1."""
        return self.node.lineno


@dataclass(frozen=True, slots=True)
class Barrier:
    """Statements that run in the notebook, in their order, once everything before them is done."""

    statements: tuple[ast.stmt, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Calls that run at the same time; none needs what another one gives."""

    calls: tuple[CallStatement, ...]


Step = Barrier | Group
