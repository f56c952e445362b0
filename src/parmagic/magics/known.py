"""What the notebook's namespace says about a name, to the reader of a cell."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from typing import Any

from parmagic.magics.changed import path_of
from parmagic.magics.confirmed import confirmed, used_up
from parmagic.magics.reached import Reached
from parmagic.magics.stateful import has_state
from parmagic.modules.imported import is_own_import
from parmagic.modules.own import is_own_function
from parmagic.plan.cells.known import Known
from parmagic.run.backend import DEFAULT, INSIDE

_builtins = vars(builtins)


def known(
    namespace: Mapping[str, Any], backend: str = DEFAULT, reading: Callable[[], None] | None = None
) -> Known:
    """Look names up in a namespace, whenever the reader of a cell for this backend asks.

    `reading` is called for each function that it leads to, as there may be many.
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
