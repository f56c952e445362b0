"""Says why something that a function reads cannot be sent to another process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from parmagic import cells
from parmagic.main import MAINS
from parmagic.modules.needs import Reader, shown_name
from parmagic.modules.own import is_defined_here, is_nameless
from parmagic.modules.source import find_in_file
from parmagic.modules.values.culprit import OR_THREAD, SOURCELESS, blame, kind_of, remedy_for


def refusal(
    name: str, value: object, reader: Reader, references: Callable[[object], object]
) -> str:
    """Say that a value cannot be sent, where it is read, why not, and what to do instead."""
    name = shown_name(name)
    remedy = remedy_for([value], "function")
    edited = _edited(value)
    if edited or _has_successor(value):
        remedy = f"import it anew{OR_THREAD}"
    elif isinstance(value, FunctionType):
        # Outside of a notebook: code of `python -c`, or from a pipe, has no source.
        where = "file" if cells.shell() is None else "cell"
        if value.__module__ not in MAINS and "<locals>" in value.__qualname__:
            where = "file, outside of functions"
        remedy = f"define it with `def`, in a {where}{OR_THREAD}"
    what = f"`{name}` ({kind_of(value)}), read by {reader.place(name)}"
    if not reader.text:  # it is itself what the tasks call
        name = reader.name
        place = f"{cells.label(reader.filename)} line {reader.line}"
        what = f"`{name}` ({kind_of(value)}), called in {place}"
    if edited:
        because = f"because `{edited}` has been edited since it was imported"
    elif is_defined_here(value):
        because = SOURCELESS
    elif _has_successor(value):
        because = f"because its module `{value.__module__}` has been reloaded since"
    else:
        because = blame(value, name, references)
    return f"{what}, cannot be sent to another process {because}: {remedy}"


def _edited(value: Any) -> str:
    """Name the file of a function whose source is not there any more, since that was edited."""
    if not is_nameless(value) or find_in_file(value.__code__):
        return ""
    filename = value.__code__.co_filename
    return cells.label(filename) if cells.source(filename) else ""


def _has_successor(value: Any) -> bool:
    """Tell whether a module has another function or class by now in the place of this one."""
    if not isinstance(value, FunctionType | type) or value.__module__ in MAINS:
        return False
    return getattr(sys.modules.get(value.__module__), value.__qualname__, value) is not value
