"""Takes the calls out of a statement that are tasks: of `a, b = f(1), g(2)`, both.

They run as if each had been a statement of its own, with a hidden name. What is left, `a, b =
_parmagic_value_0, _parmagic_value_1`, the notebook runs when they are done, as far as they have
values: so whatever else it does, and whichever part fails first, is as it is serially.
"""

from __future__ import annotations

import ast
import copy
from typing import Any, NamedTuple

from parmagic.modules.mutators import CHANGING
from parmagic.modules.names import chain_of
from parmagic.modules.source import Comprehension
from parmagic.plan.cells.step import CallStatement
from parmagic.plan.effects.meaning import Meaning, is_pure, may_change
from parmagic.plan.effects.targets import is_names, root_of
from parmagic.plan.effects.walks import calls_in
from parmagic.plan.quote import Quote

HIDDEN = "_parmagic_value_"  # begins the names of values
# What is in these may not run, or several times, or in another order than it is written.
_PERHAPS = ast.IfExp | ast.BoolOp | ast.Lambda | Comprehension
_BINDING = ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom


class Apart(NamedTuple):
    """A statement, and the calls that were taken out of it."""

    calls: list[CallStatement]  # in the order in which Python calls
    rest: ast.stmt  # with hidden names in their places


def taken_apart(node: ast.stmt, meaning: Meaning, quote: Quote) -> Apart | None:
    """Take the calls out of what a statement evaluates first; None if it has none.

    Taken are calls that run in any case, unless something fails, and whose arguments, and what is
    evaluated before them, change nothing.
    """
    field = "test" if isinstance(node, ast.If) else "value"
    value = getattr(node, field, None)
    known = isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr | ast.If)
    # `counts[key] += f(x)` may make a new item before it calls `f`, which reads it.
    known |= isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    if not (value and known and any(meaning.own_calls(value))):
        return None
    if any(isinstance(one, _BINDING) for one in ast.walk(value)):
        return None
    rest = copy.copy(node)
    taker = _Taker(node, meaning, quote)
    setattr(rest, field, taker.taken(value))
    return Apart(taker.calls, rest) if taker.calls else None


def is_late(rest: ast.stmt, meaning: Meaning) -> bool:
    """Tell whether what is left of a statement may wait until calls below it have begun.

    It binds names, or changes what these lead to, or prints, and runs no code of the user's.
    """
    changed: list[ast.expr] = []
    method: ast.Attribute | None = None
    match rest:
        case ast.Expr(ast.Call(ast.Name("print"), given, [])) if meaning.is_builtin("print"):
            read = given
        case ast.Expr(ast.Call(ast.Attribute(attr=name) as method, given, [])) if name in CHANGING:
            changed, read = [method], given
        case ast.Assign(targets, value):
            changed, read = [one for one in targets if not is_names(one)], [value]
        case ast.AugAssign(value=value) | ast.Expr(value):
            read = [value]
        case _:
            return False
    for one in changed:
        if isinstance(one, ast.Subscript):
            method = ast.Attribute(one.value, "__setitem__", ast.Load())
            read = [*read, one.slice]
        elif one is not method:  # `item.x = y` may run any code
            return False
        read = [*read, method.value]
        if root_of(method) is None or meaning.has_state(method):
            return False
    return all(is_pure(one, meaning) for one in read)


class _Taker:
    """Goes through an expression in the order in which Python evaluates it."""

    def __init__(self, statement: ast.stmt, meaning: Meaning, quote: Quote) -> None:
        self.calls: list[CallStatement] = []
        self._statement = statement
        self._quote = quote
        self._meaning = meaning
        self._changed = False  # whether what is before may change what calls read

    def taken(self, node: Any) -> Any:
        """Return what is left of a part, with names in the places of calls."""
        if node is None:  # a `**` in a dict has no key
            return None
        meaning = self._meaning
        several = isinstance(node, ast.Compare) and len(node.ops) > 1
        keyed = isinstance(node, ast.Dict) and any(calls_in(*filter(None, node.keys)))
        if isinstance(node, _PERHAPS) or several or keyed:
            self._changed = self._changed or may_change(node, meaning)
            return node
        made = copy.copy(node)
        own = isinstance(node, ast.Call) and meaning.is_own_call(node)
        for name, part in ast.iter_fields(node):
            if isinstance(part, list):
                setattr(made, name, [*map(self.taken, part)])
            elif isinstance(part, ast.AST) and not (own and part is node.func):
                setattr(made, name, self.taken(part))
        if own and not (self._changed or meaning.gives(node)):
            return self._hidden(made, node)
        if isinstance(node, ast.Call):
            self._changed = self._changed or may_change(made, meaning)
        return made

    def _hidden(self, call: ast.Call, written: ast.Call) -> ast.expr:
        """Make a call a statement of its own; return the hidden name of its value."""
        name = f"{HIDDEN}{len(self.calls)}"
        target = ast.copy_location(ast.Name(name, ast.Store()), call)
        node = ast.copy_location(ast.Assign([target], call), call)
        self.calls.append(
            CallStatement(
                chain_of(call.func) or "", call, [target], node, written, self._quote(written),
                original=self._statement,
            )
        )  # fmt: skip
        return ast.copy_location(ast.Name(name, ast.Load()), call)
