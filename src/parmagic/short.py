"""Values in few words, for messages and debuggers; saying them never fails."""

from __future__ import annotations

import reprlib
from typing import Any


class Short(reprlib.Repr):
    """A `Repr` that also has words for what cannot say what it is."""

    def __init__(self, characters: int, items: int | None = None) -> None:
        super().__init__()
        self.maxstring = self.maxother = characters
        if items is not None:
            self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdict = items

    def repr(self, x: Any) -> str:
        """Say a value; of one whose own words fail, the class."""
        try:
            return super().repr(x)
        except Exception:  # noqa: BLE001 - by the name of a class, Repr takes it for a built-in one
            return object.__repr__(x)

    def repr_int(self, x: int, level: int) -> str:
        """Say a number, of which Python refuses to write more than some thousand digits."""
        try:
            return super().repr_int(x, level)
        except ValueError:
            return f"<int of {x.bit_length():,} bits>"


def short(value: object, longest: int = 60) -> str:
    """Say a value in one line of at most so many characters."""
    text = " ".join(Short(longest).repr(value).split())
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
