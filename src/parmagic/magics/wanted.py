"""Whether the code that called a magic makes use of its value, or only shows it."""

from __future__ import annotations

import dis
import sys
from types import FrameType

_RUN = ("run_line_magic", "run_cell_magic")  # what IPython makes of `%magic` and `%%magic`
_DROPPED = {"POP_TOP", "PRINT_EXPR"}
_SHOWN = "CALL_INTRINSIC_1"  # since Python 3.12, for this and for other things
_PRINT = "INTRINSIC_PRINT"


def is_wanted() -> bool:
    """Tell whether the value of the magic that runs goes anywhere but to the output of its cell.

    As that of `x = %pmap f xs;` does: there a `;` has nothing to hide.
    """
    frame = _caller()
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


def _caller() -> FrameType | None:
    """Find the frame that has called the magic: the nearest, for magics may be nested."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - Python's own way to a caller
    while frame is not None and frame.f_code.co_name not in _RUN:
        frame = frame.f_back
    return None if frame is None else frame.f_back
