"""What an object keeps of what it is made with, and what its methods change of that.

`Box(items)` may keep the list itself: then `add` appends to that list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple

from parmagic.modules.bound import assigned
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def, positional
from parmagic.plan.effects.alias import APART, Outside, parts
from parmagic.plan.effects.called import IN_PLACE
from parmagic.plan.effects.effects import Doubt, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.made import global_change
from parmagic.plan.effects.walks import nodes_in

_MARK = "__of_self__"


class _Changed(NamedTuple):
    """What methods change: attributes of their object, and some if they are of a certain kind."""

    attributes: frozenset[str]
    doubts: frozenset[Doubt]


def keeping(
    known: Effects, kept: Mapping[str, Iterable[Outside]], methods: Iterable[str]
) -> Effects:
    """Add to the effects of an `__init__` what methods may change of what it keeps.

    Args:
        known: The effects of the `__init__` itself.
        kept: What each attribute may be: parameters, and what functions return.
        methods: The source texts of the methods, also of the bases.

    """
    found = [_changed_by(one) for one in methods]
    changed = {
        each for one in found for attribute in one.attributes for each in kept.get(attribute, ())
    }
    asked = {
        (doubt, each) for one in found for doubt in one.doubts for each in kept.get(doubt.name, ())
    }
    results = {each for each in changed if each.of}
    results |= {each._replace(by=doubt.method) for doubt, each in asked if each.of}
    doubts = {doubt._replace(name=each.name, key="") for doubt, each in asked if not each.of}
    names = {one.name for each in kept.values() for one in each} - {""}
    return known._replace(
        changed=known.changed | {each.name for each in changed if not each.of},
        doubts=known.doubts | doubts,
        results=known.results | results,
        returns=frozenset(Outside(name, "part") for name in names),
    )


def kept_by(text: str) -> dict[str, set[Outside]]:
    """Find what an `__init__` keeps of what it is given, and of what functions return."""
    found: dict[str, set[Outside]] = {}
    init = _method(text)
    if init is None:
        return found
    given = positional(init)[:1]
    for node in nodes_in(init):
        for target, value in assigned(node):
            if isinstance(target, ast.Attribute) and getattr(target.value, "id", "") in given:
                kept = {one for one in parts(value, {}) if one.how not in APART}
                found.setdefault(target.attr, set()).update(kept)
    return found


def _method(text: str) -> Def | None:
    return next((node for node in nodes_in(parsed(text)) if isinstance(node, Def)), None)


@lru_cache(maxsize=4096)
def _changed_by(text: str) -> _Changed:
    method = _method(text)
    given = positional(method)[:1] if method is not None else []
    if method is None or not given:
        return _Changed(frozenset(), frozenset())
    doubts = {
        Doubt(node.target.attr, IN_PLACE[type(node.op)])
        for node in nodes_in(method)
        if isinstance(node, ast.AugAssign)
        and isinstance(node.target, ast.Attribute)
        and _is_of(node.target, given[0])
    }
    known = effects(ast.unparse(_Marker(given[0]).visit(method)))
    marked = {name for one in nodes_in(method) if (name := _marked(one))}
    attributes = {
        name
        for name in marked
        if global_change(_MARK + name) in known.changes or _MARK + name in known.lightly
    }
    doubts |= {
        one._replace(name=one.name.removeprefix(_MARK))
        for one in known.doubts
        if one.name.startswith(_MARK)
    }
    return _Changed(frozenset(attributes), frozenset(doubts))


def _is_of(node: ast.AST, itself: str) -> bool:
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == itself


def _marked(node: ast.AST) -> str:
    name = node.id if isinstance(node, ast.Name) else ""
    return name.removeprefix(_MARK) if name.startswith(_MARK) else ""


class _Marker(ast.NodeTransformer):
    """Writes `self.items`, where it is read, as a name of its own."""

    def __init__(self, itself: str) -> None:
        self._itself = itself

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if _is_of(node, self._itself) and isinstance(node.ctx, ast.Load):
            return ast.copy_location(ast.Name(_MARK + node.attr, node.ctx), node)
        return node
