"""Tells whether a method of an object may do something else than its name says."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from types import ModuleType
from typing import Any

from parmagic.magics.inside import items_of
from parmagic.modules.own import is_own_class
from parmagic.modules.values.kinds import is_generator

_LOOKED_AT = 100  # elements of a container
_MISSING = object()


def has_state(value: object, steps: Sequence[str | None], method: str) -> bool:
    """Tell whether a method of what is found in a value may change it, or read what changes.

    Args:
        value: What a name of the notebook holds.
        steps: The names of attributes, and None for any element, that lead from it to the object.
        method: The name of the method.

    """
    found = [value]
    for step in steps:
        found = [part for one in found for part in _parts(one, step)]
    return any(one is _MISSING or _has_state(one, method) for one in found)


def _parts(value: object, step: str | None) -> Collection[Any]:
    """Look into a value without running any code of it."""
    if step is not None:
        if isinstance(value, ModuleType) or hasattr(value, "__dict__"):
            held = vars(value)
            if step in held:
                return (held[step],)
        return (_MISSING,) if is_own_class(type(value)) else ()
    return [*islice(items_of(value) or (), _LOOKED_AT)]


def _has_state(value: object, method: str) -> bool:
    kind = value if isinstance(value, type) else type(value)
    definer = next((one for one in kind.__mro__ if method in vars(one)), None)
    if is_own_class(kind if definer is None else definer):
        return True
    if isinstance(value, Iterator) or is_generator(value):
        return True
    # The `get` of a queue takes something out, and that of a client may ask for it anywhere.
    known = isinstance(value, Mapping) or kind.__module__.startswith(("pandas.", "numpy"))
    return method == "get" and not known
