"""Finds the `if`s of a loop that decide by what turns change, as in `if y > best: best = y`.

A task cannot know how they decide. So they are changes as a whole: the notebook runs them in serial
order, and a task gives them no more than the temporaries that they read.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from parmagic.modules.source import Comprehension
from parmagic.plan.cells.objects import changes_in
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import all_assigned, assigned_anew, stored_names
from parmagic.plan.effects.walks import statements
from parmagic.plan.names import read_names

_SIMPLE = ast.If | ast.Assign | ast.AugAssign | ast.Expr | ast.Pass
_HIDING = ast.Lambda | Comprehension  # names mean something else in these


def choices_of(loop: ast.For, meaning: Meaning) -> list[ast.If]:
    """List the outermost such `if`s, of those in which nothing but changes stands."""
    targets = {*stored_names(loop.target)}
    changed = {one.name for one in changes_in(loop.body, meaning)}
    found = [*_ifs(loop.body)]
    while True:
        inside = {one for node in found for one in statements([node])}
        outside = [one for one in statements(loop.body) if one not in inside]
        temporaries = targets.union(*map(assigned_anew, outside))
        wrong = [one for one in found if not _is_choice(one, changed, temporaries, meaning)]
        if not wrong:
            return found
        found = [one for one in found if one not in wrong]
        found += [inner for one in wrong for inner in _ifs([*one.body, *one.orelse])]


def _ifs(body: Sequence[ast.stmt]) -> Iterator[ast.If]:
    for node in body:
        if isinstance(node, ast.If):
            yield node
        elif isinstance(node, ast.For):
            yield from _ifs(node.body)


def _is_choice(
    node: ast.If, changed: Collection[str], temporaries: Collection[str], meaning: Meaning
) -> bool:
    inside = [*statements([node])]
    bound = all_assigned([node])
    touched = bound | {one.name for one in changes_in([node], meaning)}
    if touched.intersection(temporaries):
        return False
    tests = [one.test for one in inside if isinstance(one, ast.If)]
    read = {name for test in tests for name in read_names(test)}
    carried = read.intersection(bound.union(changed)).difference(temporaries)
    return any(map(meaning.exists, carried)) and _is_simple(node, inside, meaning)


def _is_simple(node: ast.If, inside: Sequence[ast.stmt], meaning: Meaning) -> bool:
    """Tell whether the notebook can run an `if` with no more than the values of some names."""
    if not all(isinstance(one, _SIMPLE) for one in inside):
        return False
    made = {one.value for one in inside if isinstance(one, ast.Expr)}  # `done.append(y)`
    for one in ast.walk(node):
        if isinstance(one, _HIDING):
            return False
        if isinstance(one, ast.Call):
            pure = meaning.is_pure_call(one)
            if meaning.is_own_call(one) or not (pure or one in made):
                return False
    return True
