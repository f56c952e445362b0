"""What a call changes if its arguments are of a kind that the source does not show."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.effects.alias import APART, Outside, items, parts
from parmagic.plan.effects.effects import DRAWN, Doubt, Effects
from parmagic.plan.effects.keys import looked_up, looped
from parmagic.plan.effects.targets import stored_names
from parmagic.plan.effects.walks import arguments, called_name

# Functions that read later what they are given.
_LAZY = ("zip", "enumerate", "filter", "map", "iter", "islice", "chain", "partial")


class Uncertain(NamedTuple):
    """A call, and the names of the notebook whose values tell whether it changes something."""

    line: int
    function: str  # "" for what stands in the tasks themselves
    doubts: frozenset[Doubt]
    used: frozenset[str]  # what it reads, and must not use up


def traced(call: Uncertain, node: ast.AST) -> tuple[Uncertain, Uncertain]:
    """Follow what is asked of names that a statement binds to what they are parts of.

    Returns what to ask before it runs, and what to ask of these names once they are bound.
    """
    sources: dict[str, set[Outside]] = {name: set() for name in stored_names(node)}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            for name in (each for target in inner.targets for each in stored_names(target)):
                sources[name].update(parts(inner.value, {}))
        elif isinstance(inner, ast.For | ast.comprehension):
            for name in stored_names(inner.target):
                sources[name].update(items(inner.iter, {}))
    drawn = (Doubt(name, DRAWN) for name in call.used & sources.keys() if call.function)
    reached = {each for one in (*call.doubts, *drawn) for each in _traced(one, sources)}
    later = frozenset(one for one in reached if one.name in sources)
    return (
        call._replace(doubts=frozenset(reached - later), used=call.used - sources.keys()),
        call._replace(doubts=later, used=call.used & sources.keys()),
    )


def awaiting(call: Uncertain, needs: Collection[str]) -> Uncertain:
    """Forget what is known of keys that other calls return, for which this call waits."""
    doubts = {one._replace(key="") if one.key[1:] in needs else one for one in call.doubts}
    return call._replace(doubts=frozenset(doubts))


def of_arguments(doubt: Doubt, known: Effects, call: ast.Call) -> Iterator[Doubt]:
    """Yield a doubt about a parameter as doubts about the arguments of a call."""
    for place, given in arguments(call):
        if doubt.name in known.received(place):
            for one in parts(given, {}):
                if not one.of and (one.how not in APART or doubt.part):
                    part = doubt.part or one.how in ("part", "copied", *APART)
                    yield Doubt(one.name, doubt.method, part, "" if part else doubt.key)
                    if doubt.part and doubt.name in known.starred:  # it is a part of `*args`
                        yield Doubt(one.name, doubt.method, one.how != "itself")


def inside_of(node: ast.stmt, reads: Callable[[str], bool]) -> Uncertain | None:
    """Find what the tasks of a statement read to the end: an iterator can be read only once.

    A call counts if `reads` says that its function reads what it is given: `sum(numbers)`.
    """
    used: set[str] = set()
    doubts: set[Doubt] = set()
    local, sources = {*stored_names(node)}, looped(node)
    for loop in ast.walk(node):
        if isinstance(loop, ast.For):
            inside: list[ast.AST] = [*loop.body]
        elif isinstance(loop, Comprehension):
            inside = [*elements_of(loop), *loop.generators[1:]]
        else:
            continue
        doubts |= {*looked_up(inside, sources, local)}
        for one in (one for part in inside for one in ast.walk(part)):
            if isinstance(one, ast.For | ast.comprehension):
                used |= kept_for_later(one.iter)
            elif isinstance(one, ast.Call) and reads(getattr(one.func, "id", "")):
                used |= {each.id for each in one.args if isinstance(each, ast.Name)}
    if not (used or doubts):
        return None
    return Uncertain(node.lineno, "", frozenset(doubts), frozenset(used))


def kept_for_later(given: ast.expr) -> set[str]:
    """Find the names in an argument that the function reads itself, as `zip(names)` does not."""
    if isinstance(given, ast.Call) and called_name(given.func) not in _LAZY:
        return set()
    return {one.name for one in parts(given, {})}


def _traced(doubt: Doubt, sources: dict[str, set[Outside]]) -> set[Doubt]:
    reached: set[Doubt] = set()
    waiting = [doubt]
    while waiting:
        one = waiting.pop()
        if one in reached:
            continue
        reached.add(one)
        for source in sources.get(one.name, ()):
            if not source.of and source.how not in APART:
                part = one.part or source.how in ("part", "copied")
                waiting.append(one._replace(name=source.name, part=part))
    return reached
