"""Tells what a class reads of the function that has made it."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from types import CellType, FunctionType
from typing import Any

from parmagic.modules.bound import assigned, mangled
from parmagic.modules.closures import cells_of, variables_of
from parmagic.modules.definitions.attributes import ANNOTATE, is_within
from parmagic.modules.definitions.settled import given_in_body
from parmagic.modules.definitions.wrapped import functions_in
from parmagic.modules.quiet import quiet
from parmagic.modules.source import Found

# What the functions of a class have from Python itself: for `super()`, and for annotations (3.14).
_OF_PYTHON = ("__class__", "__classdict__")


def own_functions(value: type, found: Found) -> Iterator[FunctionType]:
    """Yield the functions that the statement itself has made: not those of `dataclass`."""
    for attribute, member in vars(value).items():
        if isinstance(member, type) and member.__qualname__.startswith(f"{value.__qualname__}."):
            yield from own_functions(member, found)
        for one in functions_in(member):
            # What evaluates annotations begins with the decorators.
            if is_within(one, found) or attribute in ANNOTATE:
                yield one
            else:  # a decorator of the notebook may hold it
                hidden = (held for held in variables_of(one).values() if type(held) is FunctionType)
                yield from (held for held in hidden if is_within(held, found))


def class_variables(value: type, found: Found) -> dict[str, CellType] | None:
    """Return the variables around it that a class reads; for what only its body read, new ones.

    None if it is not known what one held: the body has read it, and kept only what it made of it.
    """
    cells = {name: CellType(held) for name, held in _seen(value, found).items()}
    for function in own_functions(value, found):
        annotate = getattr(function, "__annotate__", None)  # since Python 3.14
        for one in filter(None, (function, annotate)):
            cells |= cells_of(one)
    own = {*_OF_PYTHON, *(one.__name__ for one in getattr(value, "__type_params__", ()))}
    around, read = (each - own for each in _read(found))
    if not read <= cells.keys():
        return None
    return {name: cells[name] for name in sorted(around & cells.keys())}


def _seen(value: type, found: Found) -> dict[str, Any]:
    """Return what names meant that the body has assigned as they are, or used as annotations."""
    # Not since Python 3.14, which evaluates them when somebody asks.
    annotations: Mapping[str, Any] = vars(value).get("__annotations__", {})
    given = {**vars(value), **given_in_body(value, found)}
    held: dict[str, Any] = {}
    for node in getattr(found.node, "body", ()):
        for target, expression in assigned(node):
            own = mangled(getattr(target, "id", ""), value.__name__)
            if isinstance(expression, ast.Name) and own in given:
                held[expression.id] = given[own]
        if isinstance(node, ast.AnnAssign) and isinstance(node.annotation, ast.Name):
            kind = annotations.get(getattr(node.target, "id", ""), "")
            if not isinstance(kind, str):
                held[node.annotation.id] = kind
    return held


def _read(found: Found) -> tuple[set[str], set[str]]:
    """Name what a class may read of the function around it, and what its body and methods do read.

    What annotations read may be missing: since Python 3.14, they are evaluated when asked for.
    """
    with quiet():
        tables = [symtable.symtable(found.source, found.filename, "exec")]
    for table in tables:  # it grows meanwhile
        inner = table.get_children()
        tables.extend(inner)
        if table.get_type() == "class" and table.get_lineno() == found.node.lineno:
            parts = [_free(part) for part in inner if part.get_type() != "annotation"]
            names = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
            return _free(table).union(*parts), _free(table) & names.union(*parts)
    return set(), set()


def _free(table: symtable.SymbolTable) -> set[str]:
    found = (one.get_name() for one in table.get_symbols() if one.is_free())
    return {name for name in found if name.isidentifier()}  # not `.type_params`
