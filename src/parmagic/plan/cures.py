"""What to write instead where the turns of a loop cannot be tasks."""

from __future__ import annotations

import ast

from parmagic.plan.names import read_names
from parmagic.plan.pure import Meaning
from parmagic.plan.targets import assigned_names, statements


def values_first(loop: ast.For, meaning: Meaning) -> str:
    """Say how the calls of a loop can be tasks, which its turns cannot be."""
    call = next(one for part in loop.body for one in meaning.own_calls(part))
    inside = {name for node in statements(loop.body) for name in assigned_names(node)}
    if inside.intersection(read_names(ast.unparse(call))):
        call = ast.Call(call.func, [ast.Constant(...)], [])
    values = ast.ListComp(call, [ast.comprehension(loop.target, loop.iter, [], 0)])
    return f"make the values first, as in `values = {ast.unparse(values)}`"
