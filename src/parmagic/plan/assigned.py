"""Which loop variables the turns of a loop assign themselves, as in `line = line.strip()`."""

from __future__ import annotations

import ast
from collections.abc import Collection

from parmagic.plan.reason import Refusal
from parmagic.plan.targets import assigned_names, is_names, names_read_by, statements


def assigned_targets(loop: ast.For, targets: Collection[str]) -> set[str]:
    """Find the loop variables that each turn assigns before anything may keep the item itself.

    These are temporaries: the notebook needs no item for them, but what a turn has made of it.
    """
    found: set[str] = set()
    kept: set[str] = set()
    for node in loop.body:
        if _binds_names(node):
            found |= {*targets}.intersection(assigned_names(node)) - kept
        for inner in statements([node]):
            for name in assigned_names(inner):
                if name in targets and name not in found:
                    raise Refusal(f"`{name}` is the loop variable, and is assigned", inner)
            if not (_binds_names(inner) or isinstance(inner, ast.If | ast.For)):
                kept |= names_read_by(inner)
    return found


def _binds_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and all(is_names(target) for target in node.targets)
