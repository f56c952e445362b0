"""Refuses cells that await: their statements run one after another, outside of any loop."""

from __future__ import annotations

import ast

from parmagic.errors import PlanError
from parmagic.plan.effects.pure import running


def refuse_awaiting(tree: ast.Module) -> None:
    """Refuse a cell that awaits something at its top level; the message names the line."""
    for node in running(tree):
        if word := _async_word(node):
            raise PlanError(
                f"`{word}` in line {getattr(node, 'lineno', 1)}: a %%parallel cell cannot await; "
                "run that statement in a cell of its own, and use its result here"
            )


def _async_word(node: ast.AST) -> str | None:
    if isinstance(node, ast.Await):
        return "await"
    if isinstance(node, ast.AsyncWith):
        return "async with"
    if isinstance(node, ast.AsyncFor):
        return "async for"
    # The clause of a comprehension has no line; the comprehension around it has.
    clauses = getattr(node, "generators", ())
    return "async for" if any(clause.is_async for clause in clauses) else None
