"""Pickles what tasks return; what cannot be sent back is named."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Sequence
from types import FunctionType
from typing import Any

from parmagic.errors import TravelError
from parmagic.modules.buffers import Parcel, parcel_of, wrap
from parmagic.run.failure import Link, take_apart


def wrapped(
    values: list[Any], folders: list[str], ours: frozenset[str]
) -> tuple[Parcel, list[Link] | None]:
    """Pickle values; if one cannot be, those before it, and an exception that says so.

    The exception is without frames of files in `ours`.
    """
    try:
        return _wrap(values, folders), None
    except BaseException as error:  # noqa: BLE001 - a class may raise anything while it is pickled
        for number, value in enumerate(values):
            try:
                _wrap([value], ())
            except BaseException:  # noqa: BLE001 - as above
                before, _ = wrapped(values[:number], folders, ours)
                return before, take_apart(_refusal(value), ours)
        return Parcel(pickle.dumps([])), take_apart(error, ours)


def _wrap(values: list[Any], folders: Sequence[str]) -> Parcel:
    """Pickle values, also such as the standard pickle does not find by their names.

    Lambdas, closures and classes that were replaced came from the notebook, which has them still.
    """
    try:
        return wrap(values, folders)
    except Exception:
        from parmagic.modules import data

        private = {
            id(one): name
            for name, one in list(vars(sys.modules["__main__"]).items())
            if isinstance(one, FunctionType | type)
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
