"""What a statement puts into what: values into names, into containers, into classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from parmagic.modules.mutators import CHANGING
from parmagic.plan.effects.targets import root_of
from parmagic.plan.effects.walks import given_to, running

_PUTTING: dict[type[ast.AST], str] = {  # where the values are of what puts them somewhere
    **dict.fromkeys((ast.AnnAssign, ast.AugAssign, ast.NamedExpr), "value"),
    ast.For: "iter", ast.withitem: "context_expr", ast.Match: "subject",
}  # fmt: skip


def values_put(node: ast.Assign | ast.Expr) -> Sequence[ast.expr]:
    """List the values that a statement assigns, or hands to a method: `helpers.append(push)`."""
    if isinstance(node, ast.Assign):
        return [node.value]
    if not isinstance(node.value, ast.Call):
        return []
    return [one.value if isinstance(one, ast.Starred) else one for one in given_to(node.value)]


def all_put(node: ast.AST) -> Sequence[ast.expr]:
    """List the same of any statement, or of a part of one."""
    if isinstance(node, ast.Assign | ast.Expr):
        return values_put(node)
    value = getattr(node, _PUTTING.get(type(node), ""), None)
    return [] if value is None else [value]


def holders(node: ast.Assign | ast.Expr) -> set[str]:
    """Name what holds them afterwards, and is no new object."""
    places: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        places = [one for one in node.targets if isinstance(one, ast.Attribute | ast.Subscript)]
    elif isinstance(node.value, ast.Call):
        call = node.value
        places = [call.func] if isinstance(call.func, ast.Attribute) else call.args[:1]
    return {name for one in places if (name := root_of(one))}


def methods_put(node: ast.Assign | ast.Expr) -> Iterator[tuple[str, str]]:
    """Yield the names of classes, or objects, that are given a method, and what it is called."""
    for one in node.targets if isinstance(node, ast.Assign) else ():
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            yield one.value.id, one.attr


def gives_method(node: ast.stmt) -> bool:
    """Tell whether a statement hands on a method that changes something, as `seen.append`.

    A name for one, as in `add = seen.append`, is none: the source says what it stands for.
    """
    if (
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Attribute)
        and all(isinstance(one, ast.Name) for one in node.targets)
    ):
        return False
    inside = [*running(node)]
    called = {id(one.func) for one in inside if isinstance(one, ast.Call)}
    methods = (one for one in inside if isinstance(one, ast.Attribute) and id(one) not in called)
    return any(one.attr in CHANGING for one in methods)
