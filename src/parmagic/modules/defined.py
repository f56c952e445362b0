"""Which function a statement defines."""

from __future__ import annotations

import ast

from parmagic.modules.source import Function


def defined_function(node: ast.stmt) -> str | None:
    """Name the function that a statement defines, if a call of it does its work at once."""
    if isinstance(node, ast.FunctionDef):
        return None if _is_generator(node) else node.name
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        target = node.targets[0]
        return target.id if len(node.targets) == 1 and isinstance(target, ast.Name) else None
    return None


def _is_generator(function: ast.FunctionDef) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, Function | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(node))
    return False
