"""Has a refusal point at the line that asked for something, and not into our own files."""

from __future__ import annotations

import os
from types import TracebackType

from parmagic.errors import ParmagicError

# What is raised for what a function of ours is given.
_REFUSALS = (ParmagicError, IndexError, OSError, TypeError, ValueError)
# What the names of our own files begin with.
PACKAGE = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120 - no worker needs pathlib


class here:  # noqa: N801 - it is read as a statement: `with here():`
    """Has what is raised meanwhile come from the line that called the function which says so.

    That is, exceptions of these kinds, by default those that refuse something: others show how they
    came about, as they may be a fault of ours. `within` is what to show below that line instead,
    such as lines of the user's own code.
    """

    def __init__(self, *kinds: type[BaseException], within: TracebackType | None = None) -> None:
        self._kinds = kinds or _REFUSALS
        self._within = within

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not isinstance(error, self._kinds):
            return
        # Python goes on with the traceback that an exception has when a block has been left.
        BaseException.with_traceback(error, self._within)
        if self._within is None and (cause := error.__cause__) is not None:
            left = without_first(cause.__traceback__, PACKAGE)
            if left is None:  # the message says what was wrong
                error.__cause__ = None
            else:
                cause.with_traceback(left)


def without_first(traceback: TracebackType | None, *files: str) -> TracebackType | None:
    """Leave out the frames that a traceback begins with, of files whose names begin so."""
    while traceback and traceback.tb_frame.f_code.co_filename.startswith(files):
        traceback = traceback.tb_next
    return traceback


def with_none_of_ours(traceback: TracebackType | None) -> TracebackType | None:
    """Leave out all frames of parmagic's own files, wherever they stand."""
    return built([one for one in listed(traceback) if not is_ours(one)])


def listed(traceback: TracebackType | None) -> list[TracebackType]:
    """List the places of a traceback, the outermost first."""
    found = list[TracebackType]()
    while traceback is not None:
        found.append(traceback)
        traceback = traceback.tb_next
    return found


def built(places: list[TracebackType]) -> TracebackType | None:
    """Make a traceback of places."""
    found = None
    for one in reversed(places):
        found = TracebackType(found, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return found


def is_ours(place: TracebackType) -> bool:
    """Tell whether a place is in one of parmagic's own files."""
    return place.tb_frame.f_code.co_filename.startswith(PACKAGE)
