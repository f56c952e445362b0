"""Reads in the source of a function, or of a method, what it changes, and what it hands on.

A change is not seen if the source does not show that it is one of an argument.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from parmagic.modules.quiet import parsed
from parmagic.modules.source import FUNCTIONS, Function
from parmagic.plan.effects.effects import NONE, Effects
from parmagic.plan.effects.files import writes_anew
from parmagic.plan.effects.inner import body_of, bound_in, makes_new, parameters
from parmagic.plan.effects.made import given_by, of_made
from parmagic.plan.effects.reader import Reader
from parmagic.plan.effects.spelled import plainly


class Method(NamedTuple):
    """A method that a `class` statement of the cell defines, by a name of its own."""

    name: str  # such as `Account.pay`
    source: str
    effects: Effects


@lru_cache(maxsize=4096)
def effects(source: str) -> Effects:
    """Read what the function that `source` defines changes: globals, or its arguments.

    A cache that it keeps in a dict of the notebook is changed as well.
    """
    if not source:
        return NONE
    # A method is indented, and stands in an `if` here.
    blocks = (one.body if isinstance(one, ast.If) else [one] for one in parsed(source).body)
    body = [node for block in blocks for node in block]
    found = next((node for node in body if isinstance(node, FUNCTIONS)), None) or _lambda(body)
    if found is None:
        return NONE
    found = plainly(found, source)
    return _read(found)._replace(
        makes=of_made(found, _read),
        gives=given_by(found),
        new=makes_new(found),
        rewrites=writes_anew(body_of(found), {*parameters(found)}, bound_in(found)),
    )


def methods_of(node: ast.ClassDef) -> Iterator[Method]:
    """Yield the methods of a class."""
    for inner in node.body:
        if isinstance(inner, FUNCTIONS):
            source = ast.unparse(inner)
            decorators = {ast.unparse(one) for one in inner.decorator_list}
            known = as_method(effects(source), inner.name, static="staticmethod" in decorators)
            if any(one.endswith("cached_property") for one in decorators):
                known = as_kept(known)
            yield Method(f"{node.name}.{inner.name}", source, known)


def as_kept(known: Effects) -> Effects:
    """Add that the object keeps the value: that of a `cached_property`."""
    return known._replace(changed=known.changed.union(known.parameters[:1]))


def as_method(known: Effects, name: str, *, static: bool) -> Effects:
    """Return the effects of a function as a method; a static one is not given the object."""
    parameters = ("", *known.parameters) if static else known.parameters
    return known._replace(method=name, parameters=parameters)


def _read(function: Function) -> Effects:
    return Reader(function).read()


def _lambda(body: Iterable[ast.stmt]) -> ast.Lambda | None:
    """Find the lambda of a statement such as `square = lambda x: x * x`, or by itself."""
    for node in body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
        if isinstance(value, ast.Lambda):
            return value
    return None
