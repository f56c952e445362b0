"""Reads in its source what a function changes, and what it hands on.

A change behind a name that the source does not show to be an argument's is not seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache

from parmagic.modules.quiet import parsed
from parmagic.modules.source import FUNCTIONS, Function
from parmagic.plan.effects.effects import NONE, Effects
from parmagic.plan.effects.inner import makes_new
from parmagic.plan.effects.made import given_by, of_made
from parmagic.plan.effects.reader import Reader
from parmagic.plan.effects.spelled import plainly


@lru_cache(maxsize=1024)
def effects(source: str) -> Effects:
    """Read what the function defined in `source` changes: globals, or its own arguments.

    A value that a function keeps for itself in a dict of the notebook (a cache) is a change as
    well.
    """
    if not source:
        return NONE
    # A method stands in an `if`, for it is indented.
    blocks = (one.body if isinstance(one, ast.If) else [one] for one in parsed(source).body)
    body = [node for block in blocks for node in block]
    found = next((node for node in body if isinstance(node, FUNCTIONS)), None) or _lambda(body)
    if found is None:
        return NONE
    found = plainly(found, source)
    return _read(found)._replace(
        makes=of_made(found, _read), gives=given_by(found), new=makes_new(found)
    )


def _read(function: Function) -> Effects:
    return Reader(function).read()


def _lambda(body: Iterable[ast.stmt]) -> ast.Lambda | None:
    """Find the lambda that is all that is assigned, or all there is."""
    for node in body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
        if isinstance(value, ast.Lambda):
            return value
    return None
