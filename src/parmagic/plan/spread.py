"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
                if passed.to in found:
                    _hand(found[name], passed, there[passed.to], found[passed.to])
            _take(found[name], known, there)
        more = _size(found) > size
    return found


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
        by = there.get(result.of, NONE)
        for returned in by.returns:
            if returned.how not in ("itself", "part"):
                continue
            if result.place == "" and returned.name not in by.named:
                mine.changed.setdefault(returned.name, result.of)
            elif result.place != "" and returned.name in by.received(result.place):
                mine.changed.setdefault(result.name, result.of)
