"""Which names of a function may be arguments, globals, or parts of their objects."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NAMED = (ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_OF_ITEMS = ("enumerate", "zip", "reversed", "sorted", "list", "tuple", "iter", "filter")
_VIEWS = ("values", "items", "keys")


def aliases(function: Function) -> Mapping[str, frozenset[str]]:
    """Return, for each name that a function binds, what of outside it may stand for.

    A name that is also bound to something else, such as a copy, stands for nothing of outside.
    """
    given = function.args
    starred = [one for one in (given.vararg, given.kwarg) if one is not None]
    arguments = {one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *starred)}
    sources: dict[str, set[str]] = {}  # of each name: those it may stand for; "" for other things
    for name, roots in _bound(function):
        sources.setdefault(name, set()).update(roots or {""})
    found: dict[str, frozenset[str]] = {}
    for name in sources:
        reached, waiting = set[str](), [name]
        while waiting:
            one = waiting.pop()
            if one not in reached:
                reached.add(one)
                waiting += sources.get(one, ())
        outside = reached - sources.keys()
        if name in arguments:
            outside.add("")  # it was bound again, as a rule to a copy
        found[name] = frozenset() if "" in reached or "" in outside else frozenset(outside)
    return found


def root(node: ast.expr) -> str:
    """Return the name that an expression such as `a.b[c]` begins with; "" if it is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        return root(node.args[0]) if node.func.id in ("vars", "iter") else ""
    return node.id if isinstance(node, ast.Name) else ""


def _bound(function: Function) -> Iterator[tuple[str, set[str]]]:
    """Yield each binding of a name: to a part of which other names' objects, if of any."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _given(target, node.value)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            yield from _given(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield from ((name, _items(node.iter)) for name in _names(node.target))
        elif node is not function:
            yield from ((name, set()) for name in _bound_anew(node))


def _bound_anew(node: ast.AST) -> Iterator[str]:
    """Yield the names that something else than an assignment binds."""
    if isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _names(node.optional_vars)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from (one.asname or one.name.partition(".")[0] for one in node.names)
    elif isinstance(node, (*FUNCTIONS, *_NAMED)) and node.name:
        yield node.name
    if isinstance(node, (*FUNCTIONS, ast.Lambda)):
        yield from (one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg))


def _given(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, set[str]]]:
    if isinstance(target, ast.Tuple | ast.List):
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            for one, of in zip(target.elts, value.elts, strict=True):
                yield from _given(one, of)
        else:
            yield from ((name, _parts(value)) for name in _names(target))
    elif isinstance(target, ast.Name):
        yield target.id, _parts(value)


def _parts(value: ast.expr) -> set[str]:
    """Return the names whose objects an expression is, or is a part of."""
    if isinstance(value, ast.IfExp):
        return _parts(value.body) | _parts(value.orelse)
    if isinstance(value, ast.BoolOp):
        return set().union(*map(_parts, value.values))
    if isinstance(value, ast.NamedExpr):
        return _parts(value.value)
    whole = ast.Slice()
    if isinstance(value, ast.Subscript) and ast.dump(value.slice) == ast.dump(whole):
        return set()  # `xs[:]` is how a list is copied
    return {root(value)} - {""}


def _items(value: ast.expr) -> set[str]:
    """Return the names whose objects the items of an expression are parts of."""
    if isinstance(value, ast.Call):
        function = value.func
        if isinstance(function, ast.Name) and function.id in _OF_ITEMS:
            return set().union(*map(_items, value.args))
        if isinstance(function, ast.Attribute) and function.attr in _VIEWS:
            return _items(function.value)
        return set()
    return _parts(value)


def _names(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
