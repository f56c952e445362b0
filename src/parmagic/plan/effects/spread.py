"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

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
    doubts: dict[Doubt, None] = field(default_factory=dict)  # in the order in which they were found
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
        name: Spread(dict.fromkeys(known.changed, ""), dict.fromkeys(known.doubts))
        for name, known in there.items()
    }
    for name, functions in given.items():
        found[name].given = {one: set(those) for one, those in functions.items()}
    methods: dict[str, list[str]] = {}
    for name, known in there.items():
        if known.method:
            methods.setdefault(OWN + known.method, []).append(name)
    held = cache(held)
    passes = _Passes(found, there)
    while passes.waiting:
        for name, known in there.items():
            if name not in passes.waiting:
                continue
            passes.begin(name)
            # What a function does that is given both is known.
            handed = [one for one in known.passed if there.get(one.beside, NONE) is NONE]
            for passed in handed:
                for target in _targets(passed, found[name], methods):
                    for one in (target, *held(target)):
                        passes.take(name, passed, one)
            _take(found[name], known, there)
            passes.end(name)
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


def _targets(passed: Passed, mine: Spread, methods: Mapping[str, list[str]]) -> Collection[str]:
    if passed.by:
        return list(mine.given.get(passed.by, ()))
    if passed.to.endswith("*"):
        return [
            each for to, those in methods.items() if to.startswith(passed.to[:-1]) for each in those
        ]
    return methods.get(passed.to, ()) if passed.to.startswith(OWN) else (passed.to,)


class _Passes:
    """What functions hand on to others, each with how much of what these do has been taken over.

    Only what is new is: where hundreds of functions call each other, all of it, again and again,
    takes a minute.
    """

    def __init__(self, found: dict[str, Spread], there: Mapping[str, Effects]) -> None:
        self._found = found
        self._there = there
        self.waiting = {*there}  # functions for which there may be something new
        self._callers: dict[str, set[str]] = {}
        # Numbers of changed names, of doubts, and of functions that parameters of ours stand for.
        self._taken: dict[tuple[str, int, str], tuple[int, int, int]] = {}
        self._before = self._given = 0

    def begin(self, name: str) -> None:
        """Begin with what one function hands on."""
        self.waiting.discard(name)
        mine = self._found[name]
        self._before = len(mine.changed) + len(mine.doubts)
        self._given = sum(map(len, mine.given.values()))

    def end(self, name: str) -> None:
        """Have those that call it look again if it has been found to change more."""
        mine = self._found[name]
        if len(mine.changed) + len(mine.doubts) > self._before:
            self.waiting |= self._callers.get(name, set())

    def take(self, name: str, passed: Passed, to: str) -> None:
        """Take over what one function does with what another hands on to it."""
        made = f"{to}.__init__"
        if is_class := made in self._found:
            to = made
        its = self._found.get(to)
        if its is None:
            return
        self._callers.setdefault(to, set()).add(name)
        key, now = (name, id(passed), to), (len(its.changed), len(its.doubts), self._given)
        before = self._taken.get(key)
        if now == before:
            return
        self._taken[key] = now
        mine, known = self._found[name], self._there[to]
        passed = passed._replace(to=to)
        if is_class:
            passed = passed._replace(place=_after_self(passed.place), keys=())
        new = list(islice(its.doubts, before[1] if before else 0, None))
        for one in _meant(passed.name, passed.of, passed.given, self._there):
            _hand(mine, passed._replace(name=one), known, its.changed, new)
            named = one in self._there[name].named
            functions = mine.given.get(one) if named else {one} & self._there.keys()
            for inside in known.received(passed.place) if functions else ():
                those = its.given.setdefault(inside, set())
                if not those.issuperset(functions or ()):
                    those.update(tuple(functions or ()))
                    self.waiting.add(to)


def _after_self(place: int | str) -> int | str:
    """Say as which of its arguments `__init__` is given what its class is called with."""
    return place + 1 if isinstance(place, int) else place


def _hand(
    mine: Spread, passed: Passed, known: Effects, changed: Collection[str], doubts: list[Doubt]
) -> None:
    name, how = passed.name, passed.how
    for inside in known.received(passed.place):
        if inside in changed:
            if how == "slice":
                mine.doubts[Doubt(name, ARRAY)] = None
            elif how == "copied":
                mine.doubts[Doubt(name, COPIED)] = None
            elif how == "perhaps" or (known.method and how not in APART):
                # Whether it is that class whose method is called, the value tells.
                kind = OWN + known.method if known.method and not passed.place else CHANGEABLE
                mine.doubts[Doubt(name, kind, part=how != "itself")] = None
                if how == "perhaps":
                    mine.doubts[Doubt(name, kind)] = None
            elif how not in APART:
                mine.changed.setdefault(name, passed.to)
        for doubt in doubts:
            if doubt.name == inside and (how not in APART or doubt.part):
                part = doubt.part or how not in ("itself", "slice")
                key = "" if part else through(doubt.key, known, passed.keys)
                mine.doubts[Doubt(name, doubt.method, part, key)] = None


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
