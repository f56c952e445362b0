"""The lines of a traceback: told apart from the frames that ran, and made into frames again."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import CodeType, FunctionType, TracebackType
from typing import Any, NamedTuple, cast

from parmagic.here import PACKAGE, without_first


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
        made = _raised_at(frame)
        built = TracebackType(built, made.tb_frame, made.tb_lasti, made.tb_lineno)
    return built


def without_ours(traceback: TracebackType | None, outer: Frame | None) -> TracebackType | None:
    """Drop the frames of parmagic's own files that a traceback begins with: no loop would have any.

    `outer`, if given, is put before the rest: the statement of a cell that is the task.
    """
    traceback = without_first(traceback, PACKAGE)
    first = traceback_of([outer]) if outer else None
    if first is None:
        return traceback
    return TracebackType(traceback, first.tb_frame, first.tb_lasti, first.tb_lineno)


def _raised_at(frame: Frame) -> TracebackType:
    """Raise something where `frame` says, in a function of that name that begins where it says.

    A traceback can only be made of frames that have run, so a frame is run for it.
    """
    import ast  # here: a worker has no use for it

    gap = frame.line - frame.first
    values = dict(frame.values)
    others = {f"value of {name}": name for name in values if name not in frame.arguments}
    assigned = "".join(f" {name} = {place!r};" for place, name in others.items())
    head = f"def function({', '.join(frame.arguments)}):"
    source = head + "\n" * gap + f"{assigned} raise 'it'"
    if frame.function == "<module>":
        source = "\n" * gap + "raise 'it'"
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr | ast.arg):
            node.col_offset = node.end_col_offset = -1  # or Python would underline parts of ours
    code = compile(tree, frame.filename, "exec", dont_inherit=True)
    for inner in code.co_consts:
        code = inner if isinstance(inner, CodeType) else code
    name = frame.function
    # As constants: the names that the frame knows are the notebook's, for a debugger, and for
    # Python, which looks there for a name that may have been meant.
    put = {"it": _Raised, **{place: values[one] for place, one in others.items()}}
    consts = tuple(put.get(one, one) if isinstance(one, str) else one for one in code.co_consts)
    code = code.replace(
        co_name=name, co_qualname=name, co_firstlineno=frame.first, co_consts=consts
    )
    main = sys.modules["__main__"] if frame.own else None
    run = FunctionType(code, vars(main) if main else {"__name__": "__main__"})
    try:
        run(*[values.get(name, _UNKNOWN) for name in frame.arguments])
    except _Raised as raised:
        ours = cast("TracebackType", raised.__traceback__)
        return cast("TracebackType", ours.tb_next)
    raise AssertionError(source)


class Shown:
    """Stands for an object that stayed in the worker, and is shown as it was there."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_UNKNOWN = Shown("<in the worker>")


class _Raised(Exception):  # noqa: N818 - no error: it only makes a frame
    """Raised to have a frame, and caught at once."""
