"""Follows the ways through a loop's body: what each turn has surely assigned before it reads it."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from parmagic.plan.effects.targets import assigned_names, names_read_by, stored_names
from parmagic.plan.reason import carried


def surely_assigned(
    body: Sequence[ast.stmt], defined: frozenset[str], temporaries: AbstractSet[str]
) -> frozenset[str]:
    """Follow a body; return the temporaries that are surely assigned when it ends.

    A Refusal if one of them, which a turn is to assign by itself, may be read before it is
    assigned: it has its value from an earlier turn.
    """
    ends: list[frozenset[str]] = []  # what is assigned where the body may end
    if (after := _follow(body, defined, temporaries, ends)) is not None:
        ends.append(after)
    return frozenset(temporaries).intersection(*ends)


def _follow(
    body: Sequence[ast.stmt],
    now: frozenset[str],
    temporaries: AbstractSet[str],
    ends: list[frozenset[str]],
) -> frozenset[str] | None:
    """Follow statements; return what is assigned after them, None if nothing gets there."""
    for node in body:
        for name in sorted(names_read_by(node) & temporaries - now):
            raise carried(name, node)
        if isinstance(node, ast.Continue):
            ends.append(now)
        if isinstance(node, ast.Continue | ast.Raise):
            return None  # nothing gets to what is below
        if isinstance(node, ast.If):
            branches = [_follow(part, now, temporaries, ends) for part in (node.body, node.orelse)]
            left = [branch for branch in branches if branch is not None]
            if not left:
                return None
            now = frozenset.intersection(*left)
        elif isinstance(node, ast.For):
            surely_assigned(node.body, now | {*stored_names(node.target)}, temporaries)
        else:
            now |= {*assigned_names(node)}
    return now
