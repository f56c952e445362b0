"""What the body of a loop must not contain if its turns are to be tasks."""

from __future__ import annotations

import ast

from parmagic.plan.reason import Refusal
from parmagic.plan.targets import is_names

_WORDS: dict[type[ast.AST], str] = {
    ast.Break: "break", ast.While: "while", ast.Return: "return", ast.With: "with",
    ast.AsyncWith: "async with", ast.AsyncFor: "async for", ast.Try: "try", ast.TryStar: "try",
    ast.FunctionDef: "def", ast.AsyncFunctionDef: "async def", ast.ClassDef: "class",
    ast.Import: "import", ast.ImportFrom: "import", ast.Delete: "del", ast.Global: "global",
    ast.Nonlocal: "nonlocal", ast.Match: "match", ast.Yield: "yield", ast.YieldFrom: "yield",
    ast.Await: "await", ast.NamedExpr: ":=",
}  # fmt: skip


# What a function that the loop calls may have as well.
_MOVABLE = ("while", "with", "try", "match", ":=")


def refuse_constructs(node: ast.For) -> None:
    """Refuse a loop with a statement or an expression that no turn of it may have."""
    if node.orelse:
        raise Refusal("the loop has an `else`", node.orelse[0])
    if not is_names(node.target):
        raise Refusal(f"`{ast.unparse(node.target)}` is assigned for each item", node.target)
    for inner in (each for part in (node.target, *node.body) for each in ast.walk(part)):
        if type(inner) in _WORDS:
            word = _WORDS[type(inner)]
            cure = ": put it into a function" if word in _MOVABLE else ""
            raise Refusal(f"it contains `{word}`{cure}", inner)
        if isinstance(inner, ast.For) and inner.orelse:
            raise Refusal("a loop in it has an `else`", inner)
