"""The parameters of a function, as its source has them."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from parmagic.modules.source import Function


def parameters(function: Function) -> list[str]:
    """List the names of all parameters; not those of a `lambda` among the defaults."""
    given = function.args
    stars = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *stars)]


def starred(given: ast.arguments) -> tuple[str, str]:
    """Name those that take any other argument, `*args` and `**kwargs`; "" if there is none."""
    return given.vararg.arg if given.vararg else "", given.kwarg.arg if given.kwarg else ""


def kept(given: ast.arguments) -> Iterable[str]:
    """Yield those whose default may be changed, and is then kept for the next call."""
    first = [*given.posonlyargs, *given.args]
    pairs: list[tuple[ast.arg, ast.expr | None]] = []
    if given.defaults:
        pairs += zip(first[-len(given.defaults) :], given.defaults, strict=True)
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    for one, default in pairs:
        if default is not None and not isinstance(default, ast.Constant | ast.Tuple | ast.UnaryOp):
            yield one.arg
