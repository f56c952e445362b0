"""For exceptions that let nobody write to them, such as those that are frozen dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec

_NOTES = "__notes__"
_Arguments = ParamSpec("_Arguments")


def set_traceback(error: BaseException, traceback: TracebackType | None) -> None:
    """Give an exception another traceback."""
    BaseException.with_traceback(error, traceback)


def set_field(error: BaseException, name: str, value: object) -> None:
    """Set what every exception has, such as `__cause__`, or any other attribute."""
    BaseException.__setattr__(error, name, value)


def notes_of(error: BaseException) -> tuple[Any, ...]:
    """Return the notes of an exception, whose class may claim to have what it has not."""
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


def around(
    steps: Callable[_Arguments, Iterator[None]],
) -> Callable[_Arguments, AbstractContextManager[None]]:
    """Make a context manager of what is to be done before and after a `yield`, however that ends.

    That of `contextlib` writes to exceptions that pass. This one does not tell the steps of them.
    """

    @wraps(steps)
    def made(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Around:
        return _Around(steps(*args, **kwargs))

    return made


class _Around(AbstractContextManager[None]):
    """Takes the one step when it is entered, and the other when it is left."""

    def __init__(self, steps: Iterator[None]) -> None:
        self._steps = steps

    def __enter__(self) -> None:
        next(self._steps)

    def __exit__(self, *_: object) -> None:
        next(self._steps, None)
