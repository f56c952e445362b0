"""Functions that tasks have made and return, such as the `lambda` in `defaultdict(lambda: 0)`.

What tasks return comes back as a pickle, but a function that a task has made has no name by which a
pickle could refer to it. So its code goes as Python writes it into `.pyc` files, which the same
Python can read. Its globals are then those of the module of the same name where it arrives.
"""

from __future__ import annotations

import marshal
import sys
from types import CellType, FunctionType
from typing import Any

from parmagic.modules.closures import EMPTY

# What a function is given beside its code. Since Python 3.14, a function makes its annotations.
_ATTRIBUTES = (
    *("__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__"),
    "__annotations__" if sys.version_info < (3, 14) else "__annotate__",
)


def take_apart(function: FunctionType) -> tuple[Any, ...] | None:
    """Say what a pickle is to hold of a function; None if its globals are those of no module.

    The variables around it come last: one of them may hold the function itself.
    """
    home = function.__globals__.get("__name__")
    if not isinstance(home, str):
        return None
    if getattr(sys.modules.get(home), "__dict__", None) is not function.__globals__:
        return None
    variables = function.__closure__ or ()
    held = [(cell, cell.cell_contents) for cell in variables if cell != EMPTY]
    attributes = {name: getattr(function, name) for name in _ATTRIBUTES}
    made_of = sys.hexversion, home, marshal.dumps(function.__code__), variables
    return make, made_of, (held, attributes, vars(function)), None, None, complete


def make(version: int, home: str, code: bytes, variables: tuple[CellType, ...]) -> FunctionType:
    """Make a function of its parts; TypeError if they are of another Python."""
    if version != sys.hexversion:
        raise TypeError("it holds a function, whose code is of another version of Python")
    loaded = marshal.loads(code)  # noqa: S302 - from a worker of ours, whose pickles we trust, too
    return FunctionType(loaded, vars(sys.modules[home]), closure=variables or None)


def complete(function: FunctionType, state: tuple[Any, ...]) -> None:
    """Give a function what it holds."""
    held, attributes, own = state
    for cell, content in held:
        cell.cell_contents = content
    for name, value in attributes.items():
        setattr(function, name, value)
    vars(function).update(own)


def variable() -> CellType:
    """Make a variable around functions, which may share it; it is given its value later."""
    return CellType()
