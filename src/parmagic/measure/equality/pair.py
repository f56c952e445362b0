"""The pairs of values that are compared, inside of two others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


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
