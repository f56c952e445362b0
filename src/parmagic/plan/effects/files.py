"""Tells whether code writes to the same file in each call: no argument says which."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence

from parmagic.modules.bound import assigned
from parmagic.plan.effects.targets import names_in, names_set
from parmagic.plan.effects.walks import called_name, nodes_in

_OPENING = frozenset(("open", "to_csv", "to_json"))
_APPENDING = re.compile("[bt+]*a[bt+]*")
_ANEW = re.compile("[bt+]*[wx][bt+]*")
_WRITING = frozenset(("write_text", "write_bytes"))  # methods of paths
# Functions that make a path, or a text, of nothing but their arguments.
_PATHS = frozenset(("Path", "PurePath", "join", "joinpath", "expanduser", "fspath", "str"))


def appends(body: Sequence[ast.AST], own: Collection[str], inner: Collection[str] = ()) -> bool:
    """Tell whether code appends to a file that does not depend on its `own` names.

    What it assigns itself, also `inner` names, depends on what that is made of.
    """
    nodes = nodes_in(*body)
    return _are_same(_opened(nodes, _APPENDING), nodes, own, inner)


def writes_anew(body: Sequence[ast.AST], own: Collection[str], inner: Collection[str]) -> bool:
    """Tell whether code writes such a file anew."""
    nodes = nodes_in(*body)
    methods = [one.func for one in nodes if isinstance(one, ast.Call)]
    files = _opened(nodes, _ANEW)
    files += [
        one.value for one in methods if isinstance(one, ast.Attribute) and one.attr in _WRITING
    ]
    kept = [one for one in files if "null" not in ast.unparse(one)]
    return _are_same(kept, nodes, own, inner)


def _opened(nodes: Sequence[ast.AST], wanted: re.Pattern[str]) -> list[ast.expr]:
    """List what names the files that calls open in a wanted mode."""
    found: list[ast.expr] = []
    for call in (one for one in nodes if isinstance(one, ast.Call)):
        name = called_name(call.func)
        modes = [one.value for one in call.keywords if one.arg == "mode"]
        modes += call.args[:2] if name == "open" else []  # `open(path, "a")`, `path.open("a")`
        asked = (one for one in modes if wanted.fullmatch(str(getattr(one, "value", ""))))
        mode = next(asked, None)
        if name not in _OPENING or mode is None:
            continue
        if call.args and call.args[0] is not mode:
            found.append(call.args[0])
        elif isinstance(call.func, ast.Attribute):
            found.append(call.func.value)
    return found


def _are_same(
    files: Sequence[ast.expr],
    nodes: Sequence[ast.AST],
    own: Collection[str],
    inner: Collection[str],
) -> bool:
    """Tell whether one of the files is the same in each call, whatever the `own` names are."""
    if not files:
        return False
    told = {*own, *inner, *names_set(nodes)}
    told |= {one.arg for one in nodes if isinstance(one, ast.arg)}
    told -= _same_in_each(nodes, told).difference(own)
    return any(names_in(one).isdisjoint(told) for one in files)


def _same_in_each(nodes: Sequence[ast.AST], told: Collection[str]) -> set[str]:
    """List the names that are the same in each call: `path = folder / "log.txt"`."""
    values: dict[str, list[ast.expr]] = {}
    for target, value in (pair for one in nodes for pair in assigned(one)):
        if isinstance(target, ast.Name):
            values.setdefault(target.id, []).append(value)
    stored = names_set(nodes)
    found: set[str] = set()
    for _ in values:  # each may be made of those before it
        for name, made in values.items():
            fixed = all(_is_path(one) and names_in(one).isdisjoint({*told} - found) for one in made)
            if fixed and stored.count(name) == len(made):
                found.add(name)
    return found


def _is_path(value: ast.expr) -> bool:
    calls = (one for one in nodes_in(value) if isinstance(one, ast.Call))
    return all(called_name(one.func) in _PATHS for one in calls)
