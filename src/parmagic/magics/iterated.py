"""Tells whether what is iterated over may be read to its end before the first task runs.

A list may. What runs code of its own between the items may not: a generator that goes on reading
what the tasks change, or that gives the same array again.
"""

from __future__ import annotations

import array
import collections
import csv
import functools
import gc
import io
import itertools
import operator
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, GeneratorType, MethodType
from typing import Any

from parmagic.magics.changed import path_of
from parmagic.magics.inside import attributes_of
from parmagic.modules.own import is_own_code, is_own_source
from parmagic.plan.effects.meaning import is_pure_method, is_pure_path

_EMPTY: tuple[Any, ...] = (
    [], (), {}, {}.values(), {}.items(), set(), range(0), range(1 << 99), "", "ä", b"",
    bytearray(), memoryview(b""), array.array("b"), collections.deque(),
)  # fmt: skip
_CONTAINERS = frozenset(map(type, _EMPTY)) | {frozenset, type({}.keys()), collections.Counter}


class _Sequence:
    def __getitem__(self, place: int) -> None:
        raise IndexError


# Iterators over what does not run any code.
_PLAIN = {
    *(type(iter(one)) for one in (*_EMPTY, _Sequence())),
    type(reversed([])), type(reversed({})), type(reversed({}.values())),
    type(reversed({}.items())), type(reversed(range(0))),
    itertools.product, itertools.permutations, itertools.combinations,
    itertools.combinations_with_replacement,
}  # fmt: skip
# Iterators that read others, and may call functions with what they read.
_READING = {
    enumerate, zip, reversed, map, filter, itertools.islice, itertools.zip_longest,
    itertools.pairwise, itertools.compress, itertools.filterfalse, itertools.takewhile,
    itertools.dropwhile, itertools.starmap, itertools.accumulate,
    getattr(itertools, "batched", enumerate),  # new in Python 3.12
}  # fmt: skip
_READING.update({type(re.finditer("", "")), type(csv.reader(()))})
_FILES = (io.TextIOWrapper, io.BufferedReader, io.BufferedRandom)
_NUMPY = frozenset({"ndenumerate", "ndindex", "flatiter"})
_CALLERS = (operator.itemgetter, operator.attrgetter, operator.methodcaller)
_DEEP = 8  # iterators that read others which read others

_RUNS = "`{0}` runs code between the items: iterate over `list({1})` to read it before"
_KEPT = "`{0}` may be read elsewhere as well: iterate over `list({1})` to read it before"
_NO_END = "`{0}` may have no end: iterate over a list or a `range`"


def seen(iterable: Iterable[Any], namespace: Mapping[str, Any]) -> tuple[Iterable[Any], str]:
    """Return what to iterate over, and why it must be read turn by turn; "" if it need not.

    An `__iter__` of the user's is called here, for what it gives has to be looked at. In the text
    `{0}` stands for the code of the iterable, `{1}` for the same inside of `list()`. An iterator
    that has a name in the `namespace` may be read elsewhere.
    """
    __tracebackhide__ = True
    if not isinstance(iterable, Iterator) and _starts_itself(iterable):
        iterable = iter(iterable)
    return iterable, _why(iterable, list(namespace.values()), 0)


def _why(value: Any, kept: Sequence[Any], depth: int) -> str:
    look = _of_iterator if isinstance(value, Iterator) else _of_iterable
    return look(value, kept, depth)


def _starts_itself(value: object) -> bool:
    method = getattr(type(value), "__iter__", None)
    return isinstance(method, FunctionType) and is_own_code(method)


def _of_iterable(value: object, kept: Sequence[Any], depth: int) -> str:
    if type(value) in _CONTAINERS:
        return ""
    if _starts_itself(value):
        return _RUNS
    # A progress bar, say, holds what it iterates over.
    held = attributes_of(value)
    return _first(_of_iterator(one, kept, depth + 1) for one in held if isinstance(one, Iterator))


