"""Finds what calls a function of the user's for each item: `list(map(f, xs))`, `max(xs, key=f)`.

It is called as before, but with items that were read and with another function: `max(xs, key=f)`
becomes `max(*run.kept(0, xs), key=run.calls(0, f))`. The first call of that runs the tasks, all
calls give their values in order. So whatever it does with the values, it does as serially.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import NamedTuple, cast

from parmagic.modules.names import chain_of
from parmagic.plan.cells.iterated import of_run
from parmagic.plan.effects.meaning import Meaning

_WITH_KEYS = ("max", "min", "sorted")
_LETTERS = "xyzuvw"


class Each(NamedTuple):
    """A call that calls a function for each item."""

    call: ast.Call
    function: ast.expr
    items: Sequence[ast.expr]  # what it goes through
    spelled: ast.GeneratorExp  # what is called for each, as a comprehension

    @property
    def waits(self) -> bool:
        """Tell whether nothing is called before somebody reads what it returns."""
        return not self.call.keywords

    def with_runs(self, number: int) -> ast.Call:
        """Put runs into the places of its function and its items."""
        calls = of_run("calls", ast.Constant(number), self.function)
        kept = ast.Starred(of_run("kept", ast.Constant(number), *self.items), ast.Load())
        self.call.args = [calls, kept] if self.waits else [kept]
        for keyword in self.call.keywords:
            keyword.value = calls if keyword.arg == "key" else keyword.value
        return self.call


def each_of(node: ast.AST, meaning: Meaning) -> Each | None:
    """Take a call apart that calls a function of the user's for each item; None if it does not."""
    found = _parts(node) if isinstance(node, ast.Call) else None
    if found is None or not all(map(meaning.is_builtin, (found[0], "zip"))):
        return None
    name, function, items = found
    spelled = _spelled(function, items)
    for one in () if spelled is None else ast.walk(spelled):
        ast.copy_location(one, node)
    if spelled is None or not any(meaning.own_calls(spelled.elt)):
        return None
    if name == "filter":  # an object that is true might be one that cannot be sent
        truth = ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), spelled.elt))
        spelled.elt = ast.fix_missing_locations(ast.copy_location(truth, node))
    return Each(cast("ast.Call", node), function, items, spelled)


def _parts(call: ast.Call) -> tuple[str, ast.expr, Sequence[ast.expr]] | None:
    """Return what is called, the function that it is given, and the items."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    keys = {one.arg: one.value for one in call.keywords}
    if None in keys or any(isinstance(one, ast.Starred) for one in call.args):
        return None
    if name in _WITH_KEYS and "key" in keys and len(call.args) == 1:
        return name, keys["key"], call.args
    if (name == "map" and len(call.args) > 1) or (name == "filter" and len(call.args) == 2):
        return None if keys else (name, call.args[0], call.args[1:])
    return None


def _spelled(function: ast.expr, items: Sequence[ast.expr]) -> ast.GeneratorExp | None:
    """Write a comprehension that calls a function for items; None if it is not one of a name."""
    if isinstance(function, ast.Lambda):
        given, element = function.args, function.body
        names = [one.arg for one in given.args]
        others = (given.posonlyargs, given.kwonlyargs, given.defaults, given.vararg, given.kwarg)
        if any(others) or len(names) != len(items):
            return None
    else:
        root = chain_of(function).partition(".")[0]
        names = [one for one in _LETTERS if one != root][: len(items)]
        if not root or len(names) < len(items):
            return None
        element = ast.Call(function, [ast.Name(one, ast.Load()) for one in names], [])
    targets: list[ast.expr] = [ast.Name(one, ast.Store()) for one in names]
    target, iterated = targets[0], items[0]
    if len(items) > 1:
        target = ast.Tuple(targets, ast.Store())
        iterated = ast.Call(ast.Name("zip", ast.Load()), [*items], [])
    clause = ast.comprehension(target, iterated, [], 0)
    return copy.deepcopy(ast.GeneratorExp(element, [clause]))
