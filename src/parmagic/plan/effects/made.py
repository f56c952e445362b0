"""What inner functions change of variables around them, which are kept from call to call.

Decorators make such functions: what they count would be lost in another process.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator

from parmagic.modules.source import Def, Function
from parmagic.plan.effects.effects import MISSING, NEXT, Effects
from parmagic.plan.effects.inner import (
    body_of,
    bound_in,
    directly_inside,
    only_decorates,
    outlasting_of,
    parameters,
    values_returned,
)
from parmagic.plan.effects.targets import stored_names

_WRAPS = re.compile(r"\b(wraps\(.*\)|update_wrapper|partial|lru_cache(\(.*\))?|cache)$")
AROUND = "of the function around it"  # how a change is said of what is no global


def of_variables(known: Effects, own: Collection[str], sure: Collection[str]) -> list[str]:
    """Say what an inner function changes of variables around it, among them the `sure` ones."""
    changed = {name for name in own if global_change(name) in known.changes}
    changed |= known.lightly.intersection(own).union(sure)
    said = [f"changes `{name}` {AROUND}" for name in sorted(changed)]
    drawn = sorted(known.drawn.intersection(own))
    return [*said, *(f"draws random numbers from `{name}` {AROUND}" for name in drawn)]


def global_change(name: str) -> str:
    """Return how it is said that a function changes what is not its own."""
    return f"changes the global `{name}`"


def of_made(function: Function, read: Callable[[Function], Effects]) -> tuple[str, ...]:
    """Say what the functions inside of a function change of what is kept from call to call."""
    return tuple(dict.fromkeys(_made(function, read, frozenset(), frozenset())))


def given_by(function: Function) -> frozenset[str]:
    """Name the functions whose values a function returns; "" for one that it makes itself."""
    inside = directly_inside(function)
    made = {one.name for one in inside if isinstance(one, Def)}
    for node in body_of(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
            made.update(stored_names(*node.targets))  # `square = lambda x: x * x`
    found = set[str]()
    waiting = values_returned(function)
    while waiting:
        value = waiting.pop()
        if isinstance(value, ast.Tuple | ast.List):
            waiting += value.elts
        elif isinstance(value, ast.IfExp):
            waiting += [value.body, value.orelse]
        elif isinstance(value, ast.Dict):
            waiting += value.values
        elif isinstance(value, ast.Lambda) or getattr(value, "id", "") in made:
            found.add("")
        elif isinstance(value, ast.Call):
            # As by `functools.wraps(function)(wrapper)`, or `partial(wrapper, 1)`.
            name = ast.unparse(value.func)
            if _WRAPS.search(name):
                waiting += value.args[:1]
            found.add(name)
    return frozenset(found)


def _made(
    function: Function,
    read: Callable[[Function], Effects],
    around: frozenset[str],
    lasting: frozenset[str],
) -> Iterator[str]:
    """Say what functions inside change of variables `around`, of which the `lasting` are kept."""
    own = frozenset((*parameters(function), *bound_in(function)))
    outlasting = {id(one) for one in outlasting_of(function)}
    for one in directly_inside(function):
        there = lasting | own if id(one) in outlasting else lasting - own
        if not only_decorates(one, around | own):
            known = read(one)
            yield from _changes(known, there)
            if getattr(one, "name", "") == "__call__" and known.changed & {*known.parameters[:1]}:
                yield "changes what `__call__` is a method of"
        yield from _made(one, read, around | own, there)


def _changes(known: Effects, lasting: frozenset[str]) -> Iterator[str]:
    for one in known.changes:
        if one.endswith(AROUND) and one.split("`")[1] in lasting:
            yield one
    used_up = {doubt.name for doubt in known.doubts if doubt.method == NEXT} & lasting
    yield from of_variables(known, lasting, used_up)
    sure = {doubt.name for doubt in known.doubts if not doubt.method.startswith(MISSING)}
    for name in sorted(known.kept & known.changed.union(sure)):
        yield f"changes the default of its argument `{name}`"
