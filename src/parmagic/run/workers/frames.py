"""The lines of a traceback: as plain data, and made into a traceback again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import CellType, CodeType, FunctionType, TracebackType
from typing import Any, NamedTuple

from parmagic.here import PACKAGE, without_first

# Flags of code whose variables are its own: CO_OPTIMIZED and CO_NEWLOCALS of `inspect`, which takes
# a worker long to import.
_WITH_LOCALS = 3
_NO_COLUMN = 13  # an entry of a table of lines that has none


class Frame(NamedTuple):
    """One line of a traceback, without the memory that a real frame holds on to."""

    filename: str
    line: int
    function: str = "<module>"
    first: int = 1  # the function's first line
    arguments: tuple[str, ...] = ()  # their names
    values: tuple[tuple[str, Any], ...] = ()  # of its variables: plain values, others as `Shown`
    own: bool = False  # whether it is of the notebook, not of a module


def traceback_of(frames: Sequence[Frame]) -> TracebackType | None:
    """Build a traceback that shows `frames`, the outermost first."""
    built: TracebackType | None = None
    for frame in reversed(frames):
        made = _standing_at(frame)
        made.tb_next, built = built, made
    return built


def without_ours(traceback: TracebackType | None, outer: Frame | None) -> TracebackType | None:
    """Drop the frames of our own files that a traceback begins with: a loop would have none.

    `outer`, if given, is put before the rest: the statement of a cell that is the task.
    """
    traceback = without_first(traceback, PACKAGE)
    first = traceback_of([outer]) if outer else None
    if first is None:
        return traceback
    return TracebackType(traceback, first.tb_frame, first.tb_lasti, first.tb_lineno)


def _standing_at(frame: Frame) -> TracebackType:
    """Make a line of a traceback, whose frame begins and stands where `frame` says.

    Its frame is that of a generator that never runs. A frame that ran would hold those that called
    it, and with them all data of the run, as long as anybody keeps the exception.
    """
    line = max(frame.line, frame.first)  # the code of a turn may begin before its cell
    values = dict(frame.values)
    code = _code_of(frame, [name for name in values if name not in frame.arguments], line)
    # Its globals are the notebook's: a debugger shows them, and where a name is missing, Python
    # looks there for a similar one.
    main = sys.modules["__main__"] if frame.own else None
    free = tuple(CellType(values[name]) for name in code.co_freevars)
    run = FunctionType(code, vars(main) if main else {"__name__": "__main__"}, closure=free)
    made = run(*[values.get(name, _UNKNOWN) for name in frame.arguments]).gi_frame
    return TracebackType(None, made, 0, line)


def _code_of(frame: Frame, others: Sequence[str], line: int) -> CodeType:
    """Compile a generator all of which is in one line; `others` are variables, but no arguments.

    These are free variables: a frame that does not run cannot be given others.
    """
    arguments, free = ", ".join(frame.arguments), ", ".join(others)
    source = f"lambda {free}: lambda {arguments}: (yield [{free}])"
    code = compile(source, frame.filename, "eval", dont_inherit=True)
    for _ in range(2):
        (code,) = (one for one in code.co_consts if isinstance(one, CodeType))
    names = *frame.arguments, *others  # Python 3.11 looks only here for a name that was meant
    inside = frame.function != "<module>"  # whose variables are the globals
    return code.replace(
        co_name=frame.function,
        co_qualname=frame.function,
        co_firstlineno=frame.first,
        co_linetable=_in_one_line(len(code.co_code), line - frame.first),
        co_flags=code.co_flags if inside else code.co_flags & ~_WITH_LOCALS,
        co_varnames=names,
        co_nlocals=len(names),
    )


def _in_one_line(size: int, below: int) -> bytes:
    """Write the line table of `size` bytes of code, all in the line so far `below` its first.

    Without columns, or Python would underline parts of that line. The format is that of "location
    table" in CPython's `locations.md`: each entry is for up to 8 units of two bytes.
    """
    number, entries = below << 1, bytearray()  # the last bit is its sign
    for left in range(size // 2, 0, -8):
        entries.append(0x80 | _NO_COLUMN << 3 | min(left, 8) - 1)
        while number >= 64:
            entries.append(64 | number & 63)
            number >>= 6
        entries.append(number)
        number = 0
    return bytes(entries)


class Shown:
    """Stands for an object that stayed in the worker, and is shown as it was there."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_UNKNOWN = Shown("<in the worker>")
