"""Reads what arguments and options are given: whole numbers, numbers, and words nearly right."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable

_QUOTED = 40  # characters of a value that a message quotes
_ALIKE = 0.65  # of 1.0: below that, difflib finds `errors` near `verbose`


def whole(value: object) -> int | None:
    """Read a whole number, also one of numpy; None if it is none: True is not meant as 1."""
    try:
        return None if isinstance(value, bool) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def number(value: object) -> float | None:
    """Read a number, also one of numpy; None if it is none, or neither large nor small (NaN)."""
    if not isinstance(value, int | float):
        from numbers import Real  # here: it is seldom asked for

        if not isinstance(value, Real):
            return None
    if isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN is not equal to itself
        return None
    return float(value)


def said(value: object) -> str:
    """Say what was given: a short and simple value as it is, of others what they are."""
    simple = isinstance(value, str | int | float | os.PathLike | None)
    text = repr(value) if simple else ""
    return text if simple and len(text) <= _QUOTED else f"a {type(value).__name__}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Add "; did you mean ...?" with the known word nearest to `word`; empty if none is near."""
    found = near(word, known)
    return f"; did you mean `{found}`?" if found else ""


def near(word: str, known: Iterable[str]) -> str:
    """Return the known word nearest to `word`; empty if none is near."""
    known = list(known)
    parts = [each for each in known if each in word or (len(word) > len("--") and word in each)]
    if parts:
        return parts[0]
    bare = {each.lstrip("-"): each for each in known}  # dashes that both have are no likeness
    found = closest(word.lstrip("-"), bare)
    return bare[found] if found else ""


def closest(word: str, known: Iterable[str], alike: float = _ALIKE) -> str:
    """Return the known word that is spelt most like `word`; empty if none is `alike`."""
    import difflib  # here: a slip is rare, and this takes longer to import than this file

    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=alike)), "")
