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
    called = _called(text)
    if called is None:
        return ""
    if isinstance(item, tuple) and len(item) == called.parts:
        item = item[called.part]
    if not (is_container(item) or is_table(item) or is_own_object(item)):
        return ""
    holder, _, name = called.name.rpartition(".")
    if called.name.startswith("."):
        if name in CALLED_TO_CHANGE and not is_own_object(item):
            (entry,) = [one.definition for one in text.spans if one.definition.name == ENTRY]
            return _said(entry, "", called.own, 1)
        holder = next((one.__name__ for one in type(item).__mro__ if name in vars(one)), "")
    for definition in (span.definition for span in text.spans):
        if definition.name == (holder or name):
            method = name if holder else ""
            for argument, line in _changes(definition.block, method, called.place):
                return _said(definition, name, argument, line - len(definition.head))
    return ""


def _said(definition: Definition, name: str, argument: str, line: int) -> str:
    place = f"{cells.label(definition.filename)} line {definition.line + line - 1}"
    by = f"{f'`{shown_name(name)}`' if name else 'the line'} in {place}"
    return f"`{argument}`, changed by {by}, changes only in the worker: return it"


def _called(text: ModuleText) -> _Called | None:
    """Find what each task calls with its item."""
    if same := _SAME.search(text.text):
        attribute = re.search(rf"^{same[1]} = ([\w.]+)$", text.text, re.MULTILINE)
        return _Called((attribute or same)[1])
    entry = next((span.definition for span in text.spans if span.definition.name == ENTRY), None)
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
def _changes(source: str, method: str, place: int) -> tuple[tuple[str, int], ...]:
    """Find where a function that returns nothing changes what it is given at a place.

    It is the first in a source, or that of a class that has such a name.
    """
    nodes = parsed(source).body
    if method:
        nodes = [one for node in nodes if isinstance(node, ast.ClassDef) for one in node.body]
    functions = [one for one in nodes if isinstance(one, Def) and method in ("", one.name)]
    return tuple(_changes_of(functions[0], place)) if functions else ()


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
