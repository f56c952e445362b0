"""Changes of the objects that a loop goes through: `for s in students: s.grade = grade(s.marks)`.

Each turn changes its own, which the notebook does in serial order as all changes of a loop. A task
has a copy of its object as it was before; so no other turn may read it, by whatever way.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from parmagic.modules.mutators import CHANGING
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import assigned_names, depth_of
from parmagic.plan.effects.walks import called_name, statements
from parmagic.plan.reason import Reason

# What these return is neither what they are given, nor holds it.
_NEW = ("len", "str", "repr", "int", "float", "bool", "sum", "dict", "list", "set", "sorted", "get")
_PAIRED = ("enumerate", "zip", "items")  # whose items can be unpacked twice


class Item(NamedTuple):
    """A change of the object that a loop variable stands for."""

    name: str
    attribute: str  # that is assigned; "" if it is changed as a container
    reason: Reason  # why the loop is serial where the objects are not of a kind for that


def is_of_item(loop: ast.For, target: ast.expr, node: ast.stmt) -> bool:
    """Tell whether a statement changes what a loop variable is, and not something inside of it."""
    call = node.value if isinstance(node, ast.Expr) else None
    method = isinstance(call, ast.Call) and call.func is target and called_name(target) in CHANGING
    assigned = isinstance(node, ast.Assign) and isinstance(getattr(target, "ctx", None), ast.Store)
    if depth_of(target) or not (method or assigned):  # `row["n"] += x` may add to a list in it
        return False
    if isinstance(loop.target, ast.Name):
        return True
    names = loop.target.elts if isinstance(loop.target, ast.Tuple) else []
    flat = bool(names) and all(isinstance(one, ast.Name) for one in names)
    return flat and isinstance(loop.iter, ast.Call) and called_name(loop.iter.func) in _PAIRED


def may_hold(value: ast.AST, name: str, meaning: Meaning) -> bool:
    """Tell whether a value may be the object that a name stands for, or hold it."""
    if isinstance(value, ast.Name):
        return value.id == name
    if isinstance(value, ast.Attribute | ast.Subscript) and isinstance(value.value, ast.Name):
        return False  # a part of it, which does not lead back: that is seen when the loop begins
    if isinstance(value, ast.Call):
        new = called_name(value.func) in _NEW and meaning.is_pure_call(value)
        if new or (meaning.is_own_call(value) and not meaning.hands_back(value)):
            return False
    return any(may_hold(one, name, meaning) for one in ast.iter_child_nodes(value))


def given_names(body: Iterable[ast.stmt], names: Collection[str]) -> Iterator[ast.AST]:
    """Yield what the statements of a body bind some names to."""
    for node in statements(body):
        if {*names}.isdisjoint(assigned_names(node)):
            continue
        if isinstance(node, ast.For):
            yield ast.Subscript(node.iter, ast.Constant(0), ast.Load())
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value:
            yield node.value
