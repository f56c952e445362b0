"""Pickles what tasks return; what cannot be sent back is named."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules.values.buffers import (
    Collector,
    Parcel,
    discard,
    no_collection,
    parcel_of,
    views_of,
    wrap,
)
from parmagic.run.workers.failure import Link, take_apart

_ATOMS = {int, float, complex, bool, str, bytes, type(None)}


def wrapped(values: list[Any], folders: list[str]) -> tuple[Parcel, dict[int, list[Link]]]:
    """Pickle values; also return, by number, why some of them cannot be had in the notebook.

    In the place of those there is None. Where a class might fail as it is unpickled, that is tried
    here: none of the values could be read then.
    """
    try:
        if len(values) < 2:  # if it cannot be read, no other is lost
            return wrap_named(values, folders), {}
        parcel, of_classes = _wrap_noting(values, folders)
    except BaseException:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _apart(values, folders)
    if not of_classes or _are_plain(values) or _cannot_be_read(parcel) is None:
        return parcel, {}
    discard(parcel)
    return _apart(values, folders)


def _apart(values: list[Any], folders: list[str]) -> tuple[Parcel, dict[int, list[Link]]]:
    found = ((number, _reason(value)) for number, value in enumerate(values))
    refused = {number: take_apart(reason) for number, reason in found if reason}
    rest = [None if number in refused else value for number, value in enumerate(values)]
    try:
        return wrap_named(rest, folders), refused
    except Exception as error:  # noqa: BLE001 - each can be pickled, but not all of them at once
        links = take_apart(error)
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


def unreadable(error: BaseException) -> TravelError:
    """Make the error for a value that was sent, but cannot be unpickled."""
    words = f"{type(error).__name__}: {error}"
    return TravelError(
        f"what the task returned cannot be read in the notebook ({words}): return what you need of "
        "it, or use `--backend thread`"
    )


def _are_plain(values: list[Any]) -> bool:
    """Tell whether values are numbers and texts, or arrays and numbers of numpy."""
    kinds = set(map(type, values)) - _ATOMS
    if not kinds:
        return True
    if not all(kind.__module__ == "numpy" for kind in kinds):
        return False
    arrays = (value for value in values if type(value) in kinds)
    return not any(getattr(getattr(one, "dtype", None), "hasobject", True) for one in arrays)


class _Noting(pickle.Pickler):
    """A pickler that notes whether reading its pickle may call anything of a class."""

    of_classes = False

    def reducer_override(self, _: Any) -> Any:
        """Note what is none of Python's own containers, numbers and texts."""
        self.of_classes = True
        return NotImplemented


def _wrap_noting(values: list[Any], folders: Sequence[str]) -> tuple[Parcel, bool]:
    """Pickle values; also tell whether reading them may call anything of a class."""
    file, collector = io.BytesIO(), Collector()
    pickler = _Noting(file, pickle.HIGHEST_PROTOCOL, buffer_callback=collector)
    try:
        pickler.dump(values)
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _wrap_renamed(values, folders), True
    return parcel_of(file.getvalue(), collector, folders), pickler.of_classes


def _cannot_be_read(parcel: Parcel) -> BaseException | None:
    """Unpickle values as the notebook will; return the exception if that fails."""
    with no_collection():
        try:
            pickle.loads(parcel.pickle, buffers=views_of(parcel))
        except BaseException as error:  # noqa: BLE001 - a class may raise anything as it is unpickled
            return error
    return None


def wrap_named(values: list[Any], folders: Sequence[str]) -> Parcel:
    """Pickle values, also such as the standard pickle does not find by their names.

    What came from the notebook, such as its lambdas, is still there, and goes by name. Functions
    that the task has made go as their code.
    """
    try:
        return wrap(values, folders)
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        return _wrap_renamed(values, folders)


def _wrap_renamed(values: list[Any], folders: Sequence[str]) -> Parcel:
    return parcel_of(*dumped(values), folders)


def dumped(values: list[Any]) -> tuple[bytes, Collector]:
    """Pickle values, and functions among them that have no name; raise what a pickle raises."""
    from parmagic.modules.values import data

    private = {
        id(one): name
        for name, one in _definitions()
        if data.name_in_pickles(one) is None and not data.importable_from(one)
    }
    return data.dump([values], private, returned=True)


def _definitions() -> Iterator[tuple[str, FunctionType | type]]:
    """Yield the functions and classes here, and the functions of these classes, by their names."""
    from parmagic.modules.text import ENTRY

    for name, one in list(vars(sys.modules["__main__"]).items()):
        if isinstance(one, FunctionType | type) and name != ENTRY:  # only another name of a task's
            yield name, one
        if isinstance(one, type) and one.__module__ in MAINS:
            for part, inner in list(vars(one).items()):
                function = inner.__func__ if isinstance(inner, staticmethod) else inner
                if isinstance(function, FunctionType):
                    yield f"{name}.{part}", function


def _refusal(value: object) -> TravelError:
    from parmagic.modules.values.culprit import blame, kind_of
    from parmagic.modules.values.data import is_iterator

    try:
        why = blame(value, "value", lambda part: dumped([part]))
    except BaseException as error:  # noqa: BLE001 - as above
        why = f"({type(error).__name__} while it was pickled)"
    what = "a list of it" if is_iterator(value) else "what you need of it"
    return TravelError(
        f"the task returned {_with_article(kind_of(value))}, which cannot be sent back to the "
        f"notebook {why}: return {what}, or use `--backend thread`"
    )


def _with_article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouAEIOU" else f"a {noun}"
