"""Pickles what tasks return; what cannot be sent back is named."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules.values.buffers import (
    Parcel,
    discard,
    no_collection,
    parcel_of,
    views_of,
    wrap,
)
from parmagic.run.workers.failure import Link, take_apart

_ATOMS = {int, float, complex, bool, str, bytes, type(None)}
_MEMOIZE, _TEXT = pickle.MEMOIZE[0], pickle.SHORT_BINUNICODE
_GET, _LONG_GET = pickle.BINGET[0], pickle.LONG_BINGET[0]
_LONGEST = 255  # bytes of the name of a class, as nearly all have it
_LOOKS = 0.01  # for each byte of a pickle: of random bytes, each value is one in 256


def wrapped(
    values: list[Any], folders: list[str], ours: frozenset[str]
) -> tuple[Parcel, dict[int, list[Link]]]:
    """Pickle values; also return, by number, why some of them cannot be had in the notebook.

    In the place of those there is None. The exceptions are without frames of files in `ours`.
    Where a class might fail as it is unpickled, that is tried here: it would take all values of the
    pickle with it.
    """
    try:
        parcel = wrap_named(values, folders)
    except BaseException:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _apart(values, folders, ours)
    if len(values) < 2 or _plain(values, parcel.pickle) or _cannot_be_read(parcel) is None:
        return parcel, {}
    discard(parcel)
    return _apart(values, folders, ours)


def _apart(
    values: list[Any], folders: list[str], ours: frozenset[str]
) -> tuple[Parcel, dict[int, list[Link]]]:
    found = ((number, _reason(value)) for number, value in enumerate(values))
    refused = {number: take_apart(reason, ours) for number, reason in found if reason}
    rest = [None if number in refused else value for number, value in enumerate(values)]
    try:
        return wrap_named(rest, folders), refused
    except Exception as error:  # noqa: BLE001 - each can be pickled, but not all of them at once
        links = take_apart(error, ours)
        none = Parcel(pickle.dumps([None] * len(values)))
        return none, {number: refused.get(number, links) for number in range(len(values))}


def _reason(value: object) -> TravelError | None:
    """Say why a value cannot be sent, or not be read; None if it can."""
    try:
        parcel = wrap_named([value], ())
    except BaseException:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _refusal(value)
    error = _cannot_be_read(parcel)
    return None if error is None else unreadable(error)


def unreadable(error: Exception) -> TravelError:
    """Make the error for a value that was sent, but cannot be unpickled."""
    return TravelError(f"what the task returned cannot be read in the notebook: {error}")


def _plain(values: list[Any], pickled: bytes) -> bool:
    """Tell whether no class of anybody's has a say in how values are unpickled."""
    if not _names_a_class(pickled):
        return True
    kinds = set(map(type, values)) - _ATOMS
    if not kinds:
        return True
    if not all(kind.__module__ == "numpy" for kind in kinds):
        return False
    arrays = (value for value in values if type(value) in kinds)
    return not any(getattr(getattr(one, "dtype", None), "hasobject", True) for one in arrays)


def _names_a_class(pickled: bytes) -> bool:
    """Tell whether a pickle may have a class or a function in it: nearly always it is seen.

    Its name is noted, or had before, and is looked up. In a pickle of many numbers such bytes stand
    by chance, but then hardly ever behind a name; where they stand too often, nobody knows.
    """
    looks = 100 + _LOOKS * len(pickled)
    at = pickled.find(pickle.STACK_GLOBAL)
    while at >= 0 and looks > 0:
        last = pickled[at - 1]
        if last == _MEMOIZE:
            if _is_behind_a_text(pickled, at - 1):
                return True
        elif (last == 0 or pickled[at - 2] == _GET) and _is_behind_a_module(pickled, at):
            return True
        looks -= 1
        at = pickled.find(pickle.STACK_GLOBAL, at + 1)
    return at >= 0


def _is_behind_a_text(pickled: bytes, end: int) -> bool:
    """Tell whether a short text ends there: one byte, one for its length, and itself."""
    least = max(0, end - _LONGEST - 2)
    begun = pickled.rfind(_TEXT, least, end)
    while begun >= 0 and pickled[begun + 1] != end - begun - 2:
        begun = pickled.rfind(_TEXT, least, begun)  # the text itself may have such a byte
    return begun >= 0


def _is_behind_a_module(pickled: bytes, end: int) -> bool:
    """Tell whether a name ends there that was noted before, and the name of a module before it.

    It was if it stands among the values as well: `type(x).__name__, x`.
    """
    begun = _number(pickled, end)
    if begun and pickled[begun - 1] == _MEMOIZE and _is_behind_a_text(pickled, begun - 1):
        return True
    return begun > 0 and _number(pickled, begun) > 0


def _number(pickled: bytes, end: int) -> int:
    """Return where the number begins of what was noted before; 0 if none ends there.

    It has one byte, or four, whose last is 0 but in a pickle of millions of objects.
    """
    if pickled[end - 2] == _GET:
        return end - 2
    known = int.from_bytes(pickled[end - 4 : end], "little") < end
    return end - 5 if known and end > 5 and pickled[end - 5] == _LONG_GET else 0


def _cannot_be_read(parcel: Parcel) -> Exception | None:
    """Unpickle values as the notebook will, which must not lose others by one that fails."""
    with no_collection():
        try:
            pickle.loads(parcel.pickle, buffers=views_of(parcel))
        except Exception as error:  # noqa: BLE001 - a class may raise anything as it is unpickled
            return error
    return None


def wrap_named(values: list[Any], folders: Sequence[str]) -> Parcel:
    """Pickle values, also such as the standard pickle does not find by their names.

    Lambdas, closures and classes that were replaced came from the notebook, which has them still.
    """
    try:
        return wrap(values, folders)
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        from parmagic.modules.values import data

        private = {
            id(one): name
            for name, one in _definitions()
            if data.name_in_pickles(one) is None and not data.importable_from(one)
        }
        return parcel_of(*data.dump([values], private), folders)


def _definitions() -> Iterator[tuple[str, FunctionType | type]]:
    """Yield the functions and classes here, and the functions of these classes, by their names."""
    from parmagic.modules.text import ENTRY

    for name, one in list(vars(sys.modules["__main__"]).items()):
        if isinstance(one, FunctionType | type) and name != ENTRY:  # which is another name of it
            yield name, one
        if isinstance(one, type) and one.__module__ in MAINS:
            for part, inner in list(vars(one).items()):
                function = inner.__func__ if isinstance(inner, staticmethod) else inner
                if isinstance(function, FunctionType):
                    yield f"{name}.{part}", function


def _refusal(value: object) -> TravelError:
    from parmagic.modules.values.culprit import blame, kind_of

    try:
        why = blame(value, "value")
    except BaseException as error:  # noqa: BLE001 - as above
        why = f"({type(error).__name__} while it was pickled)"
    return TravelError(
        f"the task returned {_with_article(kind_of(value))}, which cannot be sent back to the "
        f"notebook {why}: return what you need of it, or use `--backend thread`"
    )


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouAEIOU" else f"a {noun}"
