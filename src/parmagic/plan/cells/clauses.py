"""What the clauses of a comprehension bind, and which of their conditions tasks may ask."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from parmagic.modules.source import Comprehension
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import root_of, stored_names


def called_in(parts: Iterable[ast.AST], node: Comprehension, meaning: Meaning) -> bool:
    """Tell whether any of the parts of a comprehension calls a function of the user's own."""
    local = bound_by(node.generators)
    calls = (call for part in parts for call in meaning.own_calls(part))
    return any(root_of(call.func) not in local for call in calls)


def conditions_of(node: Comprehension) -> list[ast.expr]:
    """Return the conditions that decide whether its element is evaluated, once all is bound."""
    return node.generators[-1].ifs


def taken_off(node: Comprehension, meaning: Meaning) -> list[ast.expr]:
    """Take the first condition that calls a function of the user's off, and those behind it."""
    conditions = conditions_of(node)
    for number, one in enumerate(conditions):
        if called_in([one], node, meaning):
            node.generators[-1].ifs = conditions[:number]
            return conditions[number:]
    return []


def bound_by(clauses: list[ast.comprehension]) -> tuple[str, ...]:
    """List the names that the clauses of a comprehension bind."""
    return tuple(dict.fromkeys(stored_names(*(clause.target for clause in clauses))))
