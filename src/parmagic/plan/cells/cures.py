"""What to write instead where calls of the user's functions cannot be tasks."""

from __future__ import annotations

import ast
from collections.abc import Callable

from parmagic.modules.mutators import ALONE
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import all_assigned, root_of
from parmagic.plan.effects.walks import given_to, named
from parmagic.plan.names import read_names

# What calls a function that it is given for each of its items.
_EACH = """
    map filter filterfalse starmap max min nlargest nsmallest sorted sort groupby takewhile
    dropwhile apply applymap agg aggregate transform vectorize imap imap_unordered delayed
"""
_MAPS = ("map", "starmap", "imap", "imap_unordered")  # whose second argument has the items
_ONCE = ("Process", "Thread", "submit", "apply_async")  # what begins one call of it
# What else is certain to call it.
_CALLING = """
    reduce accumulate pipe timeit minimize minimize_scalar curve_fit least_squares root root_scalar
    fsolve brentq quad dblquad odeint solve_ivp differential_evolution dual_annealing
"""
_each = frozenset(_EACH.split())
_calling = _each.union(_CALLING.split())


def calls_given(call: ast.Call) -> bool:
    """Tell whether something is called, by its name, that calls a function which it is given."""
    return _name(call) in _calling


def why_given(call: ast.Call, is_own: Callable[[str], bool]) -> str:
    """Say what to do with a call that is given a function of the user's; "" if it is given none."""
    given = _given_to(call, is_own)
    if not given:
        return ""
    by = _name(call)
    if by in _ONCE:
        return f"`{given}` is called by {named(call)}, not by the cell: write `a = {given}(...)`"
    if by not in _each:
        said = f"{named(call)} is given `{given}`"
        return f"{said}: call it in a function of yours, and that in the cell"
    said = f"`{given}` is called by {named(call)}, not by the cell"
    if isinstance(call.func, ast.Attribute) and any(map(_goes_by_rows, call.keywords)):
        table = ast.unparse(call.func.value)
        return f"{said}: write `[{given}(row) for _, row in {table}.iterrows()]`"
    item, items = "x", "..."
    match call.args:
        case [ast.Name(id=name), over] if by in _MAPS and name == given:
            item, items = "*x" if by == "starmap" else "x", ast.unparse(over)
    return f"{said}: write `[{given}({item}) for x in {items}]`"


def _goes_by_rows(given: ast.keyword) -> bool:
    """Tell whether an argument says that a table gives its rows: its items are its columns."""
    axis = given.value if given.arg == "axis" else None
    return isinstance(axis, ast.Constant) and axis.value in (1, "columns")


def _name(call: ast.Call) -> str:
    return getattr(call.func, "attr", root_of(call.func) or "")


def _given_to(call: ast.Call, is_own: Callable[[str], bool]) -> str:
    """Name the first function of the user's that a call is given, by itself or in a `lambda`."""
    for given in given_to(call):
        inside = ast.walk(given.body) if isinstance(given, ast.Lambda) else [given]
        for one in inside:
            if isinstance(one, ast.Name) and is_own(one.id):
                return one.id
    return ""


def values_first(loop: ast.For, meaning: Meaning, changed: str = "") -> str:
    """Say how the calls of a loop can be tasks; "" if they may read what its turns change."""
    call = next(one for part in loop.body for one in meaning.own_calls(part))
    inside = all_assigned(loop.body)
    read = {*read_names(call)}
    if changed and (inside & read or changed in read.union(*map(meaning.through, read))):
        return ""
    if inside & read:
        call = ast.Call(call.func, [ast.Constant(...)], [])
    values = ast.ListComp(call, [ast.comprehension(loop.target, loop.iter, [], 0)])
    return f": make the values first, as in `values = {ast.unparse(values)}`"


def why_changed(name: str, target: ast.expr) -> str:
    """Say that a temporary which may be the notebook's is changed; a method may only read it."""
    called = isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Load)
    if not called or getattr(target, "attr", "") in ALONE:
        return f"`{name}` is changed in place"
    text = f"`{name}` may be changed by `{ast.unparse(target)}()`"
    return f"{text}: call it in a function of yours that makes `{name}`, too"
