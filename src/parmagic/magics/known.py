"""What the notebook has under a name, for the reader of a cell."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import islice
from types import ModuleType
from typing import Any

from parmagic.magics.changed import path_of
from parmagic.magics.confirmed import confirmed, used_up
from parmagic.magics.inside import items_of
from parmagic.magics.reached import Reached
from parmagic.modules.imported import is_own_import
from parmagic.modules.own import is_own_class, is_own_function
from parmagic.modules.values.kinds import is_generator
from parmagic.plan.cells.known import Known
from parmagic.run.backend import DEFAULT, INSIDE

_builtins = vars(builtins)
_LOOKED_AT = 100  # elements of a container
_MISSING = object()


def known(
    namespace: Mapping[str, Any], backend: str = DEFAULT, reading: Callable[[], None] | None = None
) -> Known:
    """Return what answers the reader of a cell, which will run on this backend, about names.

    `reading` is called for each function whose source is read: there may be many.
    """
    reached = Reached(namespace, reading)

    def is_bound(name: str) -> bool:
        return namespace.get(name, _builtins.get(name)) is not _builtins.get(name)

    def is_class(name: str) -> bool:
        value = namespace.get(name)
        return isinstance(value, type) and value.__module__ == "__main__"

    return Known(
        is_own=lambda name: is_own_function(namespace.get(name)),
        reads=reached.reads,
        effects=reached.effects,
        methods=reached.methods,
        sends=backend not in INSIDE,
        shares=backend in INSIDE and backend != "serial",
        is_bound=is_bound,
        is_class=is_class,
        path=lambda name: path_of(name, namespace.get(name)),
        is_own_import=is_own_import,
        used_up=lambda name: used_up(reached.value(name)),
        confirmed=lambda doubt: confirmed(doubt, reached.value(doubt.name), reached.value),
        has_state=lambda name, steps, method: (
            name in namespace and has_state(namespace[name], steps, method)
        ),
    )


def has_state(value: object, steps: Sequence[str | None], method: str) -> bool:
    """Tell whether a method may change its object, or give another value each time.

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
