"""Writes values as Python source, where that gives the same values again."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from pprint import pformat

from parmagic.modules.values.data import is_literal

LONGEST = 2_000  # characters of a value; a longer one would make a script unreadable
WIDTH = 88  # characters of a line
_CONTAINERS = (list, dict, set, tuple)


def literals(values: Iterable[object]) -> list[str] | None:
    """Write each value as an expression; None if one cannot be, or if they share a part."""
    met: Counter[int] = Counter()
    texts = [_text(value, met) for value in list(values)]
    shared = any(count > 1 for count in met.values())  # two names for one object must stay one
    return None if shared or "" in texts else texts


def _text(value: object, met: Counter[int]) -> str:
    """Write a value as an expression; "" if it cannot be."""
    if type(value) is range:
        return repr(value)
    for number, part in enumerate(_parts(value, met)):
        known = type(part) in _CONTAINERS or is_literal(part)
        if not known or number > LONGEST:
            return ""
    text = pformat(value, width=WIDTH, compact=True, sort_dicts=False)
    try:
        return text if len(text) <= LONGEST and ast.literal_eval(text) == value else ""
    except ValueError:  # an empty set
        return ""


def _parts(value: object, met: Counter[int]) -> Iterator[object]:
    """Yield a value and all it holds, each object that can be changed only once."""
    yield value
    if isinstance(value, list | dict | set):
        met[id(value)] += 1
        if met[id(value)] > 1:
            return
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _parts(key, met)
            yield from _parts(one, met)
    elif isinstance(value, _CONTAINERS):
        for one in value:
            yield from _parts(one, met)
