"""Two values that are compared, inside of two others, and how near two numbers must be."""

from __future__ import annotations

import cmath
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any, NamedTuple

# Of the larger number, and a difference that is allowed near 0; with 0.0, both must be the same.
tolerance: ContextVar[float] = ContextVar("tolerance", default=0.0)


class Pair(NamedTuple):
    """Two values, still to be compared, at a place inside what holds them."""

    place: str
    expected: object
    actual: object


class Different(NamedTuple):
    """A place at which two values were found to differ, with both as text."""

    place: str
    expected: str
    actual: str


Pairs = Iterator[Pair | Different]


def near(one: Any, other: Any) -> bool:
    """Tell whether two numbers, of whatever class, are within the tolerance of each other."""
    close = tolerance.get()
    if not close or isinstance(one, bool) or isinstance(other, bool):
        return False
    if isinstance(one, int) and isinstance(other, int):  # exactly: no float may hold them
        part, whole = close.as_integer_ratio()
        return abs(one - other) * whole <= part * max(abs(one), abs(other), 1)
    try:
        return cmath.isclose(one, other, rel_tol=close, abs_tol=close)
    except Exception:  # noqa: BLE001 - they are no numbers: a user's class may raise anything
        return False


def near_arrays(numpy: Any, one: Any, other: Any) -> Any:
    """Say of each element of two arrays whether it is near its fellow; None if none can be.

    As for numbers: by a part of the larger of both (`numpy.isclose` takes a part of the second).
    """
    close = tolerance.get()
    if not close or one.dtype.kind not in "iufc" or other.dtype.kind not in "iufc":
        return None
    # Half precision is too coarse for a tolerance; unsigned numbers have no negative difference.
    kind = numpy.result_type(one, other, numpy.float64)
    first, second = one.astype(kind), other.astype(kind)
    with numpy.errstate(invalid="ignore", over="ignore"):
        apart, larger = abs(first - second), numpy.maximum(abs(first), abs(second))
        finite = numpy.isfinite(larger)
        return finite & (apart <= close * numpy.maximum(larger, 1.0))
