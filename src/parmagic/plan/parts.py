"""What a statement of the form `targets = function(...)` is made of."""

from __future__ import annotations

import ast
from typing import NamedTuple

from parmagic.plan.targets import is_dotted, is_names


class Parts(NamedTuple):
    """What a statement of the form `targets = function(...)` is made of."""

    function: str  # its name, or `module.name`
    call: ast.Call
    targets: list[ast.expr]
    node: ast.Expr | ast.Assign | ast.AnnAssign


def parts_of(node: ast.stmt) -> Parts | None:
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
    if not (isinstance(call, ast.Call) and is_dotted(call.func)):
        return None
    if not all(is_names(target) for target in targets):
        return None
    if any(isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom) for inner in ast.walk(call)):
        return None
    return Parts(ast.unparse(call.func), call, targets, node)
