"""Hands on from function to function what is changed: from parameters to what they are given."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache

from parmagic.plan.effects.alias import APART, OWN
from parmagic.plan.effects.called import ANY, is_meant
from parmagic.plan.effects.effects import ARRAY, CHANGEABLE, COPIED, NONE, Effects, Passed
from parmagic.plan.effects.keys import through
from parmagic.plan.effects.returned import meant, results
from parmagic.plan.effects.strand import Doubted, Found, Handed, Spread, Strand
from parmagic.plan.effects.walks import after_self

Given = Mapping[str, Collection[str]]  # the functions that parameters stand for
Held = Callable[[str], Collection[str]]  # the functions that a name holds which is none itself
_WHOLE = APART | {"itself", "slice"}  # a change of this is none of a part of the object


class Web:
    """The names in functions, and how they hand on to each other what they stand for.

    `def add(items): items.append(1)` changes `items`. If a function calls `add(rows)`, its `rows`
    are told so, and these tell whatever is given to them, and so on. Only what is new is told:
    among hundreds of functions that call each other, telling everything each time takes a minute.
    """

    def __init__(self, there: Mapping[str, Effects], held: Held) -> None:
        self._there = there
        self._held = held
        self._below: Mapping[str, Spread] = {}
        self._names: dict[tuple[str, str], Strand] = {}
        self._given: deque[tuple[Strand, set[str]]] = (
            deque()
        )  # functions that are not handed on yet
        self._new = False  # whether some name has not told its news yet
        self._any = Strand()  # what any method changes that Python may call for a library
        self._functions = cache(self._find)
        self._named = cache(self._functions_named)
        self._targets = cache(self._all_meant)
        self._meant = cache(lambda name, of, place: [*meant(name, of, place, there, self._named)])
        self._methods: dict[str, list[str]] = {}
        for function in sorted(there):
            if there[function].method:
                self._methods.setdefault(OWN + there[function].method, []).append(function)
        # Of those that a library may call, the ones that may change their object: asked for often.
        names = {*self._methods, *there}
        self._methods[OWN + ANY] = [
            one for one in self._like(OWN + ANY) if _may_change_itself(there[one], names)
        ]

    def hands_functions(self, name: str) -> bool:
        """Tell whether a function hands on other functions than those that it is given."""
        known = self._there[name]
        handed = {
            one
            for passed in known.passed
            for one in self._meant(passed.name, passed.of, passed.given)
        }
        return any(map(self._functions, handed - known.named))

    def spread(
        self, given: Mapping[str, Given] | None = None, below: Mapping[str, Spread] | None = None
    ) -> dict[str, Spread]:
        """Find what all functions change, but for those `below`, of which it is known.

        Those call no others, and are given no functions.
        """
        self._below = below or {}
        functions = sorted(self._there.keys() - self._below.keys())  # to say the same each time
        for function in functions:
            self._begin(function, self._there[function])
        self._gather()
        for function in functions:
            for passed in self._there[function].passed:
                if passed.to == OWN + ANY:
                    self._connect_to_any(function, passed)
                elif not passed.by and not self._is_known(passed):
                    self._connect(function, passed, self._targets(passed.to))
        for function, parameters in (given or {}).items():
            for parameter, those in parameters.items():
                self._give(self._name(function, parameter), {*those})
        self._settle()
        found = {function: Spread() for function in functions}
        for (function, name), one in self._names.items():
            if function in found:
                one.tell(name, found[function])
        return found

    def _is_known(self, passed: Passed) -> bool:
        """Tell whether it is known what a function does with both that it is given."""
        return self._there.get(passed.beside, NONE) is not NONE

    def _begin(self, function: str, known: Effects) -> None:
        """Take what a function does by itself."""
        for one in sorted(known.changed):
            self._change(self._name(function, one), "", deep=one in known.deep)
        for name, method, part, key in sorted(known.doubts):
            itself, parts = (set(), {method}) if part else ({(method, key)}, set())
            self._doubt(self._name(function, name), itself, parts)
        for name, of, kind, asked in sorted(results(known, self._there, self._named)):
            if kind:  # the value tells whether it is of that kind
                itself = set[Doubted]() if asked == "part" else {(kind, "")}
                parts = set[str]() if asked == "itself" else {kind}
                self._doubt(self._name(function, name), itself, parts)
            else:
                self._change(self._name(function, name), of)
        for passed in known.passed:
            if passed.by and not self._is_known(passed):
                self._name(function, passed.by).calls.append((function, passed))

    def _name(self, function: str, name: str) -> Strand:
        """Return what is known of a name that a function reads."""
        found = self._names.get((function, name))
        if found is None:
            found = self._names[function, name] = Strand()
            if function in self._below:
                self._take(found, name, self._below[function])
        return found

    def _take(self, found: Strand, name: str, spread: Spread) -> None:
        """Take what is known of a name of a function below."""
        if name in spread.changed:
            self._change(found, spread.changed[name], deep=name in spread.deep)
        doubts = [one for one in spread.doubts if one.name == name]
        itself = {(one.method, one.key) for one in doubts if not one.part}
        self._doubt(found, itself, {one.method for one in doubts if one.part})

    def _give(self, name: Strand, functions: set[str]) -> None:
        """Take functions that a parameter stands for."""
        new = functions - name.functions
        if new:
            name.functions |= new
            self._given.append((name, new))

    def _settle(self) -> None:
        """Tell all names what has been found out of others."""
        while self._given:
            name, functions = self._given.popleft()
            for function, passed in name.calls:
                self._connect(function, passed, sorted(functions))
            for other in name.hands:
                self._give(other, functions)
        order = _in_order(self._names.values())
        while self._new:
            self._new = False
            for name in order:
                if name.news is not None:
                    news, name.news = name.news, None
                    for handed in name.given:
                        self._hand(handed, news)

    def _news_of(self, name: Strand) -> Found:
        self._new = True
        name.news = name.news or Found()
        return name.news

    def _change(self, name: Strand, to: str, *, deep: bool = False) -> None:
        if name.changed is None or (deep and not name.deep):
            name.changed = to if name.changed is None else name.changed
            name.deep = name.deep or deep
            news = self._news_of(name)
            news.changed, news.deep = name.changed, name.deep

    def _doubt(self, name: Strand, itself: set[Doubted], parts: set[str]) -> None:
        if not (itself <= name.itself and parts <= name.parts):
            news = self._news_of(name)
            news.itself |= itself - name.itself
            news.parts |= parts - name.parts
            name.itself |= itself
            name.parts |= parts

    def _all_meant(self, to: str) -> Collection[str]:
        """List the functions that something is handed on to."""
        if to.startswith(OWN):
            return self._methods[to] if to in self._methods else self._like(to)
        return (to,)

    def _like(self, to: str) -> list[str]:
        """List the methods that a part of a name may mean: `visit_*`."""
        asked = to.removeprefix(OWN)
        found = (those for one, those in self._methods.items() if is_meant(asked, one[len(OWN) :]))
        return [each for those in found for each in those]

    def _functions_named(self, of: str) -> Collection[str]:
        """List the functions that a name stands for, also those of an object that has this name."""
        if of.startswith(OWN) or not of:
            return self._methods.get(of, ())
        inside = self._held(of)
        return (of, *inside, *(more for one in inside for more in self._held(one)))

    def _find(self, name: str) -> list[tuple[str, bool]]:
        """List the functions that a call of a name runs, and whether each is an `__init__`."""
        found = []
        for one in (name, *self._held(name)):
            made = f"{one}.__init__"
            if made in self._there:
                found.append((made, True))
            elif self._there.get(one, NONE).named:
                found.append((one, False))
        return found

    def _connect(self, function: str, passed: Passed, targets: Iterable[str]) -> None:
        """Note what one function hands on to the `targets`."""
        named, handed = self._there[function].named, list[tuple[Strand, bool, set[str]]]()
        for one in self._meant(passed.name, passed.of, passed.given):
            is_function = one not in named and one in self._there and self._functions(one)
            functions = {one} if is_function else set[str]()
            handed.append((self._name(function, one), one in named, functions))
        for to, is_class in [each for one in targets for each in self._functions(one)]:
            known, place, keys = self._there[to], passed.place, passed.keys
            if is_class:
                place, keys = after_self(place), ()
            kind = ""
            if passed.how == "perhaps" or known.method:
                # The value tells whether it has this method.
                kind = OWN + known.method if known.method and not place else CHANGEABLE
            for inside in [each for each in known.received(place) if each]:
                its, starred = self._name(to, inside), inside in known.starred
                for mine, is_given, functions in handed:
                    its.given[Handed(mine, passed.how, kind, keys, to, starred)] = None
                    if is_given:
                        mine.hands[its] = None
                    if new := mine.functions if is_given else functions:
                        self._give(its, new)

    def _gather(self) -> None:
        """Make one strand for all methods that a library may call: a package has hundreds."""
        for to in self._methods[OWN + ANY]:
            known = self._there[to]
            for inside in [each for each in known.received(0) if each]:
                kind, starred = OWN + known.method, inside in known.starred
                handed = Handed(self._any, "itself", kind, (), to, starred)
                self._name(to, inside).given[handed] = None

    def _connect_to_any(self, function: str, passed: Passed) -> None:
        """Note what one function hands on to a library, which may call any special method of it."""
        for one in self._meant(passed.name, passed.of, passed.given):
            mine = self._name(function, one)
            self._any.given[Handed(mine, passed.how, "", (), "", starred=False)] = None

    def _hand(self, handed: Handed, found: Found) -> None:
        """Tell what is given to a parameter what has been found out about that."""
        name, how, kind, keys, to, starred = handed
        itself, parts = set[Doubted](), found.parts
        if (starred and how == "itself") or (not to and how == "holds"):
            itself = {(one, "") for one in parts}
        if not to and how in ("itself", "slice", "perhaps"):
            itself |= found.itself
        elif how in ("itself", "slice"):
            known = self._there[to]
            itself |= {(one, key and through(key, known, keys)) for one, key in found.itself}
        if how not in _WHOLE:
            parts = parts.union(one for one, _ in found.itself)
        if found.changed is not None and (how not in APART or found.deep):
            if how in ("slice", "sliced"):
                itself.add((ARRAY, ""))
            elif how in ("copied", "copy"):
                itself.add((COPIED, ""))
            elif kind:
                whole = how in ("itself", "holds")
                itself |= {(kind, "")} if whole or how == "perhaps" else set()
                parts = parts | {kind} if not whole or (found.deep and how == "itself") else parts
            else:
                deep = how == "part" or (found.deep and how == "itself")
                self._change(name, to, deep=deep)
        self._doubt(name, itself, parts)


def _may_change_itself(method: Effects, known: Collection[str]) -> bool:
    """Tell whether a method changes its object, or hands it on to what may."""
    own = {*method.parameters[:1]}
    handed = (one for one in method.passed if one.name in own and one.to in known)
    doubted = (one for one in method.doubts if one.name in own)
    return not own.isdisjoint(method.changed) or any(handed) or any(doubted)


def _in_order(names: Iterable[Strand]) -> list[Strand]:
    """Put names in an order in which most have heard everything before they tell it."""
    order: list[Strand] = []
    seen: set[Strand] = set()
    waiting = [(one, False) for one in names]
    while waiting:
        name, is_done = waiting.pop()
        if is_done:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            waiting.append((name, True))
            waiting += [(handed.name, False) for handed in name.given]
    return order[::-1]
