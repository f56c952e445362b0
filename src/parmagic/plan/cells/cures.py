"""What to write instead where the turns of a loop cannot be tasks."""

from __future__ import annotations

import ast

from parmagic.modules.mutators import ALONE
from parmagic.plan.effects.pure import Meaning
from parmagic.plan.effects.targets import all_assigned
from parmagic.plan.names import read_names


def values_first(loop: ast.For, meaning: Meaning, changed: str = "") -> str:
    """Say how the calls of a loop can be tasks; "" if they may read what its turns change."""
    call = next(one for part in loop.body for one in meaning.own_calls(part))
    inside = all_assigned(loop.body)
    read = {*read_names(ast.unparse(call))}
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
