"""What a change of a loop asks of the notebook before its values are evaluated."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import NamedTuple

from parmagic.plan.effects.walks import calls_in


class Asked(NamedTuple):
    """A statement that asks for it, and the values that it needs."""

    statement: ast.stmt
    values: Sequence[ast.expr]


def asked_before(target: ast.expr, count: int, values: Sequence[ast.expr]) -> Asked | None:
    """Find what `counts[key] += f(x)` asks for before it calls `f`; None if that matters not.

    `count` are the first of the values: the indices, which must be cheap to evaluate twice.
    """
    has_item = any(isinstance(one, ast.Subscript) for one in ast.walk(target))
    indices, others = calls_in(*values[:count]), calls_in(*values[count:])
    if not has_item or any(indices) or not any(others):
        return None
    asked = copy.deepcopy(target)
    asked.ctx = ast.Load()  # type: ignore[attr-defined]  # of an item or an attribute
    return Asked(ast.copy_location(ast.Expr(asked), target), values[:count])
