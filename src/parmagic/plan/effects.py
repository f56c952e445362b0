"""What a function changes outside itself: that would be lost where it runs in another process."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import lru_cache

_METHODS = """
    append extend insert remove pop popleft appendleft clear sort reverse add discard update
    setdefault popitem
"""
CHANGING = frozenset(_METHODS.split())
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=1024)
def effects(source: str) -> tuple[str, ...]:
    """Say what the functions defined in `source` change: globals, or their own arguments.

    Each is the end of a sentence, such as "assigns the global `count`". A value that a function
    keeps for itself in a dict of the notebook (a cache) is a change as well.
    """
    with warnings.catch_warnings(action="ignore"):  # whoever runs the code shows them, once
        tree = ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
    functions = (node for node in tree.body if isinstance(node, _Function))
    inside = (each for node in tree.body if isinstance(node, ast.If) for each in node.body)
    inner = (node for node in inside if isinstance(node, _Function))
    return tuple(dict.fromkeys(one for node in (*functions, *inner) for one in _of(node)))


def _of(function: _Function) -> Iterator[str]:
    arguments = {
        argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)
    }
    declared: set[str] = set()
    stored: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            declared.update(node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            stored.add(node.id)
    for name in sorted(declared):
        yield f"assigns the global `{name}`"
    for name in sorted(_changed_roots(function)):
        if name in arguments and name not in stored:
            yield f"changes its argument `{name}`"
        elif name not in arguments | stored:
            yield f"changes the global `{name}`"


def _changed_roots(function: _Function) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
            node.ctx, ast.Store | ast.Del
        ):
            found.add(_root(node))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            method = node.value.func
            if isinstance(method, ast.Attribute) and method.attr in CHANGING:
                found.add(_root(method))
    return found - {""}


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
