"""How near to each other two numbers must be to count as equal."""

from __future__ import annotations

import cmath
from contextvars import ContextVar
from typing import Any

# A part of the larger number, and a difference near 0; with 0, numbers must be the same.
tolerance: ContextVar[float] = ContextVar("tolerance", default=0.0)


def near(one: Any, other: Any) -> bool:
    """Tell whether two numbers, of whatever class, are within the tolerance of each other."""
    close = tolerance.get()
    if not close or isinstance(one, bool) or isinstance(other, bool):
        return False
    try:
        return cmath.isclose(one, other, rel_tol=close, abs_tol=close)
    except TypeError:  # they are no numbers
        return False


def near_arrays(numpy: Any, one: Any, other: Any) -> Any:
    """Say of each element of two arrays whether it is near its fellow; None if none can be."""
    close = tolerance.get()
    if not close or one.dtype.kind not in "iufc" or other.dtype.kind not in "iufc":
        return None
    return numpy.isclose(one, other, rtol=close, atol=close, equal_nan=True)
