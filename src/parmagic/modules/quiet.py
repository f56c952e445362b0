"""Reads code of the notebook without a word: what Python warns of there, the cell has shown."""

from __future__ import annotations

import ast
import contextlib
import re
import threading
import warnings
from collections.abc import Iterator

from parmagic.modules.lock import own

# What parsing warns of: an unknown escape, a number without a space behind it as in `1if x else 2`.
_DOUBTFUL = re.compile(r"\\|\b\d[\w.]*(?:and|else|for|i[fns]|not|or)\b")
_lock = own(threading.Lock())


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Have Python warn of nothing meanwhile; no code of the user's may run there.

    One thread at a time: of two that overlap, one would restore the filters that the other has set.
    """
    with _lock, warnings.catch_warnings(action="ignore"):
        yield


def parsed(source: str) -> ast.Module:
    """Parse code, as `ast.parse` does, without warnings such as that of an unknown escape."""
    with _quiet_of(source):
        return ast.parse(source)


def parsed_expression(source: str) -> ast.Expression:
    """Parse one expression in the same way."""
    with _quiet_of(source):
        return ast.parse(source, mode="eval")


def _quiet_of(source: str) -> contextlib.AbstractContextManager[None]:
    # Only where it may be needed: changing filters has Python forget which warnings it has shown.
    return contextlib.nullcontext() if _DOUBTFUL.search(source) is None else quiet()
