"""The names that a piece of code reads from outside itself, and those that it binds."""

from __future__ import annotations

import ast
import builtins
import difflib
import symtable
import warnings
from collections.abc import Mapping

from parmagic.modules.names import names_read

_BUILTINS = frozenset(dir(builtins))


def read_names(source: str) -> tuple[str, ...]:
    """List the names that an expression takes from its surroundings, in order of appearance.

    What the expression assigns itself, with `:=`, is left out.
    """
    with warnings.catch_warnings(action="ignore"):  # whoever runs the code shows them, once
        outside = names_read(f"({source}\n)").all - bound_names(f"({source}\n)")
        tree = ast.parse(f"({source}\n)")
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    nodes.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in nodes if node.id in outside))


def free_names(source: str) -> tuple[str, ...]:
    """List what `read_names` does, without Python's built-in names."""
    return tuple(name for name in read_names(source) if name not in _BUILTINS)


def bound_names(source: str) -> frozenset[str]:
    """Find the names that running `source` binds or deletes where it runs.

    What a function, a lambda or a comprehension keeps to itself is not among them. After
    `from module import *` nobody can tell; see `binds_anything`.
    """
    top = symtable.symtable(source, "<plan>", "exec")
    return frozenset(
        symbol.get_name()
        for symbol in top.get_symbols()
        # A `:=` inside a comprehension binds outside it, and shows here as declared global.
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_declared_global()
    )


def binds_anything(node: ast.stmt) -> bool:
    """Tell whether a statement holds `from module import *`, which may bind any name."""
    return any(
        isinstance(inner, ast.ImportFrom) and any(alias.name == "*" for alias in inner.names)
        for inner in ast.walk(node)
    )


def missing_name_message(name: str, namespace: Mapping[str, object]) -> str:
    """Say in one line that `name` is not defined, with the nearest name that is."""
    known = [*(key for key in namespace if not key.startswith("_")), *_BUILTINS]
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"name `{name}` is not defined: did you mean `{near[0]}`?"
    return f"name `{name}` is not defined: run the cell that defines it first"
