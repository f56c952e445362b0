"""What travels beside a module file: values, pickled by the standard library."""

from __future__ import annotations

import io
import math
import pickle
import sys
from collections.abc import Callable, Iterator
from typing import Any

from parmagic.modules.buffers import Collector

LITERAL_LENGTH = 200  # characters; a longer constant would make the module file unreadable
_ATOMS = (int, float, complex, bool, str, bytes, type(None))


class Recorder(pickle.Pickler):
    """A pickler that notes which definitions of `__main__` its pickle refers to.

    In what is `common` to all tasks it refuses iterators, of which the standard pickle makes
    copies: what one worker takes from its copy, the others and the notebook would take again.
    """

    def __init__(self, names: set[str], *, common: bool) -> None:
        # Buffers go out of band and are dropped: a large array costs nothing here.
        super().__init__(
            io.BytesIO(), pickle.HIGHEST_PROTOCOL, buffer_callback=lambda _buffer: None
        )
        self._names = names
        self._common = common

    def reducer_override(self, obj: Any) -> Any:
        """Note a class or function of the notebook; pickle everything as usual."""
        builtin = type(obj).__module__ in ("builtins", "itertools")
        if self._common and builtin and isinstance(obj, Iterator):
            raise TypeError("workers cannot share an iterator")
        # What a decorator made of a function, e.g. `functools.cache`, is no FunctionType.
        if callable(obj) and getattr(obj, "__module__", None) == "__main__":
            name = getattr(obj, "__qualname__", None)  # an instance that can be called has none
            if isinstance(name, str):
                self._names.add(name.partition(".")[0])
        return NotImplemented


def references(value: object, *, common: bool = True) -> frozenset[str]:
    """Return the names of `__main__` that a pickle of `value` refers to.

    `value` is `common` to all tasks, or one task's own. Raises whatever the standard pickle raises
    if it cannot be pickled.
    """
    names: set[str] = set()
    Recorder(names, common=common).dump(value)
    return frozenset(names)


def dump(values: list[Any]) -> tuple[bytes, Collector]:
    """Pickle `values` one after another, so that what they share stays one object.

    Large buffers are kept back, in the collector.
    """
    file = io.BytesIO()
    collector = Collector()
    pickler = pickle.Pickler(file, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
    for value in values:
        pickler.dump(value)
    return file.getvalue(), collector


def pickled(value: object, collector: Collector, on_reference: Callable[[set[str]], None]) -> bytes:
    """Pickle `value`, and report the names of `__main__` that it refers to, if any."""
    plain = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
    if b"__main__" in plain:  # seldom: only then the slower look is needed
        on_reference(set(references(value, common=False)))
    return plain


def is_literal(value: object) -> bool:
    """Tell whether `value` can stand in a module file as it is printed."""
    if isinstance(value, tuple) and type(value) is tuple:
        return all(is_literal(item) for item in value) and len(repr(value)) <= LITERAL_LENGTH
    if type(value) not in _ATOMS:
        return False
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if isinstance(value, complex) and not (math.isfinite(value.real) and math.isfinite(value.imag)):
        return False
    if isinstance(value, int) and value.bit_length() > 4 * LITERAL_LENGTH:
        return False
    return len(repr(value)) <= LITERAL_LENGTH


def importable_from(value: object) -> str | None:
    """Name the module from which `value`, a class or function, can be imported; None if none."""
    module = getattr(value, "__module__", None)
    name = getattr(value, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or module == "__main__":
        return None
    return module if getattr(sys.modules.get(module), name, None) is value else None
