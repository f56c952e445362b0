"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.strand import Spread
from parmagic.plan.effects.walks import arguments
from parmagic.plan.effects.web import Given, Held, Web

_MOST = 3000  # functions of which is remembered what they change


def spread(
    there: Mapping[str, Effects], given: Mapping[str, Given], held: Held
) -> Mapping[str, Spread]:
    """Find what each of these functions changes when all of them may call each other.

    Args:
        there: The functions, and what each does by itself.
        given: Which functions some of them are called with.
        held: Lists the functions that a name holds which is none itself.

    """
    return Web(there, held).spread(given)


def spread_over(
    below: Collection[str], there: Mapping[str, Effects], held: Held
) -> Mapping[str, Spread]:
    """Find what each function changes, and remember it for those `below`, which call no others.

    They are most of a large package, and do not change when the notebook edits what calls them. If
    others hand functions to them, it is remembered for all of them together.
    """
    web = Web(there, held)
    above = [one for one in there if one not in below]
    if any(there[one].method or web.hands_functions(one) for one in above):
        return _remembered(there, held)
    known = _remembered({one: its for one, its in there.items() if one in below}, held)
    return {**known, **web.spread(below=known)}


class _Known(NamedTuple):
    there: Mapping[str, Effects]
    held: Mapping[str, frozenset[str]]
    found: Mapping[str, Spread]


_known: list[_Known] = []  # the last one is the one that was last asked for


def _remembered(there: Mapping[str, Effects], held: Held) -> Mapping[str, Spread]:
    """Find what functions change, or remember it from the last time with the same effects."""
    holding = {one: frozenset(held(one)) for one in there}
    same = (one for one in _known if one.there == there and one.held == holding)
    known = next(same, None)
    found = spread(there, {}, held) if known is None else known.found
    # With the new objects: the next comparison is quick if it finds these very objects.
    _known[:] = [*(one for one in _known if one is not known), _Known(there, holding, found)]
    while sum(len(one.there) for one in _known) > _MOST and len(_known) > 1:
        del _known[0]
    return found


def given_functions(
    known: Effects, call: ast.Call, is_function: Callable[[str], bool]
) -> dict[str, set[str]]:
    """Say which functions a call gives to which parameters."""
    found: dict[str, set[str]] = {}
    for place, given in arguments(call):
        for inner in ast.walk(given):
            if isinstance(inner, ast.Name) and is_function(inner.id):
                for one in known.received(place):
                    found.setdefault(one, set()).add(inner.id)
    return found
