"""The pairs of values that are compared, inside of two others; and a value in few words."""

from __future__ import annotations

import reprlib
from typing import NamedTuple

LONGEST = 60  # characters of a shown value


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


class _Short(reprlib.Repr):
    """A repr in one short line."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 40
        self.maxlong = 24
        self.maxlevel = 3
        self.maxdict = self.maxlist = self.maxtuple = self.maxset = self.maxdeque = 4


def short(value: object) -> str:
    """Show a value in one line of at most `LONGEST` characters, whatever its repr does."""
    try:
        text = " ".join(_Short().repr(value).split())
    except Exception:  # noqa: BLE001 - a user's `__repr__` may raise anything
        text = f"<{type(value).__name__}>"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
