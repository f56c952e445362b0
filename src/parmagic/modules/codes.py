"""Compiled code, and the functions and classes within it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from types import CodeType

CODES = 1000  # pieces of code of which is kept what was read in them: it is asked at every run


def inside(code: CodeType) -> list[CodeType]:
    """List the code of the functions and classes that stand in that of another."""
    return [one for one in code.co_consts if isinstance(one, CodeType)]


def nested(code: CodeType) -> Iterator[CodeType]:
    """Yield code, and that of all functions and classes within it."""
    yield code
    for one in inside(code):
        yield from nested(one)


@lru_cache(maxsize=CODES)
def names_in(code: CodeType) -> frozenset[str]:
    """Return the names that code reads, of globals and of attributes, with all within it."""
    return frozenset(name for one in nested(code) for name in one.co_names)
