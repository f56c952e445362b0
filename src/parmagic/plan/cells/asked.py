"""What a change of a loop asks of the notebook before its values are evaluated."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from parmagic.plan.effects.walks import calls_in


def asked_before(target: ast.expr, others: Sequence[ast.expr]) -> ast.stmt | None:
    """Write what `counts[key] += f(x)` asks for before it calls `f`; None if that matters not."""
    has_item = any(isinstance(one, ast.Subscript | ast.Call) for one in ast.walk(target))
    if not has_item or not any(calls_in(*others)):
        return None
    asked = copy.deepcopy(target)
    asked.ctx = ast.Load()  # type: ignore[attr-defined]  # of an item or an attribute
    return ast.copy_location(ast.Expr(asked), target)
