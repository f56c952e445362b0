"""Generators of random numbers that each turn of a loop makes for itself: `rng = Random(seed)`.

A function that draws from one changes nothing that another turn, or the notebook, has.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Mapping

from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import assigned_names
from parmagic.plan.effects.walks import statements


def with_generators(loop: ast.For, meaning: Meaning) -> Meaning:
    """Let calls in a loop that are given such a generator be read as if it was made there."""
    made = _made(loop, meaning)
    if not made:
        return meaning

    def changed_by(call: ast.Call) -> str:
        return meaning.changed_by(_Put(made).visit(copy.deepcopy(call)))

    return meaning._replace(changed_by=changed_by)


def _made(loop: ast.For, meaning: Meaning) -> dict[str, ast.expr]:
    """Find the names that the turns of a loop assign nothing else to."""
    assigned = [name for node in statements([loop]) for name in assigned_names(node)]
    return {
        node.targets[0].id: node.value
        for node in statements(loop.body)
        if isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and assigned.count(node.targets[0].id) == 1
        and meaning.makes_generator(node.value)
    }


class _Put(ast.NodeTransformer):
    """Puts values into the places of names."""

    def __init__(self, values: Mapping[str, ast.expr]) -> None:
        self._values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._values.get(node.id, node)
