"""Gives the classes of the notebook back what they held before the tasks of an earlier run."""

from __future__ import annotations

from abc import ABCMeta
from collections.abc import Iterable, Iterator
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

_MAIN = "__main__"
_ABSENT = object()
MOST = 10_000  # parts of a container, and containers, that are copied


class Contents:
    """What lists, dicts and sets, and those in them, held when they were given to it.

    With `registers`, also what instances of the notebook's classes held; but then nothing large,
    as a register of classes or functions is small.
    """

    def __init__(self, *, registers: bool = False) -> None:
        self._registers = registers
        self._copies: dict[int, tuple[Any, Any]] = {}  # by identity, and alive

    def __call__(self, value: Any) -> None:
        """Copy what a value holds."""
        if isinstance(value, Enum):
            return  # the module file may give members what they have only later
        if self._registers and type(value).__module__ == _MAIN and not isinstance(value, type):
            value = _attributes(value)
        kind = type(value)
        if kind not in (list, dict, set, tuple) or id(value) in self._copies:
            return
        if self._registers and (len(value) > MOST or len(self._copies) > MOST):
            return
        self._copies[id(value)] = value, kind(value)
        if kind is not set:  # what is in one has a hash: no list, dict or set
            for part in value.values() if kind is dict else value:
                self(part)

    def restore(self) -> None:
        """Give them back what they held."""
        for value, contents in self._copies.values():
            if type(value) is list:
                value[:] = contents
            elif type(value) is not tuple:
                value.clear()
                value.update(contents)


def _attributes(value: Any) -> Any:
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:  # it has slots alone
        return None


class Classes:
    """What the classes of a module held when it was loaded.

    Of lists, dicts and sets it has copies. What a library's metaclass keeps in a class is its own.
    """

    def __init__(self, module: ModuleType) -> None:
        found = dict.fromkeys(_classes(vars(module).values()))
        self._held = [(kind, _held(kind)) for kind in found]
        self._contents = Contents()
        for _, held in self._held:
            for value in held.values():
                self._contents(value)

    def renew(self) -> None:
        """Give them back what they held, and take from them what they were given since."""
        for kind, before in self._held:
            now = _held(kind)
            for name in now.keys() - before.keys():
                type.__delattr__(kind, name)
            for name, value in before.items():
                if now.get(name, _ABSENT) is not value:
                    type.__setattr__(kind, name, value)
        self._contents.restore()


def _classes(values: Iterable[object]) -> Iterator[type]:
    """Yield the classes of the notebook among values, and those in their bodies."""
    for value in values:
        if not isinstance(value, type) or value.__module__ != _MAIN:
            continue
        if type(value) in (type, ABCMeta) or type(value).__module__ == _MAIN:
            yield value
            nested = (one for one in vars(value).values() if one is not value)
            yield from _classes([one for one in nested if _is_within(one, value)])


def _is_within(inner: object, outer: type) -> bool:
    return isinstance(inner, type) and inner.__qualname__.startswith(f"{outer.__qualname__}.")


def _held(kind: type) -> dict[str, Any]:
    """Return what a class holds, but for what Python itself keeps there."""
    return {
        name: value
        for name, value in vars(kind).items()
        if name != "_abc_impl"
        and (not (name.startswith("__") and name.endswith("__")) or type(value) is FunctionType)
    }
