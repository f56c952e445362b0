"""Tells apart the lambdas that stand on one line, by the code that one of them has become."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import CodeType

from parmagic.modules.codes import inside
from parmagic.modules.quiet import quiet


def compiled_from(code: CodeType, nodes: Sequence[ast.Lambda]) -> list[ast.Lambda]:
    """Find the lambda that code was compiled from: the innermost that has all columns of the code.

    Some code has no columns: on Python 3.12 that which returns a constant, and all of it with
    `python -X no_debug_ranges`.
    """
    places = [
        (line, column, end_line, end)
        for line, end_line, column, end in code.co_positions()
        if line and end_line and column is not None and end  # not those of what begins a function
    ]
    if not places:
        return [node for node in nodes if _becomes(node, code)]
    first = min(place[:2] for place in places)
    last = max(place[2:] for place in places)
    around = []
    for node in nodes:
        body = node.body
        begins = body.lineno, body.col_offset
        ends = body.end_lineno or 0, body.end_col_offset or 0
        if begins <= first and last <= ends:
            around.append((begins, node))
    return [max(around, key=lambda one: one[0])[1]] if around else []


def _becomes(node: ast.Lambda, code: CodeType) -> bool:
    """Tell whether a lambda is compiled to such code, with the same variables around it.

    The types of constants count: the code of `lambda: 0` is not equal to that of `lambda: False`.
    """
    names = [ast.arg(name) for name in code.co_freevars]
    arguments = ast.arguments([], names, None, [], [], None, [])
    around = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, node)))
    with quiet():
        whole = compile(around, code.co_filename, "eval", dont_inherit=True)
    one = inside(inside(whole)[0])[-1]  # before it are lambdas of its defaults
    if (one.co_flags ^ code.co_flags) & (CO_VARARGS | CO_VARKEYWORDS):
        return False
    return one.replace(co_flags=code.co_flags) == code.replace()  # a copy has not been run
