"""Generators of random numbers that a module keeps for all, and that a cell seeds.

A worker process draws from its own. Without a seed nobody can tell; with one, the values are known.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.pure import Meaning

_SEEDS = {"random.seed": "random", "numpy.random.seed": "numpy.random"}


def seeded_by(node: ast.stmt, meaning: Meaning) -> set[str]:
    """Return the module whose generator a statement seeds, if it does."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not (call.args or call.keywords):
        return set()
    path = meaning.dotted(call.func)
    return {_SEEDS[path]} if path in _SEEDS else set()


def drawn_from(
    known: Effects, seeded: Collection[str], itself: Collection[str], meaning: Meaning
) -> Iterator[str]:
    """Say from which of these modules a function draws whose names it does not seed `itself`."""
    for name in sorted(known.drawn - {*itself}):
        path = meaning.path(name)
        for module in seeded:
            if path == module or (path == "numpy" and module == "numpy.random"):
                yield (
                    f"draws random numbers from `{module}`, which the cell seeds: give each call a "
                    "generator of its own"
                )
