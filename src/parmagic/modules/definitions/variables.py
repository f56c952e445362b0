"""Tells what a class reads of the function that has made it."""

from __future__ import annotations

import symtable
from collections.abc import Iterator
from types import FunctionType
from typing import Any

from parmagic.modules.quiet import quiet
from parmagic.modules.source import Found, method_functions, variables_of

# What the functions of a class have from Python itself: for `super()`, and for annotations (3.14).
_OF_PYTHON = ("__class__", "__classdict__")


def own_functions(value: type, found: Found) -> Iterator[FunctionType]:
    """Yield the functions that the statement itself has made: not those of `dataclass`."""
    for one in method_functions(value):
        if one.__code__.co_filename == found.filename:
            yield one


def class_variables(value: type, found: Found) -> dict[str, Any] | None:
    """Return the variables around it that a class reads, with what they hold.

    None if nobody knows what one was: the body itself has read it, or a method that has been
    wrapped.
    """
    held: dict[str, Any] = {}
    names: set[str] = set()
    for function in own_functions(value, found):
        annotate = getattr(function, "__annotate__", None)  # since Python 3.14
        for one in filter(None, (function, annotate)):
            held |= variables_of(one)
            names.update(one.__code__.co_freevars)
    for name in _OF_PYTHON:
        held.pop(name, None)
    return held if _read(found) <= names else None


def _read(found: Found) -> set[str]:
    """Name what the body and the methods of a class read of the function around it.

    What annotations read may be missing: since Python 3.14, they are evaluated when asked for.
    """
    with quiet():
        tables = [symtable.symtable(found.source, found.filename, "exec")]
    for table in tables:  # it grows meanwhile
        inner = table.get_children()
        tables.extend(inner)
        if table.get_type() == "class" and table.get_lineno() == found.node.lineno:
            around = {one.get_name() for one in table.get_symbols() if one.is_free()}
            read = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
            for part in inner:
                if part.get_type() != "annotation":
                    read |= {one.get_name() for one in part.get_symbols() if one.is_free()}
            return around & read
    return set()
