"""What the body of a loop must not contain if its turns are to be tasks."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator

from parmagic.plan.effects.changing import SAVING
from parmagic.plan.effects.files import appends
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import is_names, names_in, root_of, stored_names
from parmagic.plan.effects.walks import given_to, statements
from parmagic.plan.reason import Refusal

_WORDS: dict[type[ast.AST], str] = {
    ast.Break: "break", ast.While: "while", ast.With: "with", ast.Try: "try", ast.TryStar: "try",
    ast.FunctionDef: "def", ast.AsyncFunctionDef: "async def", ast.ClassDef: "class",
    ast.Import: "import", ast.ImportFrom: "import", ast.Delete: "del", ast.Global: "global",
    ast.Match: "match", ast.NamedExpr: ":=",
}  # fmt: skip


# What a function that the loop calls may have as well.
_MOVABLE = ("while", "with", "try", "match", ":=")


def refuse_constructs(node: ast.For) -> None:
    """Refuse a loop with a statement or an expression that no turn of it may have."""
    _refuse_head(node)
    own = {*stored_names(node)}
    for inner in (each for part in (node.target, *node.body) for each in ast.walk(part)):
        if _writes_again(inner, own):
            raise Refusal("each turn writes to the same file", inner)
        if type(inner) in _WORDS:
            word = _WORDS[type(inner)]
            cure = ": put it into a function" if word in _MOVABLE else ""
            raise Refusal(f"it contains `{word}`{cure}", inner)
        if isinstance(inner, ast.For):
            _refuse_head(inner)


def _refuse_head(node: ast.For) -> None:
    if node.orelse:
        raise Refusal("the loop has an `else`", node.orelse[0])
    if not is_names(node.target):
        raise Refusal(f"`{ast.unparse(node.target)}` is assigned for each item", node.target)


def _writes_again(node: ast.AST, own: Collection[str]) -> bool:
    """Tell whether something writes to a file that none of the loop's own names tells."""
    if isinstance(node, ast.Call):
        return appends([node], own)
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    given = given_to(call)
    saves = SAVING.match(call.func.attr) and root_of(call.func) in own
    return bool(saves and given) and all(names_in(one).isdisjoint(own) for one in given)


def refuse_rewriting(calls: Iterable[ast.Call], meaning: Meaning) -> None:
    """Refuse calls that would write one file at the same time."""
    for call in calls:
        for name in meaning.rewrites(call) if meaning.is_own_call(call) else ():
            raise Refusal(f"`{name}()` writes the same file in each call", call)


def refuse_kept(loop: ast.For, meaning: Meaning) -> None:
    """Refuse a loop whose turns keep a `lambda`, or a function that a call makes."""
    for node in statements(loop.body):
        kept: list[ast.expr | None] = []
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            kept = [node.value]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            # `done.append(lambda: x)`; a function of a name, such as `print`, keeps none.
            kept = [*node.value.args] if isinstance(node.value.func, ast.Attribute) else []
        for value in kept:
            if value is not None:
                refuse_function(value, meaning)


def refuse_function(value: ast.expr, meaning: Meaning) -> None:
    """Refuse a value that is or holds a `lambda`: it reads what the last turn has assigned.

    In a task it would read what its own has; and no worker process could send it back. Nor could it
    send a function that a call returns.
    """
    for one in _held(value):
        if isinstance(one, ast.Lambda):
            raise Refusal("it keeps a `lambda`, which reads its names later", one)
        if meaning.is_own_call(one) and (text := meaning.gives(one)):
            raise Refusal(text, one)


def lambdas_of(node: ast.AST) -> Iterator[ast.Lambda]:
    """Find those that a value is or holds: not what a call is given, which may use it at once."""
    return (one for one in _held(node) if isinstance(one, ast.Lambda))


def _held(node: ast.AST) -> Iterator[ast.Lambda | ast.Call]:
    if isinstance(node, ast.Lambda | ast.Call):
        yield node
    else:
        for child in ast.iter_child_nodes(node):
            yield from _held(child)
