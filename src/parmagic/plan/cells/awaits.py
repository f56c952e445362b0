"""Refuses cells that await: their statements run one after another, outside of any loop."""

from __future__ import annotations

import ast

from parmagic.errors import PlanError
from parmagic.plan.effects.walks import running

_WORDS: dict[type[ast.AST], str] = {
    ast.Await: "await", ast.AsyncWith: "async with", ast.AsyncFor: "async for",
}  # fmt: skip


def refuse_awaiting(tree: ast.Module) -> None:
    """Refuse a cell that awaits something at its top level; the message names the line."""
    for node in running(tree):
        # The clause of a comprehension has no line; the comprehension around it has.
        clauses = getattr(node, "generators", ())
        asynchronous = any(clause.is_async for clause in clauses)
        if word := "async for" if asynchronous else _WORDS.get(type(node)):
            raise PlanError(
                f"`{word}` in line {getattr(node, 'lineno', 1)}: a %%parallel cell cannot await; "
                "run that statement in a cell of its own, and use its result here"
            )
