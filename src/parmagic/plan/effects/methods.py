"""The methods of a class, as functions with names of their own: `Account.pay`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from parmagic.modules.source import FUNCTIONS
from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.function import effects


class Method(NamedTuple):
    """A method that a `class` statement of the cell defines."""

    name: str
    source: str
    effects: Effects


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
    """Say of a method that its value is kept in the object: that of a `cached_property`."""
    return known._replace(changed=known.changed.union(known.parameters[:1]))


def as_method(known: Effects, name: str, *, static: bool) -> Effects:
    """Say what a function changes that is a method; a static one is not given the object."""
    parameters = ("", *known.parameters) if static else known.parameters
    return known._replace(method=name, parameters=parameters)
