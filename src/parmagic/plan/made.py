"""What an inner function changes of the variables of the function around it, which outlive a call.

A decorator makes such functions: what they count is lost where they run in another process.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator

from parmagic.modules.source import Function
from parmagic.plan.bound import bound_names
from parmagic.plan.effects import NEXT, Effects
from parmagic.plan.signature import parameters

_AROUND = "of the function around it"


def of_variables(known: Effects, own: Collection[str], sure: Collection[str] = ()) -> list[str]:
    """Say what an inner function changes of variables around it; of `sure` that is known."""
    changed = {name for name in own if global_change(name) in known.changes}
    changed |= known.lightly.intersection(own).union(sure)
    said = [f"changes `{name}` {_AROUND}" for name in sorted(changed)]
    drawn = sorted(known.drawn.intersection(own))
    return [*said, *(f"draws random numbers from `{name}` {_AROUND}" for name in drawn)]


def global_change(name: str) -> str:
    """Return how it is said that a function by itself changes what is not its own."""
    return f"changes the global `{name}`"


def of_made(function: Function, read: Callable[[Function], Effects]) -> tuple[str, ...]:
    """Say what the functions inside of a function change of its variables, and of each other's."""
    inside = [one for one in ast.walk(function) if isinstance(one, Function)]
    own = {name for one in inside for name in (*parameters(one), *_bound_in(one))}
    found: dict[str, None] = {}
    for one in inside[1:]:
        known = read(one)
        used_up = {doubt.name for doubt in known.doubts if doubt.method == NEXT} & own
        said = [one for one in known.changes if one.endswith(_AROUND)]
        found |= dict.fromkeys([*said, *of_variables(known, own, used_up)])
    return tuple(found)


def _bound_in(function: Function) -> Iterator[str]:
    for node in [function.body] if isinstance(function, ast.Lambda) else function.body:
        yield from bound_names(node)
