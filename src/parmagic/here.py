"""Has a refusal point at the line that asked for something, and not into our own files."""

from __future__ import annotations

import os
from types import TracebackType

from parmagic.errors import ParmagicError

# What is raised for what a function of ours is given.
_REFUSALS = (ParmagicError, IndexError, OSError, TypeError, ValueError)
_PACKAGE = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120 - no worker needs pathlib


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
            left = _of_others(cause.__traceback__)
            if left is None:  # the message says what was wrong
                error.__cause__ = None
            else:
                cause.with_traceback(left)


def _of_others(traceback: TracebackType | None) -> TracebackType | None:
    """Leave out the frames of our own that a traceback begins with."""
    while traceback and traceback.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        traceback = traceback.tb_next
    return traceback
