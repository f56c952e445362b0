"""Walks through code: its statements, its parts, its calls, and what these are given."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from parmagic.modules.source import Function

_SIGNS = frozenset(("ctx", "op", "ops", "id", "attr", "kind"))  # fields of no interest


def statements(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk through the statements of a body, in order, and those inside of them."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.For):
            yield from statements([*node.body, *node.orelse])


def children(node: ast.AST) -> list[ast.AST]:
    """List the parts of a node, as `ast.iter_child_nodes`, but for signs such as `ast.Load()`.

    It takes half of the time, and every function of a large package is read.
    """
    found: list[ast.AST] = []
    for name in node._fields:
        if name not in _SIGNS:
            inside = getattr(node, name, None)
            if isinstance(inside, ast.AST):
                found.append(inside)
            elif isinstance(inside, list):
                found += [one for one in inside if isinstance(one, ast.AST)]
    return found


def nodes_in(*nodes: ast.AST) -> list[ast.AST]:
    """List nodes, each with all that is in it, as `ast.walk`, but for such signs."""
    found: list[ast.AST] = []
    for node in nodes:
        inside = [node]
        for one in inside:  # which grows
            inside += children(one)
        found += inside
    return found


def running(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through what runs when `node` does: not the bodies of functions in it."""
    waiting = [node]
    while waiting:
        inner = waiting.pop()
        yield inner
        if not isinstance(inner, Function):
            waiting.extend(reversed(children(inner)))


def calls_in(*nodes: ast.AST) -> Iterator[ast.Call]:
    """Find the calls that run when nodes do."""
    for node in nodes:
        yield from (inner for inner in running(node) if isinstance(inner, ast.Call))


def named(call: ast.Call) -> str:
    """Write the function of a call as a message quotes it."""
    return f"`{ast.unparse(call.func)}()`"


def called_name(function: ast.AST) -> str:
    """Return the last name of what is called: `f` of `f(x)`, and of `m.f(x)`."""
    return getattr(function, "id", getattr(function, "attr", ""))


def given_to(call: ast.Call) -> list[ast.expr]:
    """List what a call is given, also by a name."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def arguments(call: ast.Call) -> Iterator[tuple[int | str, ast.expr]]:
    """Yield the arguments of a call, each with its number or name; "*" for those with stars."""
    starred = False
    for place, one in enumerate(call.args):
        starred = starred or isinstance(one, ast.Starred)
        yield "*" if starred else place, one
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg, keyword.value
        else:
            yield "*", ast.Starred(keyword.value, ast.Load())


def after_self(place: int | str) -> int | str:
    """Return the place of an argument of a method, as its function counts: after `self`."""
    return place + 1 if isinstance(place, int) else place
