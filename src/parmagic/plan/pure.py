"""Which expressions may be evaluated sooner or later, or elsewhere, without a difference."""

from __future__ import annotations

import ast
from collections.abc import Callable

# Built-in functions whose value depends on their arguments alone, and that change none of them.
_PURE = """
    abs all any ascii bin bool bytes bytearray chr complex dict divmod enumerate float format
    frozenset hash hex int isinstance issubclass len list max min oct ord pow range repr
    reversed round set slice sorted str sum tuple type zip
"""
PURE_BUILTINS = frozenset(_PURE.split())

_PLAIN = (
    ast.Name | ast.Constant | ast.Attribute | ast.Subscript | ast.Slice | ast.BinOp | ast.UnaryOp
    | ast.BoolOp | ast.Compare | ast.IfExp | ast.Tuple | ast.List | ast.Dict | ast.Set
    | ast.Starred | ast.JoinedStr | ast.FormattedValue | ast.Load | ast.operator | ast.unaryop
    | ast.boolop | ast.cmpop | ast.keyword
)  # fmt: skip


def is_pure(node: ast.AST, is_builtin: Callable[[str], bool]) -> bool:
    """Tell whether evaluating `node` changes nothing, and calls nothing but pure builtins.

    Args:
        node: An expression, or a keyword argument.
        is_builtin: Tells whether a name still means what is built in.

    """
    if isinstance(node, ast.Call):
        function = node.func
        known = isinstance(function, ast.Name) and function.id in PURE_BUILTINS
        if not (known and is_builtin(function.id)):  # type: ignore[attr-defined]  # a name
            return False
    elif not isinstance(node, _PLAIN):
        return False
    return all(is_pure(child, is_builtin) for child in ast.iter_child_nodes(node))
