"""What the code that calls a magic tells: where it stands, and what becomes of the value."""

from __future__ import annotations

import dis
import sys
from collections.abc import Callable
from types import FrameType
from typing import cast

from parmagic import cells

_RUN = ("run_line_magic", "run_cell_magic")  # what IPython makes of `%magic` and `%%magic`
_DROPPED = {"POP_TOP", "PRINT_EXPR"}
_SHOWN = "CALL_INTRINSIC_1"  # since Python 3.12, for this and for other things
_PRINT = "INTRINSIC_PRINT"


def place() -> tuple[str, int]:
    """Return the file name and the line of the cell, or of its function, that calls a magic."""
    frame = _nearest(lambda one: one.f_back is None or cells.is_cell(one.f_code.co_filename))
    frame = cast("FrameType", frame)  # there is always an outermost one
    return frame.f_code.co_filename, frame.f_lineno


def is_timed() -> bool:
    """Tell whether `%timeit` calls this, again and again: then only its time is wanted."""
    return _nearest(lambda one: one.f_code.co_filename == "<magic-timeit>") is not None


def is_wanted() -> bool:
    """Tell whether the value of the magic goes anywhere but to the output of its cell.

    In `x = %pmap f xs;` it does: there the `;` has nothing to hide.
    """
    magic = _nearest(lambda one: one.f_code.co_name in _RUN)  # the nearest: magics may be nested
    frame = magic and magic.f_back
    if frame is None:
        return True
    code = frame.f_code
    after = (one for one in dis.get_instructions(code) if one.offset > frame.f_lasti)
    then = next(after, None)
    if then is None or then.opname in _DROPPED:
        return False
    if then.opname == _SHOWN:
        return then.argrepr != _PRINT
    # The last expression of a cell below `%%parallel` or `%%pmap` is its value.
    return not (then.opname == "RETURN_VALUE" and code.co_name == "<module>")


def _nearest(is_it: Callable[[FrameType], bool]) -> FrameType | None:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - Python's own way to a caller
    while frame is not None and not is_it(frame):
        frame = frame.f_back
    return frame
