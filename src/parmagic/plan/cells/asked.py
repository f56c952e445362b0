"""What a change of a loop asks of the notebook before its values are evaluated."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import NamedTuple


class Asked(NamedTuple):
    """A statement that asks for it, and the values that it needs."""

    statement: ast.stmt
    values: Sequence[ast.expr]


def asked_before(target: ast.expr, count: int, values: Sequence[ast.expr]) -> Asked | None:
    """Find what `counts[key] += f(x)` asks for before it calls `f`; None if that matters not.

    `count` are the first of the values: the indices, which must be cheap to evaluate twice.
    """
    has_item = any(isinstance(one, ast.Subscript) for one in ast.walk(target))
    if not has_item or any(
        isinstance(one, ast.Call) for part in values[:count] for one in ast.walk(part)
    ):
        return None
    if not any(isinstance(one, ast.Call) for part in values[count:] for one in ast.walk(part)):
        return None
    asked = copy.deepcopy(target)
    asked.ctx = ast.Load()  # type: ignore[attr-defined]  # of an item or an attribute
    return Asked(ast.copy_location(ast.Expr(asked), target), values[:count])
