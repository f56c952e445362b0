"""What the statements of a body assign and read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from parmagic.plan.effects.walks import nodes_in, statements
from parmagic.plan.names import read_names

_EMPTY = ("[]", "{}", "set()", "list()", "dict()")


def stored_names(*targets: ast.AST) -> Iterator[str]:
    """List the names that assignment targets bind."""
    for node in nodes_in(*targets):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def names_set(nodes: Iterable[ast.AST]) -> list[str]:
    """List the names that nodes bind or delete, each as often as they do."""
    names = (one for one in nodes if isinstance(one, ast.Name))
    return [one.id for one in names if not isinstance(one.ctx, ast.Load)]


def names_in(node: ast.AST) -> set[str]:
    """List the names that stand in a node."""
    return {one.id for one in nodes_in(node) if isinstance(one, ast.Name)}


def base_of(node: ast.expr) -> ast.expr:
    """Return what a chain of attributes and items begins with: `f()` of `f().b[0].c`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node


def root_of(node: ast.expr) -> str | None:
    """Return the name that a chain of attributes and items begins with: `a` of `a.b[0].c`."""
    base = base_of(node)
    return base.id if isinstance(base, ast.Name) else None


def filled_by(target: ast.expr) -> ast.expr:
    """Return `found.setdefault` of the target `found.setdefault(key, []).append`, or the target."""
    match getattr(target, "value", None):
        case ast.Call(func=ast.Attribute(attr="setdefault") as fills, args=[_, new], keywords=[]):
            return fills if ast.unparse(new) in _EMPTY else target
    return target


def depth_of(target: ast.expr) -> int:
    """Count the steps from a name to the object that an assignment changes: 1 in `a.b[0] = c`."""
    depth = -1
    while isinstance(target, ast.Attribute | ast.Subscript):
        depth, target = depth + 1, target.value
    return depth


def assigned_names(node: ast.stmt) -> Iterator[str]:
    """List the names that a statement binds, but not those that statements inside of it bind."""
    if isinstance(node, ast.Assign):
        yield from stored_names(*node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.For) and not is_bare(node):
        yield from stored_names(node.target)


def all_assigned(body: Iterable[ast.stmt]) -> set[str]:
    """List the names that the statements of a body bind, also those inside of others."""
    return {name for node in statements(body) for name in assigned_names(node)}


def is_bare(node: ast.stmt) -> bool:
    """Tell whether a statement only says the type of a name: `w: int`."""
    return isinstance(node, ast.AnnAssign) and node.value is None and is_names(node.target)


def assigned_anew(node: ast.stmt) -> set[str]:
    """List the names that a statement binds without reading their old value."""
    if isinstance(node, ast.For):
        return {*stored_names(node.target)}
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        return {*assigned_names(node)} - {*read_names(node.value)}
    return set()


def names_read_by(node: ast.AST) -> set[str]:
    """List the names that a simple statement reads; `x += 1` reads x."""
    read: set[str] = set()
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        read.add(node.target.id)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr):
            stored = {*stored_names(child)}
            read |= set(read_names(child)) - stored
    return read


def is_names(target: ast.expr) -> bool:
    """Tell whether a target binds names alone: no attributes, no items."""
    if isinstance(target, ast.Starred):
        return is_names(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return all(is_names(part) for part in target.elts)
    return isinstance(target, ast.Name)
