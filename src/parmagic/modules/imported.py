"""Tells whether an import that has not run yet will bind a function of the user's."""

from __future__ import annotations

import ast
import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from parmagic.modules.bound import bound_names, defined_function
from parmagic.modules.own import is_own_function
from parmagic.modules.own_modules import is_own_file
from parmagic.modules.quiet import quiet


def is_own_import(module: str, name: str) -> bool:
    """Tell whether `from module import name` binds a function whose calls are tasks.

    Nothing is imported for it: of a module that is not loaded yet, the file is read.
    """
    return _is_own(module, name, frozenset())


def _is_own(module: str, name: str, asked: frozenset[str]) -> bool:
    loaded = sys.modules.get(module)
    if loaded is not None:
        return is_own_function(getattr(loaded, name, None))
    path = None if module in asked else _file_of(module)
    if path is None or not is_own_file(path):
        return False
    try:
        with quiet():  # what Python warns of, the import itself shows once
            tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False  # the import will say so
    package = module if Path(path).name == "__init__.py" else module.rpartition(".")[0]
    own = False
    for node in tree.body:
        if defined_function(node) == name:
            own = True
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                if (each.asname or each.name) == name:
                    origin = _origin(node, package)
                    own = bool(origin) and _is_own(origin, each.name, asked | {module})
        elif name in bound_names(node):
            own = False
    return own


def _origin(node: ast.ImportFrom, package: str) -> str:
    """Name the module that `from ... import` in a module of `package` means; "" if none."""
    try:
        return importlib.util.resolve_name("." * node.level + (node.module or ""), package)
    except ImportError:
        return ""


def _file_of(module: str) -> str | None:
    """Find the file of a module, without importing its package, as `find_spec` would."""
    spec: ModuleSpec | None = None
    try:
        for at, part in enumerate(module.split(".")):
            if at == 0:
                spec = importlib.util.find_spec(part)
            elif spec is not None and spec.submodule_search_locations is not None:
                spec = PathFinder.find_spec(f"{spec.name}.{part}", spec.submodule_search_locations)
            else:
                return None
    except (ImportError, ValueError):
        return None
    return spec.origin if spec is not None else None
