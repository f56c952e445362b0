"""The defaults of a function: as they were when it was defined, whatever names mean now."""

from __future__ import annotations

import ast
from types import FunctionType

from parmagic.modules.data import is_literal
from parmagic.modules.source import Definition


def default_lines(definition: Definition, value: object) -> list[str]:
    """Write the lines that give a function the defaults it has in the notebook.

    None are needed where its source says them (`n=5`), and none can be written for what is no
    constant (`n=table`): a worker then evaluates the source again.
    """
    if type(value) is not FunctionType or hasattr(value, "__wrapped__"):
        return []
    positional, named = value.__defaults__ or (), value.__kwdefaults__ or {}
    if _said_by_source(definition) or not all(map(is_literal, (*positional, *named.values()))):
        return []
    lines = [f"{definition.name}.__defaults__ = {positional!r}"] if positional else []
    return lines + ([f"{definition.name}.__kwdefaults__ = {named!r}"] if named else [])


def _said_by_source(definition: Definition) -> bool:
    nodes = ast.walk(ast.parse(definition.block))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    found = next((node for node in nodes if isinstance(node, kinds)), None)
    if found is None:
        return True
    defaults = (*found.args.defaults, *found.args.kw_defaults)
    return all(default is None or isinstance(default, ast.Constant) for default in defaults)
