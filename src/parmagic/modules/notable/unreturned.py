"""An item that tasks change and do not return: in worker processes it was a copy, and is lost."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from parmagic import cells
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.mutators import CALLED_TO_CHANGE
from parmagic.modules.needs import shown_name
from parmagic.modules.notable.changes import changed, root
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def, positional
from parmagic.modules.text import ENTRY, ModuleText
from parmagic.modules.values.kinds import ATOMS, is_container, is_own_object, is_table

_SAME = re.compile(rf"^{ENTRY} = ([\w.]+)$", re.MULTILINE)  # the entry is a function by its name


class _Called(NamedTuple):
    """What each task calls with its item, or with a part of it."""

    name: str  # of the function; of a method of that itself, `.move`, else `Particle.move`
    place: int = 0  # of that among the arguments
    own: str = ""  # its name in the line, if that is an expression
    part: int = 0  # which part it is
    parts: int = 0  # as many as the item has


def unreturned(text: ModuleText, item: object) -> str:
    """Say where the function of the tasks changes `item`, if it returns nothing; else ""."""
    if type(item) in ATOMS:
        return ""
    definitions = {one.name: one for one in text.definitions}
    called = _called(text.text, definitions.get(ENTRY))
    if called is None:
        return ""
    if isinstance(item, tuple) and len(item) == called.parts:
        item = item[called.part]
    if not (is_container(item) or is_table(item) or is_own_object(item)):
        return ""
    holder, _, name = called.name.rpartition(".")
    if called.name.startswith("."):
        if name in CALLED_TO_CHANGE and not is_own_object(item):
            return _said(definitions[ENTRY], "", called.own, 1)
        holder = next((one.__name__ for one in type(item).__mro__ if name in vars(one)), "")
    definition = definitions.get(holder or name)
    change = definition and _change(definition.block, name if holder else "", called.place)
    if not (definition and change):
        return ""
    argument, line = change
    return _said(definition, name, argument, line - len(definition.head))


def _said(definition: Definition, name: str, argument: str, line: int) -> str:
    place = f"{cells.label(definition.filename)} line {definition.line + line - 1}"
    by = f"{f'`{shown_name(name)}`' if name else 'the line'} in {place}"
    return f"`{argument}`, changed by {by}, changes only in the worker: return it"


def _called(text: str, entry: Definition | None) -> _Called | None:
    """Find what each task calls with its item."""
    if same := _SAME.search(text):
        attribute = re.search(rf"^{same[1]} = ([\w.]+)$", text, re.MULTILINE)
        return _Called((attribute or same)[1])
    return None if entry is None else _called_by(entry.block)


@lru_cache(maxsize=64)
def _called_by(source: str) -> _Called | None:
    match parsed(source).body:
        case [
            ast.FunctionDef(
                args=ast.arguments(args=parameters),
                body=[ast.Return(value=ast.Call(func=function, args=args))],
            )
        ]:
            own = [one.arg for one in parameters]
            match function:
                case ast.Attribute(value=ast.Name(id=name), attr=method) if name in own:
                    return _Called(f".{method}", 0, name, own.index(name), len(own))
                case ast.Name() | ast.Attribute():
                    for place, given in enumerate(args):
                        if isinstance(given, ast.Name) and (name := given.id) in own:
                            called = ast.unparse(function)
                            return _Called(called, place, name, own.index(name), len(own))
    return None


@lru_cache(maxsize=64)
def _change(source: str, method: str, place: int) -> tuple[str, int] | None:
    """Find where a function that returns nothing first changes what it is given at a place.

    It is the first in a source, or that of a class that has such a name.
    """
    nodes = parsed(source).body
    if method:
        nodes = [one for node in nodes if isinstance(node, ast.ClassDef) for one in node.body]
    functions = [one for one in nodes if isinstance(one, Def) and method in ("", one.name)]
    return next(_changes_of(functions[0], place), None) if functions else None


def _changes_of(function: Def, place: int) -> Iterator[tuple[str, int]]:
    first = positional(function)[place : place + 1]
    nodes = list(ast.walk(function))
    for node in nodes:
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Lambda):
            return
        if isinstance(node, ast.Return) and node.value is not None:
            return
        if isinstance(node, ast.Name) and node.id in first and isinstance(node.ctx, ast.Store):
            return  # by then it may be another
    for node in nodes:
        for whole, how in changed(node):
            name = root(whole)
            if name is not None and name.id in first and how != "called":
                yield name.id, name.lineno
