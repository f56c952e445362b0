"""Writes what may be written in two ways in one, for the reader of a function."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from parmagic.modules.source import Function, positional

_ASKING = ("getattr", "super", " as ")


def plainly(function: Function, source: str) -> Function:
    """Write `getattr(a, "b")` as `a.b`, `super()` as `self`, and imports without `as`.

    A method that is chosen by a text, `getattr(a, "visit_" + kind)`, is written as `a.visit_*`.
    """
    if not any(name in source for name in _ASKING):
        return function
    itself = next(iter(positional(function)), "")
    imports = (one for one in ast.walk(function) if isinstance(one, ast.ImportFrom))
    names = {one.asname: one.name for each in imports for one in each.names if one.asname}
    written: Function = _Writer(itself, names).visit(function)
    return written


class _Writer(ast.NodeTransformer):
    def __init__(self, itself: str, names: Mapping[str, str]) -> None:
        self._itself = itself
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        named = self._names.get(node.id, node.id)
        return ast.copy_location(ast.Name(named, node.ctx), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        names = [ast.alias(one.name) for one in node.names]
        return ast.copy_location(ast.ImportFrom(node.module, names, node.level), node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Call) and getattr(function.func, "id", "") == "getattr":
            node.func = _method(function, "")
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "super" and not node.args and self._itself:
            return ast.copy_location(ast.Name(self._itself, ast.Load()), node)
        asked = node.args[1] if name == "getattr" and len(node.args) > 1 else None
        if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
            return ast.copy_location(ast.Attribute(node.args[0], asked.value, ast.Load()), node)
        begins = _beginning(asked)
        return _method(node, begins) if begins else node


def _method(call: ast.Call, begins: str) -> ast.expr:
    if not call.args:
        return call
    return ast.copy_location(ast.Attribute(call.args[0], f"{begins}*", ast.Load()), call)


def _beginning(name: ast.expr | None) -> str:
    """Return the text that a name begins with: `"visit_" + kind`, or `f"visit_{kind}"`."""
    if isinstance(name, ast.BinOp):
        name = name.left
    if isinstance(name, ast.JoinedStr):
        name = name.values[0] if name.values else None
    text = name.value if isinstance(name, ast.Constant) else ""
    return text.partition("%")[0].partition("{")[0] if isinstance(text, str) else ""
