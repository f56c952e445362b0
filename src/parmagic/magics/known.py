"""What the notebook's namespace says about a name, to the reader of a cell."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any

from parmagic.magics.state import has_state
from parmagic.modules.imported import is_own_import
from parmagic.modules.names import names_read
from parmagic.modules.own import is_own_function
from parmagic.modules.source import text_of
from parmagic.plan.effects import Effects, effects
from parmagic.plan.known import Known

_builtins = vars(builtins)


def known(namespace: Mapping[str, Any]) -> Known:
    """Look names up in a namespace, whenever the reader of a cell asks."""

    def is_own(name: str) -> bool:
        return is_own_function(namespace.get(name))

    def text(name: str) -> str:
        value = namespace.get(name)
        # Also a generator, whose calls are no tasks. Others read what is in their module.
        here = isinstance(value, FunctionType) and value.__module__ == "__main__"
        return text_of(value, name) or "" if here else ""

    def reads(name: str) -> Collection[str]:
        return names_read(text(name)).all

    def changes(name: str) -> Effects:
        return effects(text(name))

    def is_bound(name: str) -> bool:
        return namespace.get(name, _builtins.get(name)) is not _builtins.get(name)

    def is_class(name: str) -> bool:
        value = namespace.get(name)
        return isinstance(value, type) and value.__module__ == "__main__"

    def path(name: str) -> str | None:
        return _path(name, namespace.get(name))

    def state(name: str, steps: Sequence[str | None], method: str) -> bool:
        return name in namespace and has_state(namespace[name], steps, method)

    return Known(is_own, reads, changes, is_bound, is_class, path, is_own_import, state)


def _path(name: str, value: object) -> str | None:
    if isinstance(value, ModuleType):
        return value.__name__
    module = getattr(value, "__module__", None)
    if not isinstance(module, str) or module == "__main__" or not callable(value):
        return None
    return f"{module}.{getattr(value, '__name__', name)}"