def _of_iterator(value: Iterator[Any], kept: Sequence[Any], depth: int) -> str:
    kind = type(value)
    why = _RUNS
    if any(value is one for one in kept):
        why = _KEPT
    elif depth > _DEEP:
        pass
    elif kind in _PLAIN or (kind.__name__ in _NUMPY and kind.__module__.startswith("numpy")):
        why = ""
    elif kind is itertools.chain:
        why = _of_chain(value, kept, depth)
    elif kind in _READING:
        why = _of_reading(value, kept, depth)
    elif isinstance(value, GeneratorType):
        why = _of_generator(value, kept, depth)
    elif kind in _FILES:
        why = "" if _is_on_disk(value) else _NO_END
    elif isinstance(value, itertools.repeat):
        why = "" if operator.length_hint(value, -1) >= 0 else _NO_END
    elif kind in {itertools.count, itertools.cycle}:
        why = _NO_END
    return why


def _of_generator(value: GeneratorType[Any, Any, Any], kept: Sequence[Any], depth: int) -> str:
    """Look at what a library's generator holds: it may read, or call, something of the user's."""
    if is_own_source(value.gi_code.co_filename):
        return _RUNS
    frame = value.gi_frame
    inside = () if frame is None else tuple(frame.f_locals.values())
    if any(isinstance(one, FunctionType) and is_own_code(one) for one in inside):
        return _RUNS
    return _first(_of_iterator(one, kept, depth + 1) for one in inside if isinstance(one, Iterator))


def _of_reading(value: Iterator[Any], kept: Sequence[Any], depth: int) -> str:
    """Look at what an iterator of Python's own reads, and at the functions that it calls."""
    found: list[str] = []
    ends = False
    for one in _parts(value):
        if isinstance(one, Iterator):
            found.append(_of_iterator(one, kept, depth + 1))
            ends = ends or not found[-1]
        elif callable(one) and not _is_harmless(one):
            found.append(_RUNS)
    if isinstance(value, zip) and ends:  # it ends with the first that does
        found = [text for text in found if text != _NO_END]
    return _first(found)


def _parts(value: object) -> Iterator[object]:
    for one in gc.get_referents(value):
        if type(one) is tuple:
            yield from one
        else:
            yield one


def _of_chain(value: Iterator[Any], kept: Sequence[Any], depth: int) -> str:
    """Look at all that a chain will read, which it does not hold as iterators yet."""
    for source in gc.get_referents(value):
        if source is itertools.chain:  # since Python 3.12 what has a class holds that, too
            continue
        if not isinstance(source, type(iter(())) | type(iter([]))):
            return _RUNS
        for holder in gc.get_referents(source):
            for one in holder if isinstance(holder, list | tuple) else ():
                if text := _why(one, kept, depth + 1):
                    return text
    return ""


def _is_on_disk(file: Any) -> bool:
    """Tell whether a file has an end: a pipe may have none, and waits for more."""
    try:
        return stat.S_ISREG(os.fstat(file.fileno()).st_mode)
    except (OSError, ValueError):  # closed, or no file of the system's
        return False


def _is_harmless(function: object) -> bool:
    """Tell whether calling a function changes nothing, and reads nothing but its arguments."""
    if isinstance(function, functools.partial):
        return _is_harmless(function.func)
    if isinstance(function, (type, *_CALLERS)) or type(function).__name__ == "ufunc":
        return True
    name = str(getattr(function, "__name__", ""))
    if isinstance(function, MethodType):
        below = function.__func__
        harmless = isinstance(function.__self__, type | PurePath)
        return harmless and isinstance(below, FunctionType) and not is_own_code(below)
    if isinstance(function, FunctionType | BuiltinFunctionType):
        bound = getattr(function, "__self__", None)
        if bound is None or type(bound).__name__ == "module":
            return is_pure_path(path_of(name, function) or "")
        return is_pure_method(name) or type(bound).__module__ == "_sre"  # what `finditer` calls
    return isinstance(function, type(str.strip)) and is_pure_method(name)


def _first(texts: Iterable[str]) -> str:
    return next(filter(None, texts), "")
