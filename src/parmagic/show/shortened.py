"""Has IPython show an exception at the user's own lines, each once.

IPython leaves out frames that ask for it, but never the last one. That one may be ours, where we
refuse something; or it may show the line that asked, which the first frame shows already.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from types import TracebackType
from typing import TypeVar

from parmagic import cells
from parmagic.here import PACKAGE, built, is_ours, listed, without_first
from parmagic.plan.work import TASK
from parmagic.run.interrupt import show
from parmagic.run.workers.frames import Frame, traceback_of
from parmagic.run.workers.raised import notes_of, set_field, set_traceback

_RENDER = "_render_traceback_"  # by which IPython asks an exception for its lines
_RUN = ("run_line_magic", "run_cell_magic")  # a front end may have its own
_CALLING = ("IPython", "decorator")  # the second is around every magic of an older IPython
_Raised = TypeVar("_Raised", bound=BaseException)


def shortened(error: _Raised) -> _Raised:
    """Return the exception itself; IPython then shows it without such a last frame."""
    if cells.shell() is not None:
        set_field(error, _RENDER, functools.partial(_rendered, error))
    return error


@contextlib.contextmanager
def shortly() -> Iterator[None]:
    """Do so with whatever is raised meanwhile."""
    __tracebackhide__ = True
    try:
        yield
    except Exception as error:
        shortened(error)
        raise


class at_own_lines:  # noqa: N801 - it is read as a statement
    """Leads what a magic raises to the user's own lines, where `_rendered` does not.

    IPython has Python itself show an exception group; and of an interrupt while we read code, to
    show the place would take a second, and help nobody.
    """

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, _: object, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if traceback is not None and hasattr(error, _RENDER):
            # These frames are not shown, but would keep the run and its data in memory.
            traceback.tb_next = without_first(traceback.tb_next, PACKAGE)
        if isinstance(error, BaseExceptionGroup):
            own = [one for one in _places(traceback) if not is_ours(one)]
            set_traceback(error, built(own))
        if isinstance(error, KeyboardInterrupt):
            show()
            set_traceback(error, built(_without_reading(traceback)))
            shortened(error).__suppress_context__ = True


def _without_reading(tb: TracebackType | None) -> list[TracebackType]:
    """List the places of a traceback down to our first frame below the last one of a cell."""
    found = listed(tb)
    in_cells = [at for at, one in enumerate(found) if cells.is_cell(_place(one)[0])]
    begin = in_cells[-1] + 1 if in_cells else 0
    ours = next((at for at in range(begin, len(found)) if is_ours(found[at])), len(found))
    return found[: ours + 1]


def _rendered(error: BaseException) -> list[str]:
    """Return the lines of a traceback, as IPython asks an exception for them."""
    running = cells.shell()
    assert running is not None  # noqa: S101 - it is who asks
    shown = built(_places(error.__traceback__))
    shower = running.InteractiveTB
    lines: list[str] = shower.structured_traceback(type(error), error, shown)
    shower.tb = error.__traceback__  # an older IPython has its debugger go where this does
    notes = list(map(str, notes_of(error)))
    if notes and notes[-1] not in lines[-1]:
        lines += notes  # which IPython leaves out if it is older than they are
    return lines


def _places(tb: TracebackType | None) -> list[TracebackType]:
    """List the places of a traceback, without those at its end that would tell nothing."""
    found = _without_way_here(listed(tb))
    while len(found) > 1 and is_ours(found[-1]):
        found.pop()
    found = _without_tasks(found)
    seen = [at for at, one in enumerate(found) if not _is_hidden(one)]
    if len(seen) < 2 or found[seen[-1]].tb_frame.f_code.co_name != "<module>":
        return found  # the last is a task's own frame
    asked, last = seen[-2:]
    between = asked < last - 1
    if between and _place(found[asked]) == _place(found[last]):
        del found[asked + 1 :]
    elif between and found[asked].tb_frame.f_code.co_filename == _place(found[last])[0]:
        del found[asked:last]  # a statement in a loop of the cell, and the loop
    return found


def _without_way_here(places: list[TracebackType]) -> list[TracebackType]:
    """Leave out the frames of IPython between the line that asks and our magic."""
    kept: list[TracebackType] = []
    for one in places:
        while is_ours(one) and len(kept) > 1 and _is_calling(kept[-1]):
            kept.pop()  # but not the first frame, which IPython counts off
        kept.append(one)
    return kept


def _without_tasks(places: list[TracebackType]) -> list[TracebackType]:
    """Show a task's code once: at the line or cell where it stands, not as a function of ours."""
    kept: list[TracebackType] = []
    for one in places:
        code = one.tb_frame.f_code
        seen = [number for number, other in enumerate(kept) if not _is_hidden(other)]
        if not seen or code.co_name != TASK:
            kept.append(one)
            continue
        asking = kept[seen[-1]]
        if asking.tb_frame.f_code.co_filename == code.co_filename:
            asking = _at_line(asking, one.tb_lineno)
        kept[seen[-1] :] = [asking, *(kept[seen[-1] + 1 :] if one is not places[-1] else [])]
    return kept


def _at_line(asking: TracebackType, line: int) -> TracebackType:
    """Show the line that failed, which may be another than the first line of the statement.

    For the frame of a cell IPython shows the line where it is now, so another frame is made.
    """
    code = asking.tb_frame.f_code
    made = None
    if code.co_name == "<module>":
        made = traceback_of([Frame(code.co_filename, line)])
    return made or TracebackType(None, asking.tb_frame, asking.tb_lasti, line)


def _is_hidden(one: TracebackType) -> bool:
    """Tell whether a frame is between a line of the user's and the work of our magic."""
    return _is_calling(one) or bool(one.tb_frame.f_locals.get("__tracebackhide__"))


def _is_calling(one: TracebackType) -> bool:
    module = str(one.tb_frame.f_globals.get("__name__")).partition(".")[0]
    return module in _CALLING or one.tb_frame.f_code.co_name in _RUN


def _place(one: TracebackType) -> tuple[str, int]:
    return one.tb_frame.f_code.co_filename, one.tb_lineno
