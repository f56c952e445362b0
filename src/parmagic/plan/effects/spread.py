"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from parmagic.plan.effects.alias import APART, arguments
from parmagic.plan.effects.effects import (
    ARRAY,
    CHANGEABLE,
    COPIED,
    NONE,
    OWN,
    Doubt,
    Effects,
    Passed,
)
from parmagic.plan.effects.keys import through

Given = Mapping[str, Collection[str]]  # the functions that parameters stand for


@dataclass
class Spread:
    """What one function changes, by itself or through others."""

    changed: dict[str, str] = field(default_factory=dict)  # names, and through which function
    doubts: set[Doubt] = field(default_factory=set)
    given: dict[str, set[str]] = field(default_factory=dict)  # functions, by the parameter


def spread(
    there: Mapping[str, Effects],
    given: Mapping[str, Given],
    held: Callable[[str], Collection[str]],
) -> dict[str, Spread]:
    """Find what each of these functions changes when all of them may call each other.

    Args:
        there: The functions, and what each does by itself.
        given: Which functions some of them are called with.
        held: Lists the functions that a name holds which is none itself.

    """
    found = {
        name: Spread(dict.fromkeys(known.changed, ""), set(known.doubts))
        for name, known in there.items()
    }
    for name, functions in given.items():
        found[name].given = {one: set(those) for one, those in functions.items()}
    methods: dict[str, list[str]] = {}
    for name, known in there.items():
        if known.method:
            methods.setdefault(OWN + known.method, []).append(name)
    more = True
    while more:
        size = _size(found)
        for name, known in there.items():
            for passed in known.passed:
                if there.get(passed.beside, NONE) is not NONE:
                    continue  # what that does is known
                for target in _targets(passed, found[name], methods):
                    for one in (target, *held(target)):
                        _pass(found, there, name, passed._replace(to=one))
            _take(found[name], known, there)
        more = _size(found) > size
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


def _size(found: Mapping[str, Spread]) -> int:
    return sum(
        len(one.changed) + len(one.doubts) + sum(map(len, one.given.values()))
        for one in found.values()
    )


def _targets(passed: Passed, mine: Spread, methods: Mapping[str, list[str]]) -> Collection[str]:
    if passed.by:
        return list(mine.given.get(passed.by, ()))
    if passed.to.endswith("*"):
        return [
            each for to, those in methods.items() if to.startswith(passed.to[:-1]) for each in those
        ]
    return methods.get(passed.to, ()) if passed.to.startswith(OWN) else (passed.to,)


def _pass(
    found: dict[str, Spread], there: Mapping[str, Effects], name: str, passed: Passed
) -> None:
    """Take what one function does with what another hands on to it."""
    made = f"{passed.to}.__init__"
    if made in found:  # it is a class
        passed = passed._replace(to=made, place=_after_self(passed.place), keys=())
    if passed.to not in found:
        return
    mine, known, its = found[name], there[passed.to], found[passed.to]
    for one in _meant(passed.name, passed.of, passed.given, there):
        _hand(mine, passed._replace(name=one), known, its)
        functions = mine.given.get(one) if one in there[name].named else {one} & there.keys()
        for inside in known.received(passed.place) if functions else ():
            its.given.setdefault(inside, set()).update(tuple(functions or ()))


def _after_self(place: int | str) -> int | str:
    """Say as which of its arguments `__init__` is given what its class is called with."""
    return place + 1 if isinstance(place, int) else place


def _hand(mine: Spread, passed: Passed, known: Effects, its: Spread) -> None:
    name, how = passed.name, passed.how
    for inside in known.received(passed.place):
        if inside in its.changed:
            if how == "slice":
                mine.doubts.add(Doubt(name, ARRAY))
            elif how == "copied":
                mine.doubts.add(Doubt(name, COPIED))
            elif how == "perhaps" or (known.method and how not in APART):
                # Whether it is that class whose method is called, the value tells.
                kind = OWN + known.method if known.method and not passed.place else CHANGEABLE
                mine.doubts.add(Doubt(name, kind, part=how != "itself"))
                mine.doubts |= {Doubt(name, kind)} if how == "perhaps" else set()
            elif how not in APART:
                mine.changed.setdefault(name, passed.to)
        for doubt in list(its.doubts):
            if doubt.name == inside and (how not in APART or doubt.part):
                part = doubt.part or how not in ("itself", "slice")
                key = "" if part else through(doubt.key, known, passed.keys)
                mine.doubts.add(Doubt(name, doubt.method, part, key))


def _take(mine: Spread, known: Effects, there: Mapping[str, Effects]) -> None:
    """Add what is changed of what other functions return, if it is a part of what they know."""
    for result in known.results:
        of, place = result.of, result.place
        if result.inside and place != "" and f"{of}.__init__" in there:
            of, place = f"{of}.__init__", _after_self(place)  # a part of an object that keeps it
        for name in _meant(result.name, of, place, there):
            if name:  # not what another call returned: `Row(str(n), [])`
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
