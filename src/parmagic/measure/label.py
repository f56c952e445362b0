"""A label is the code of a task, as a person would write it."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from parmagic.modules.quiet import parsed

_CALL = re.compile(r"(?:[\w.]+ = )?([^\W\d][\w.]*)\(")  # f(...), a = f(...)


@lru_cache(maxsize=1024)
def function_of(label: str) -> str:
    """Name the function that the code of a task calls; the code itself where it calls none."""
    simple = _CALL.match(label)
    if simple:
        return simple[1]
    try:
        tree = parsed(label)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return label
    called = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    first = next(called, None)
    return label if first is None else ast.unparse(first)
