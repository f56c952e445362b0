"""The names that an expression reads from outside itself, and the answer to a missing one."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from functools import lru_cache

from parmagic.arguments import closest
from parmagic.modules.names import names_read
from parmagic.modules.quiet import parsed

_BUILTINS = frozenset(dir(builtins))
# How near a built-in name must be: `score` is rather a function whose cell has not been run.
_MISTYPED = 0.8


def read_names(code: str | ast.AST) -> tuple[str, ...]:
    """List the names that an expression reads, but does not assign by `:=`, in order."""
    return _read_names(code if isinstance(code, str) else ast.unparse(code))


@lru_cache(maxsize=1024)  # the same line is asked about several times, and is often run again
def _read_names(source: str) -> tuple[str, ...]:
    # In a function own names are local; elsewhere Python 3.12 also lists those of comprehensions.
    inside = f"async def _():\n return ({source}\n)"  # where it may await
    outside = names_read(inside).all
    return tuple(dict.fromkeys(one.id for one in in_order(parsed(inside)) if one.id in outside))


def in_order(tree: ast.AST) -> list[ast.Name]:
    """List the names that stand in code, in the order of its text."""
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return sorted(names, key=lambda one: (one.lineno, one.col_offset))


def free_names(code: str | ast.AST) -> tuple[str, ...]:
    """List what `read_names` does, without Python's built-in names."""
    return tuple(name for name in read_names(code) if name not in _BUILTINS)


def missing_name_message(name: str, namespace: Mapping[str, object]) -> str:
    """Say in one line that `name` is not defined, with the nearest name that is."""
    known = [key for key in namespace if not key.startswith("_")]
    same = (key for key in known if key.casefold() == name.casefold())
    near = next(same, "") or closest(name, known) or closest(name, _BUILTINS, _MISTYPED)
    if near:
        return f"name `{name}` is not defined: did you mean `{near}`?"
    return f"name `{name}` is not defined: run the cell that defines it first"
