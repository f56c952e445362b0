"""An item that tasks change and do not return: in worker processes it was a copy, and is lost."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from parmagic import cells
from parmagic.modules.changes import changed, is_container, is_own_object, is_table, root
from parmagic.modules.definition import Definition
from parmagic.modules.needs import shown_name
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def
from parmagic.modules.text import ENTRY, ModuleText

_SAME = re.compile(rf"^{ENTRY} = (\w+)$", re.MULTILINE)  # the entry is a function by its name


def unreturned(text: ModuleText, item: object) -> str:
    """Say where the function of the tasks changes `item`, if it returns nothing; else ""."""
    if not (is_container(item) or is_table(item) or is_own_object(item)):
        return ""
    name = _called(text)
    for definition in (span.definition for span in text.spans):
        if definition.name == name:
            for argument, line in _changes(definition.block):
                return _said(definition, argument, line - len(definition.head))
    return ""


def _said(definition: Definition, argument: str, line: int) -> str:
    place = f"{cells.label(definition.filename)} line {definition.line + line - 1}"
    by = f"`{shown_name(definition.name)}` in {place}"
    return f"`{argument}`, changed by {by}, changes only in the worker: return it"


def _called(text: ModuleText) -> str | None:
    """Name the function that each task calls with its item, and with that alone."""
    if same := _SAME.search(text.text):
        return same[1]
    entry = next((span.definition for span in text.spans if span.definition.name == ENTRY), None)
    return None if entry is None else _called_by(entry.block)


@lru_cache(maxsize=64)
def _called_by(source: str) -> str | None:
    match parsed(source).body:
        case [
            ast.FunctionDef(
                args=ast.arguments(args=[ast.arg(arg=own)]),
                body=[
                    ast.Return(
                        value=ast.Call(
                            func=ast.Name(id=name), args=[ast.Name(id=given)], keywords=[]
                        )
                    )
                ],
            )
        ] if own == given:
            return name
    return None


@lru_cache(maxsize=64)
def _changes(source: str) -> tuple[tuple[str, int], ...]:
    """Find where a function that returns nothing changes what it is first given."""
    function = next((node for node in parsed(source).body if isinstance(node, Def)), None)
    return () if function is None else tuple(_changes_of(function))


def _changes_of(function: Def) -> Iterator[tuple[str, int]]:
    first = [one.arg for one in (*function.args.posonlyargs, *function.args.args)][:1]
    nodes = list(ast.walk(function))
    for node in nodes:
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Lambda):
            return
        if isinstance(node, ast.Return) and node.value is not None:
            return
        if isinstance(node, ast.Name) and node.id in first and isinstance(node.ctx, ast.Store):
            return  # by then it may be another
    for node in nodes:
        for place, _ in changed(node):
            name = root(place)
            if name is not None and name.id in first:
                yield name.id, name.lineno
