"""What names stand for after an assignment, or after two branches."""

from __future__ import annotations

import ast

from parmagic.plan.effects.alias import NOTHING, Outside, copied, held, items, parts, returned_by
from parmagic.plan.effects.targets import root_of, stored_names

Names = dict[str, frozenset[Outside]]


def bound(names: Names, target: ast.expr, value: ast.expr) -> Names:
    """Say what names stand for after an assignment."""
    if isinstance(target, ast.Tuple | ast.List):
        starred = any(isinstance(one, ast.Starred) for one in target.elts)
        given = value.elts if isinstance(value, ast.Tuple | ast.List) and not starred else []
        if given and len(given) == len(target.elts):
            found = names
            for one, of in zip(target.elts, given, strict=True):
                now = bound(names, one, of)
                found = {**found, **{name: now[name] for name in stored_names(one)}}
            return found
        return {**names, **dict.fromkeys(stored_names(target), items(value, names))}
    if isinstance(target, ast.Name):
        names = {**names, target.id: parts(value, names)}
        if isinstance(value, ast.Lambda):
            names[f"{target.id}()"] = returned_by(value, names)
        elif isinstance(value, ast.Name) and f"{value.id}()" in names:
            names[f"{target.id}()"] = names[f"{value.id}()"]
        return names
    if isinstance(target, ast.Attribute | ast.Subscript):
        return put(names, target, value)
    return names


def put(names: Names, into: ast.expr, value: ast.expr, *, itself: bool = True) -> Names:
    """Say that the object of a local name holds a value from now on, or its parts."""
    root = root_of(into)
    if root not in names:
        return names
    found = parts(value, names)
    return {**names, root: names[root] | copied(found) | (held(found) if itself else NOTHING)}


def joined(one: Names, other: Names) -> Names:
    """Say what names stand for after two branches."""
    return {name: one.get(name, NOTHING) | other.get(name, NOTHING) for name in {**one, **other}}
