"""Which methods of an object a piece of code calls: `a + b` calls `__add__`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv",
    ast.Mod: "mod", ast.Pow: "pow", ast.LShift: "lshift", ast.RShift: "rshift",
    ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor", ast.MatMult: "matmul",
}  # fmt: skip
# By which methods `a += b` changes the object itself, if it has them.
IN_PLACE = {kind: f"__i{name}__" for kind, name in _OPERATORS.items()}
_UNARY: dict[type[ast.unaryop], str] = {
    ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__",
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], tuple[str, ...]] = {
    **dict.fromkeys((ast.Lt, ast.Gt), ("__lt__", "__gt__")),
    **dict.fromkeys((ast.LtE, ast.GtE), ("__le__", "__ge__")),
    **dict.fromkeys((ast.Eq, ast.NotEq), ("__eq__", "__ne__")),
    **dict.fromkeys((ast.In, ast.NotIn), ("__contains__", "__eq__")),
}
_TEXT = ("__format__", "__str__", "__repr__")
_TRUTH = ("__bool__", "__len__")
_BUILT_IN: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("str", "print", "repr", "format"), _TEXT),
    **dict.fromkeys(("bool", "len"), _TRUTH),
    **dict.fromkeys(("sorted", "min", "max"), ("__lt__", "__gt__")),
    **{name: (f"__{name}__",) for name in ("abs", "hash", "int", "float", "round", "reversed")},
}


def methods_called(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names of methods that a node may call, and of what; also of properties."""
    yield from _by_operator(node)
    yield from _by_truth(node)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from ((node.attr, node.value), ("__getattr__", node.value))
    elif isinstance(node, ast.Call) and not isinstance(node.func, ast.Attribute):
        yield from (("__call__", node.func), ("__new__", node.func))
        special = _BUILT_IN.get(getattr(node.func, "id", ""), ())
        yield from ((name, one) for name in special for one in node.args)
    elif isinstance(node, ast.FormattedValue):
        yield from ((name, node.value) for name in _TEXT)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield from (("__getitem__", node.value), ("__missing__", node.value))
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        yield from (("__iter__", node.iter), ("__next__", node.iter))
    elif isinstance(node, ast.With | ast.AsyncWith):
        for one in node.items:
            yield from (("__enter__", one.context_expr), ("__exit__", one.context_expr))


def _by_operator(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.BinOp):
        name = _OPERATORS[type(node.op)]
        yield f"__{name}__", node.left
        yield f"__r{name}__", node.right
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        yield _UNARY[type(node.op)], node.operand
    elif isinstance(node, ast.Compare):
        sides = zip((node.left, *node.comparators), node.ops, node.comparators, strict=False)
        for left, how, right in sides:
            for name in _COMPARED.get(type(how), ()):
                yield from ((name, left), (name, right))


def _by_truth(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    asked: list[ast.expr] = []
    if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
        asked = [node.test]
    elif isinstance(node, ast.BoolOp):
        asked = node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        asked = [node.operand]
    yield from ((name, one) for name in _TRUTH for one in asked)
