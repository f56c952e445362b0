"""Follows the ways through a loop's body: what each turn has surely assigned before it reads it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from parmagic.plan.effects.targets import assigned_names, names_read_by, stored_names
from parmagic.plan.names import read_names
from parmagic.plan.reason import Refusal


class Way:
    """The ways through a body, with the temporaries that a turn is to assign by itself."""

    def __init__(
        self, temporaries: AbstractSet[str], carried: Callable[[str, ast.AST], Refusal]
    ) -> None:
        self._temporaries = temporaries
        self._carried = carried  # makes the refusal of a name that has its value from another turn

    def walk(self, body: Sequence[ast.stmt], defined: frozenset[str]) -> frozenset[str] | None:
        """Follow a body; return what is surely assigned after it, None if it does not end there.

        A temporary that may be read before it is assigned has its value from an earlier turn.
        """
        ends: list[frozenset[str]] = []
        after = self._follow(body, defined, ends)
        for end in ends:
            after = end if after is None else after & end
        return after

    def _follow(
        self, body: Sequence[ast.stmt], defined: frozenset[str], ends: list[frozenset[str]]
    ) -> frozenset[str] | None:
        now: frozenset[str] | None = defined
        for node in body:
            if now is None:
                return None  # nothing gets here
            if isinstance(node, ast.Continue):
                ends.append(now)
                return None
            if isinstance(node, ast.Raise):
                self._check_reads(node, now)
                return None
            if isinstance(node, ast.If):
                self._check_reads(node.test, now)
                branches = [self._follow(part, now, ends) for part in (node.body, node.orelse)]
                left = [branch for branch in branches if branch is not None]
                now = frozenset.intersection(*left) if left else None
            elif isinstance(node, ast.For):
                self._check_reads(node.iter, now)
                self.walk(node.body, now | {*stored_names(node.target)})
            else:
                self._check_reads(node, now)
                now = now | set(assigned_names(node))
        return now

    def _check_reads(self, node: ast.AST, defined: frozenset[str]) -> None:
        text = ast.unparse(node)
        read = set(read_names(text)) if isinstance(node, ast.expr) else names_read_by(node)
        for name in sorted(read & self._temporaries - defined):
            raise self._carried(name, node)
