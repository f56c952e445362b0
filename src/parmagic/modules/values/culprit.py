"""Finds, in something that cannot be pickled, the part for which it cannot, and the way to it."""

from __future__ import annotations

import contextlib
import pickle
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import Any

from parmagic.main import MAINS
from parmagic.modules.closures import variables_of
from parmagic.modules.values.data import is_iterator, references
from parmagic.short import short

SHOWN = 40  # characters of a key in the path
DEEP = 30  # steps of a path: a longer one says nothing, and there may be always one more
# What pickle says of a class whose name means another class by now.
_REPLACED = "it's not the same object as"
# As Python says it before 3.14, and since.
_UNNAMED = re.compile(r"attribute lookup [^<]* on __main__ failed|not found as __main__\.[^<]*$")
_TOO_DEEP = "maximum recursion depth exceeded"  # Python 3.14 may say how much of the stack was used

# The modules of what tasks wait for each other by, or pass something on by: queues, locks, events.
_QUEUES = ("_queue", "queue", "multiprocessing.queues")
_MEETING = (
    *(*_QUEUES, "_thread", "threading", "multiprocessing.connection"),
    *("multiprocessing.sharedctypes", "multiprocessing.synchronize"),
)
_ALONE = {"Thread", "Timer", "_local"}  # others there

SOURCELESS = "(its source cannot be found)"
OR_THREAD = ", or use `--backend thread`"

Part = tuple[str, Any]  # what to add to the path, and the object


def remedy_for(values: Sequence[object], place: str) -> str:
    """Say what to do instead of sending these values to a task or a function."""
    if any(is_iterator(one) for one in values):
        return f"make a list of it{OR_THREAD}"
    if any(type(one).__module__ == "sqlite3" for one in values):  # for the thread that made it
        return f"make it inside the {place}"
    # A lock made in each task would guard nothing, and a queue lead nowhere.
    kinds = [kind for kind in map(type, values) if kind.__module__ in _MEETING]
    if any(kind.__module__ in _QUEUES for kind in kinds):
        adding = "add tasks by `parmagic.enqueue`, with `--queue`"
        return f"let tasks return values instead, and {adding}{OR_THREAD}"
    if any(kind.__name__ not in _ALONE for kind in kinds):
        return f"let tasks return values instead{OR_THREAD}"
    return f"make it inside the {place}{OR_THREAD}"


def blame(value: object, name: str, dump: Callable[[object], Any] | None = None) -> str:
    """Say which part of `value` cannot be pickled: "because of `cfg.db._lock` (_thread.lock)".

    If that is `value` itself, say why not. `dump` pickles as was tried; by default as a task's own.
    """
    dump = dump or _references
    path, error = name, _refusal(value, dump)
    reason = _said(error)
    if isinstance(error, RecursionError):  # no part is to blame, but that there are so many
        return f"({_TOO_DEEP})"
    met = [value]  # alive, so that no two have the same address
    while (part := _first_bad(value, dump, met)) is not None:
        if len(met) > DEEP:  # its parts are made anew each time, as those of a mock
            return f"({reason})"
        label, value = part
        path += label
        met.append(value)
    if isinstance(value, type) and _stands_in(value):
        return f"because it has a class of its own, which only looks like `{value.__qualname__}`"
    if isinstance(value, type) and (because := _of_class(value, _said(_refusal(value, dump)))):
        return because
    if path == name:
        return f"({reason})" if reason else SOURCELESS
    return f"because of `{path}` ({kind_of(value)})"


def _references(value: object) -> None:
    """Pickle a task's own value; functions go as source, so only what they hold is pickled."""
    written = set[int]()

    def define(one: Any) -> str | None:
        if not isinstance(one, FunctionType):
            return None
        if id(one) not in written:
            written.add(id(one))
            references(list(variables_of(one).values()), define, common=False)
        return one.__name__

    references(value, define, common=False)


def _of_class(kind: type, reason: str) -> str:
    """Say why a class cannot be pickled by its name; "" if it is for another reason."""
    name = kind.__qualname__
    if _REPLACED in reason:
        return f"because its class `{name}` has been replaced since: make it anew"
    if "<locals>" in name:
        return f"because a function makes its class `{kind.__name__}`: define it outside of that"
    if not _UNNAMED.search(reason):
        return ""
    instead = f"derive one that has a name, `class Name({name}): pass`"
    if "[" not in name:  # it is none that a generic class has made
        instead = "define it by that name, outside of functions"
    return f"because its class `{name}` is not found by that name: {instead}"


def _stands_in(kind: type) -> bool:
    """Tell whether a class has the name of one of its bases, as that of each mock."""
    found: object = sys.modules.get(kind.__module__)
    for name in kind.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is not kind and found in kind.__mro__


def kind_of(value: object) -> str:
    """Name the class of a value as a person would: with its module, unless it is built in."""
    kind = type(value)
    if kind.__module__ in ("builtins", *MAINS):
        return kind.__qualname__.rpartition("<locals>.")[2]
    return f"{kind.__module__}.{kind.__qualname__}"


def _first_bad(value: object, dump: Callable[[object], Any], met: list[Any]) -> Part | None:
    for label, part in parts(value):
        if not any(part is one for one in met) and _refusal(part, dump) is not None:
            return label, part
    return None


def _refusal(value: object, dump: Callable[[object], Any]) -> Exception | None:
    try:
        dump(value)
    except Exception as error:  # noqa: BLE001 - a class may raise anything while it is pickled
        return error
    return None


def _said(error: Exception | None) -> str:
    return "" if error is None else str(error) or type(error).__name__


def parts(value: Any) -> Iterator[Part]:
    """Yield what a pickle of a value would be made of, with the way to write each part."""
    with contextlib.suppress(Exception):  # a class may answer for what it is not, as a mock does
        yield from _contents(value)
    if not isinstance(value, type):
        yield from _state(value)


def _contents(value: Any) -> Iterator[Part]:
    """Yield what is in a container, and what a callable is made of."""
    if isinstance(value, dict):
        yield from ((f"[{short(key, SHOWN)}]", one) for key, one in value.items())
        yield from ((f" (its key {short(key, SHOWN)})", key) for key in value)
    elif hasattr(type(value), "_fields"):
        yield from ((f".{name}", getattr(value, name, None)) for name in type(value)._fields)
    elif isinstance(value, list | tuple | deque):
        yield from ((f"[{number}]", one) for number, one in enumerate(value))
    elif isinstance(value, set | frozenset):
        yield from ((f" (its member {short(one, SHOWN)})", one) for one in value)
    elif isinstance(value, partial):
        yield from ((".func", value.func), (".args", value.args), (".keywords", value.keywords))
    elif isinstance(value, MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, FunctionType):
        yield from ((f" (its variable {name})", held) for name, held in variables_of(value).items())


def _state(value: Any) -> Iterator[Part]:
    """Yield the attributes that a pickle of an object holds, and what it is to be made from."""
    try:
        reduced: tuple[Any, ...] = value.__reduce_ex__(pickle.HIGHEST_PROTOCOL)
        arguments, state = (*reduced, None)[1:3]
    except Exception:  # noqa: BLE001 - a class may raise anything: then it is what cannot travel
        return
    for attributes in state if isinstance(state, tuple) else (state,):  # those of slots come second
        if isinstance(attributes, dict):
            yield from ((f".{name}", one) for name, one in attributes.items())
    if isinstance(value, BaseException):
        yield from ((f".args[{number}]", one) for number, one in enumerate(arguments))
    elif isinstance(arguments, tuple):
        yield from ((" (a part of it)", one) for one in arguments if one is not value)
