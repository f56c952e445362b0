"""Options as they are typed: messages have those of the magics, `pmap` takes arguments instead."""

from __future__ import annotations

import re

from parmagic.errors import ParmagicError
from parmagic.run.manner import Manner
from parmagic.run.workers.raised import notes_of, set_field

_QUOTED = re.compile(r"`(--?[a-z][^`]*)`")
_OPTION = re.compile(r"--?([a-z][a-z-]*)(?: ([^\s-]\S*))?")
_SHORT = {"b": "backend", "w": "workers"}
_FLAGS = ("compare", "queue", "sweep")


def as_arguments(text: str) -> str:
    """Write the options in a text as arguments: `-b pool -w 2` as `backend="pool", workers=2`."""
    return _QUOTED.sub(_written, text)


class by_arguments:  # noqa: N801 - it is read as a statement: `with by_arguments():`
    """Has what we raise meanwhile speak of arguments."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, ParmagicError):
            speak_of_arguments(error)


def speak_of_arguments(error: BaseException) -> None:
    """Have an exception of ours speak of arguments, and what is noted on one of an import or input.

    The user's own are left as they are.
    """
    if isinstance(error, ParmagicError):
        error.args = tuple(as_arguments(x) if isinstance(x, str) else x for x in error.args)
    elif isinstance(error, ImportError | EOFError) and (notes := notes_of(error)):
        set_field(error, "__notes__", [as_arguments(str(one)) for one in notes])


def _written(quoted: re.Match[str]) -> str:
    options: list[tuple[str, str]] = _OPTION.findall(quoted[1])
    found = [(_SHORT.get(name, name.replace("-", "_")), value) for name, value in options]
    if not all(name in Manner._fields for name, _ in found):
        return quoted[0]
    return f"`{', '.join(_argument(name, value) for name, value in found)}`"


def _argument(name: str, value: str) -> str:
    if not value:
        return f"{name}=True" if name in _FLAGS else name
    return f"{name}={value}" if value.isdecimal() else f'{name}="{value}"'
