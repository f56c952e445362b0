"""Writes to exceptions past what their classes say of it: a frozen dataclass refuses all of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any

_NOTES = "__notes__"


def set_traceback(error: BaseException, traceback: TracebackType | None) -> None:
    """Give an exception another traceback."""
    BaseException.with_traceback(error, traceback)


def set_field(error: BaseException, name: str, value: object) -> None:
    """Set what every exception has, such as `__cause__`, or any other attribute."""
    BaseException.__setattr__(error, name, value)


def notes_of(error: BaseException) -> tuple[Any, ...]:
    """Return the notes of an exception; a class may answer for what it has not got."""
    notes = BaseException.__getattribute__(error, "__dict__").get(_NOTES, ())
    return tuple(notes) if isinstance(notes, Sequence) and not isinstance(notes, str) else ()


def add_note(error: BaseException, note: str) -> None:
    """Add a note to an exception, whose own `add_note` may raise another."""
    set_field(error, _NOTES, [*notes_of(error), note])


def open_circle(error: BaseException) -> None:
    """Have the contexts of an exception end: IPython follows them for ever, and shows nothing."""
    seen = {id(error)}
    while (context := error.__context__) is not None:
        if id(context) in seen:
            set_field(error, "__context__", None)
            return
        seen.add(id(context))
        error = context
