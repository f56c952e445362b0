"""Which methods of an object a piece of code calls: `a + b` calls `__add__`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.MatMult: "matmul",
}  # fmt: skip


def methods_called(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of methods that a node may call, and of what; also of properties."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield node.attr, node.value
    elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        yield from (("__call__", node.func), ("__new__", node.func))
    elif isinstance(node, ast.BinOp):
        name = _OPERATORS[type(node.op)]
        yield f"__{name}__", node.left
        yield f"__r{name}__", node.right
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield "__getitem__", node.value
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from (("__iter__", node.iter), ("__next__", node.iter))
    elif isinstance(node, ast.With | ast.AsyncWith):
        for one in node.items:
            yield from (("__enter__", one.context_expr), ("__exit__", one.context_expr))
