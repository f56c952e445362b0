"""What functions change through others: what they hand on to them, or are returned by them."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from parmagic.plan.effects.alias import APART, How, arguments
from parmagic.plan.effects.effects import (
    ARRAY,
    CHANGEABLE,
    COPIED,
    NONE,
    OWN,
    Doubt,
    Effects,
    Keys,
    Passed,
)
from parmagic.plan.effects.keys import through

Given = Mapping[str, Collection[str]]  # the functions that parameters stand for
_Asked = tuple[str, str]  # a doubt about what a name stands for: the method, and the key


@dataclass
class Spread:
    """What one function changes, by itself or through others."""

    changed: dict[str, str] = field(default_factory=dict)  # names, and through which function
    doubts: set[Doubt] = field(default_factory=set)


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
    web = _Web(there, held)
    for name, functions in given.items():
        for parameter, those in functions.items():
            web.give(web.name(name, parameter), those)
    web.settle()
    found = {name: Spread() for name in there}
    for (function, name), one in web.names.items():
        if one.changed is not None:
            found[function].changed[name] = one.changed
        found[function].doubts.update(Doubt(name, method, key=key) for method, key in one.itself)
        found[function].doubts.update(Doubt(name, method, part=True) for method in one.parts)
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


class _Found:
    """What has been found out of what a name stands for."""

    def __init__(self) -> None:
        self.changed: str | None = None  # through which function it is; "" if by its own
        self.itself: set[_Asked] = set()  # doubts about it, and about its parts
        self.parts: set[str] = set()
        self.functions: set[str] = set()  # what it is, if it is a parameter


class _Name(_Found):
    """A name as a function reads it."""

    def __init__(self) -> None:
        super().__init__()
        self.news: _Found | None = None  # what has not been told yet
        self.given: dict[_Handed, None] = {}  # what functions hand on to this parameter
        self.hands: dict[_Name, None] = {}  # the parameters that it is handed on to
        self.calls: list[tuple[str, Passed]] = []  # what its functions are called with, and where


class _Handed(NamedTuple):
    """What a function hands on to a parameter of another."""

    name: _Name
    how: How
    kind: str  # of which its value would have to be to be changed; "" if it is changed anyway
    keys: Keys
    to: str


class _Web:
    """The names of functions, and how they hand on to each other what these stand for.

    What is found out of one goes on from name to name, each time only what is new: where hundreds
    of functions call each other, all of it, again and again, takes a minute.
    """

    def __init__(
        self, there: Mapping[str, Effects], held: Callable[[str], Collection[str]]
    ) -> None:
        self.names: dict[tuple[str, str], _Name] = {}
        self._there = there
        self._held = held
        self._waiting: deque[_Name] = deque()
        self._functions = cache(self._find)
        self._meant = cache(lambda name, of, place: [*_meant(name, of, place, there)])
        self._methods: dict[str, list[str]] = {}
        named = sorted(there.items())  # so that the same is said each time it is read
        for function, known in named:
            if known.method:
                self._methods.setdefault(OWN + known.method, []).append(function)
            self._begin(function, known)
        for function, known in named:
            for passed in known.passed:
                # What a function does that is given both is known.
                if not passed.by and there.get(passed.beside, NONE) is NONE:
                    for target in self._targets(passed.to):
                        self._connect(function, passed, target)

    def _begin(self, function: str, known: Effects) -> None:
        """Take what a function does by itself."""
        for one in sorted(known.changed):
            self._change(self.name(function, one), "")
        for name, method, part, key in sorted(known.doubts):
            itself, parts = (set(), {method}) if part else ({(method, key)}, set())
            self._doubt(self.name(function, name), itself, parts)
        for name, of in sorted(_results(known, self._there)):
            self._change(self.name(function, name), of)
        for passed in known.passed:
            if passed.by and self._there.get(passed.beside, NONE) is NONE:
                self.name(function, passed.by).calls.append((function, passed))

    def name(self, function: str, name: str) -> _Name:
        """Return what is known of a name that a function reads."""
        return self.names.get((function, name)) or self.names.setdefault((function, name), _Name())

    def give(self, name: _Name, functions: Iterable[str]) -> None:
        """Take functions that a parameter stands for; of other values, nothing is called."""
        new = {one for one in functions if self._functions(one)} - name.functions
        if new:
            name.functions |= new
            self._news_of(name).functions |= new

    def settle(self) -> None:
        """Tell all names what has been found out of others."""
        while self._waiting:
            name = self._waiting.popleft()
            news, name.news = name.news or _Found(), None
            for function, passed in name.calls if news.functions else ():
                for target in sorted(news.functions):
                    self._connect(function, passed, target)
            for other in name.hands if news.functions else ():
                self.give(other, news.functions)
            for handed in name.given:
                self._hand(handed, news)

    def _news_of(self, name: _Name) -> _Found:
        if name.news is None:
            name.news = _Found()
            self._waiting.append(name)
        return name.news

    def _change(self, name: _Name, to: str) -> None:
        if name.changed is None:
            name.changed = to
            self._news_of(name).changed = to

    def _doubt(self, name: _Name, itself: set[_Asked], parts: set[str]) -> None:
        if not (itself <= name.itself and parts <= name.parts):
            news = self._news_of(name)
            news.itself |= itself - name.itself
            news.parts |= parts - name.parts
            name.itself |= itself
            name.parts |= parts

    def _targets(self, to: str) -> Collection[str]:
        if not to.endswith("*"):
            return self._methods.get(to, ()) if to.startswith(OWN) else (to,)
        found = (those for one, those in self._methods.items() if one.startswith(to[:-1]))
        return [each for those in found for each in those]

    def _find(self, name: str) -> list[tuple[str, bool]]:
        """List the functions that a call of a name runs, and whether it is the class of each."""
        found = []
        for one in (name, *self._held(name)):
            made = f"{one}.__init__"
            if made in self._there:
                found.append((made, True))
            elif self._there.get(one, NONE).named:
                found.append((one, False))
        return found

    def _connect(self, function: str, passed: Passed, target: str) -> None:
        """Note what one function hands on to those that a name stands for."""
        for to, is_class in self._functions(target):
            known, place, keys = self._there[to], passed.place, passed.keys
            if is_class:
                place, keys = _after_self(place), ()
            kind = ""
            if passed.how == "perhaps" or (known.method and passed.how not in APART):
                # Whether it is that class whose method is called, the value tells.
                kind = OWN + known.method if known.method and not place else CHANGEABLE
            for one in self._meant(passed.name, passed.of, passed.given):
                mine = self.name(function, one)
                handed = _Handed(mine, passed.how, kind, keys, to)
                for its in [self.name(to, inside) for inside in known.received(place) if inside]:
                    if handed not in its.given:
                        its.given[handed] = None
                        self._hand(handed, its)
                    if one in self._there[function].named:
                        mine.hands[its] = None
                        self.give(its, mine.functions)
                    elif one in self._there:
                        self.give(its, (one,))

    def _hand(self, handed: _Handed, found: _Found) -> None:
        """Say what is found out of a parameter of what it is given."""
        name, how, kind, keys, to = handed
        itself, parts = set[_Asked](), found.parts
        if how in ("itself", "slice"):
            known = self._there[to]
            itself = {(one, key and through(key, known, keys)) for one, key in found.itself}
        elif how not in APART:
            parts = parts.union(one for one, _ in found.itself)
        if found.changed is not None and how not in APART:
            if how == "slice":
                itself.add((ARRAY, ""))
            elif how == "copied":
                itself.add((COPIED, ""))
            elif kind:
                itself |= {(kind, "")} if how in ("itself", "perhaps") else set()
                parts = parts | {kind} if how != "itself" else parts
            else:
                self._change(name, to)
        self._doubt(name, itself, parts)


def _after_self(place: int | str) -> int | str:
    """Say as which of its arguments `__init__` is given what its class is called with."""
    return place + 1 if isinstance(place, int) else place


def _results(known: Effects, there: Mapping[str, Effects]) -> Iterator[tuple[str, str]]:
    """Yield what is changed of what other functions return, if it is a part of what they know."""
    for result in known.results:
        of, place = result.of, result.place
        if result.inside and place != "" and f"{of}.__init__" in there:
            of, place = f"{of}.__init__", _after_self(place)  # a part of an object that keeps it
        for name in _meant(result.name, of, place, there):
            if name:  # not what another call returned: `Row(str(n), [])`
                yield name, result.of


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
