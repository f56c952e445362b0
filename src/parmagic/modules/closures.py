"""The variables that functions read of the functions around them."""

from __future__ import annotations

from types import CellType, FunctionType
from typing import Any

EMPTY = CellType()  # equal to every variable without a value, and to no other


def cells_of(function: FunctionType) -> dict[str, CellType]:
    """Return the variables around a closure, by their names; not its own type parameters."""
    cells: dict[str, CellType] = {}
    for part in (_annotate(function), function):
        if part is not None:
            cells.update(zip(part.__code__.co_freevars, part.__closure__ or (), strict=True))
    # Of Python 3.12; and what annotations in a class have, of 3.14.
    own = {one.__name__ for one in getattr(function, "__type_params__", ())} | {"__classdict__"}
    return {name: cells[name] for name in sorted(cells.keys() - own)}


def variables_of(function: FunctionType) -> dict[str, Any]:
    """Return what the variables around a closure hold; not those without a value."""
    cells = cells_of(function).items()
    return {name: cell.cell_contents for name, cell in cells if cell != EMPTY}


def _annotate(function: FunctionType) -> FunctionType | None:
    """Return what evaluates the annotations of a function, since Python 3.14.

    What `functools.wraps` has given it is that of another function.
    """
    code, found = function.__code__, getattr(function, "__annotate__", None)
    if not isinstance(found, FunctionType):
        return None
    lines = [line for *_, line in code.co_lines() if line]
    within = code.co_firstlineno <= found.__code__.co_firstlineno <= max(lines)
    return found if within and found.__code__.co_filename == code.co_filename else None
