"""Remembers what was made of the texts of cells, up to as much text as a long notebook has."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import TypeVar

from parmagic.modules.lock import own

MOST = 300_000  # characters: a syntax tree is about a hundred times as large as its text

Made = TypeVar("Made")


def remembered(make: Callable[[str], Made]) -> Callable[[str], Made]:
    """Have a function remember what it has made of the texts that it was last asked for."""
    known: dict[str, Made] = {}
    size = 0
    lock = own(threading.Lock())

    @functools.wraps(make)
    def made_of(text: str) -> Made:
        nonlocal size
        with lock:
            if text in known:
                known[text] = made = known.pop(text)  # now the last
                return made
        made = make(text)
        with lock:
            size += 0 if text in known else len(text)
            known[text] = made
            while size > MOST and len(known) > 1:
                oldest = next(iter(known))
                del known[oldest]
                size -= len(oldest)
        return made

    return made_of
