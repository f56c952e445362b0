"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from parmagic.plan.alias import arguments
from parmagic.plan.effects import ARRAY, NONE, Doubt, Effects, Passed


@dataclass
class Spread:
    """What one function changes, by itself or through others."""

    changed: dict[str, str] = field(default_factory=dict)  # names, and through which function
    doubts: set[Doubt] = field(default_factory=set)


def spread(there: Mapping[str, Effects]) -> dict[str, Spread]:
    """Find what each of these functions changes when all of them may call each other."""
    found = {
        name: Spread(dict.fromkeys(known.changed, ""), set(known.doubts))
        for name, known in there.items()
    }
    more = True
    while more:
        size = _size(found)
        for name, known in there.items():
            for passed in known.passed:
                if passed.to not in found:
                    continue
                for one in _meant(passed.name, passed.of, passed.given, there):
                    handed = passed._replace(name=one)
                    _hand(found[name], handed, there[passed.to], found[passed.to])
            _take(found[name], known, there)
        more = _size(found) > size
    return found


def given_functions(known: Effects, call: ast.Call) -> dict[str, str]:
    """Say which functions a call gives to the parameters that are called, by their names."""
    called = {one.by for one in known.passed if one.by}
    return {
        one: given.id
        for place, given in arguments(call)
        for one in called.intersection(known.received(place))
        if isinstance(given, ast.Name)
    }


def calling(known: Effects, functions: Mapping[str, str]) -> Effects:
    """Put functions into the places of the parameters that stand for them."""
    passed = tuple(one._replace(to=functions.get(one.by, one.to)) for one in known.passed)
    return known._replace(passed=passed)


def _size(found: Mapping[str, Spread]) -> int:
    return sum(len(one.changed) + len(one.doubts) for one in found.values())


def _hand(mine: Spread, passed: Passed, known: Effects, its: Spread) -> None:
    name, how = passed.name, passed.how
    for inside in known.received(passed.place):
        if inside in its.changed:
            if how == "slice":
                mine.doubts.add(Doubt(name, ARRAY))
            elif how != "holds":
                mine.changed.setdefault(name, passed.to)
        for doubt in list(its.doubts):
            if doubt.name == inside and (how != "holds" or doubt.part):
                part = doubt.part or how in ("part", "holds")
                mine.doubts.add(Doubt(name, doubt.method, part))


def _take(mine: Spread, known: Effects, there: Mapping[str, Effects]) -> None:
    """Add what is changed of what other functions return, if it is a part of what they know."""
    for result in known.results:
        for name in _meant(result.name, result.of, result.place, there):
            mine.changed.setdefault(name, result.of)


def _meant(name: str, of: str, place: int | str, there: Mapping[str, Effects]) -> Iterator[str]:
    """Yield what is meant by a name, or by what a function returns that was given it at a place."""
    if not of:
        yield name
        return
    by = there.get(of, NONE)
    for returned in by.returns:
        if returned.how in ("itself", "part"):
            if place == "" and returned.name not in by.named:
                yield returned.name
            elif place != "" and returned.name in by.received(place):
                yield name
