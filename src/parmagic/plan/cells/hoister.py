"""Moves calls that must stay in the notebook out of what a task evaluates, before the task."""

from __future__ import annotations

import ast

from parmagic.plan.effects.meaning import Meaning, why_foreign
from parmagic.plan.reason import Refusal


class Hoister(ast.NodeTransformer):
    """Moves calls that are not the user's own, and call none of them, before the task."""

    def __init__(self, meaning: Meaning, before: dict[str, ast.expr], *, sure: bool) -> None:
        self._meaning = meaning
        self._before = before
        self._sure = sure  # whether what is visited is evaluated in any case

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Leave a call where it is, or the name of what it returns; refuse what cannot move."""
        meaning = self._meaning
        if meaning.is_known_call(node):
            return self.generic_visit(node)
        if any(meaning.own_calls(node)) or not self._sure:
            raise Refusal(why_foreign(node), node)
        name = f"_parmagic_argument_{len(self._before)}"
        self._before[name] = node
        return ast.copy_location(ast.Name(name, ast.Load()), node)

    def _perhaps(self, node: ast.AST) -> ast.AST:
        sure, self._sure = self._sure, False
        self.generic_visit(node)
        self._sure = sure
        return node

    visit_IfExp = visit_BoolOp = visit_Lambda = _perhaps  # noqa: N815 - named by their nodes
    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _perhaps  # noqa: N815
