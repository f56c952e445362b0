"""Pickles what tasks return; what cannot be sent back is named."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from parmagic.errors import TravelError
from parmagic.modules.buffers import Parcel, discard, no_collection, parcel_of, views_of, wrap
from parmagic.run.failure import Link, take_apart

_ATOMS = {int, float, complex, bool, str, bytes, type(None)}
# In a pickle with a class or a function, nearly always: its name is noted, and it is looked up.
_BY_A_CLASS = pickle.MEMOIZE + pickle.STACK_GLOBAL


def wrapped(
    values: list[Any], folders: list[str], ours: frozenset[str]
) -> tuple[Parcel, dict[int, list[Link]]]:
    """Pickle values; also return, by number, why some of them cannot be had in the notebook.

    In the place of those there is None. The exceptions are without frames of files in `ours`.
    Where a class might fail as it is unpickled, that is tried here: it would take all values of the
    pickle with it.
    """
    try:
        parcel = _wrap(values, folders)
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
        return _wrap(rest, folders), refused
    except Exception as error:  # noqa: BLE001 - each can be pickled, but not all of them at once
        links = take_apart(error, ours)
        none = Parcel(pickle.dumps([None] * len(values)))
        return none, {number: refused.get(number, links) for number in range(len(values))}


def _reason(value: object) -> TravelError | None:
    """Say why a value cannot be sent, or not be read; None if it can."""
    try:
        parcel = _wrap([value], ())
    except BaseException:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _refusal(value)
    error = _cannot_be_read(parcel)
    return None if error is None else unreadable(error)


def unreadable(error: Exception) -> TravelError:
    """Make the error for a value that was sent, but cannot be unpickled."""
    return TravelError(f"what the task returned cannot be read in the notebook: {error}")


def _plain(values: list[Any], pickled: bytes) -> bool:
    """Tell whether no class of anybody's has a say in how values are unpickled."""
    if _BY_A_CLASS not in pickled:
        return True
    kinds = set(map(type, values)) - _ATOMS
    if not all(kind.__module__ == "numpy" for kind in kinds):
        return False
    arrays = (value for value in values if type(value) in kinds)
    return not any(getattr(getattr(one, "dtype", None), "hasobject", True) for one in arrays)


def _cannot_be_read(parcel: Parcel) -> Exception | None:
    """Unpickle values as the notebook will, which must not lose others by one that fails."""
    with no_collection():
        try:
            pickle.loads(parcel.pickle, buffers=views_of(parcel))
        except Exception as error:  # noqa: BLE001 - a class may raise anything as it is unpickled
            return error
    return None


def _wrap(values: list[Any], folders: Sequence[str]) -> Parcel:
    """Pickle values, also such as the standard pickle does not find by their names.

    Lambdas, closures and classes that were replaced came from the notebook, which has them still.
    """
    try:
        return wrap(values, folders)
    except Exception:
        from parmagic.modules import data
        from parmagic.modules.text import ENTRY

        private = {
            id(one): name
            for name, one in list(vars(sys.modules["__main__"]).items())
            if isinstance(one, FunctionType | type)
            and name != ENTRY  # which is another name of it
            and data.name_in_pickles(one) is None
            and not data.importable_from(one)
        }
        if not private:
            raise
        return parcel_of(*data.dump([values], private), folders)


def _refusal(value: object) -> TravelError:
    from parmagic.modules.culprit import blame, kind_of

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
