"""What a call changes only if what it is given is of a kind that its source does not show."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from parmagic.plan.alias import Outside, items, parts
from parmagic.plan.effects import Doubt
from parmagic.plan.targets import stored_names


class Uncertain(NamedTuple):
    """A call, and the names of the notebook whose values tell whether it changes something."""

    line: int
    function: str
    doubts: frozenset[Doubt]
    used: frozenset[str]  # what it is given, or reads by itself: not to be used up by it


def traced(call: Uncertain, node: ast.AST) -> Uncertain:
    """Say of the names that loops and comprehensions bind what they are parts of."""
    sources: dict[str, set[Outside]] = {}
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            for name in (each for target in inner.targets for each in stored_names(target)):
                sources.setdefault(name, set()).update(parts(inner.value, {}))
        elif isinstance(inner, ast.For | ast.comprehension):
            for name in stored_names(inner.target):
                sources.setdefault(name, set()).update(items(inner.iter, {}))
    doubts = frozenset(each for one in call.doubts for each in _traced(one, sources))
    return call._replace(doubts=doubts, used=call.used - sources.keys())


def _traced(doubt: Doubt, sources: dict[str, set[Outside]]) -> Iterable[Doubt]:
    reached: set[Doubt] = set()
    waiting = [doubt]
    while waiting:
        one = waiting.pop()
        if one in reached:
            continue
        reached.add(one)
        for source in sources.get(one.name, ()):
            if not source.of and source.how != "holds":
                part = one.part or source.how == "part"
                waiting.append(one._replace(name=source.name, part=part))
    return [one for one in reached if one.name not in sources]
