"""What is said of a task that asks whoever is at the keyboard: in a worker nobody is."""

from __future__ import annotations

from types import TracebackType

from parmagic.run.workers.raised import add_note, set_traceback

_OF_INPUT = "EOF when reading a line"  # what `input` says where there is nothing to be read
_CURE = "(nobody can type into a worker: use `--backend serial`)"


def told(error: BaseException) -> BaseException:
    """Return what is to be said of an exception: of `input`, and of a debugger, what to do.

    IPython shows nothing of a debugger that was left, so another exception takes its place.
    """
    kind = type(error)
    if kind is EOFError and error.args == (_OF_INPUT,):
        add_note(error, _CURE)
    elif (kind.__module__, kind.__name__) == ("bdb", "BdbQuit"):
        left = EOFError("a debugger waits for a command")
        add_note(left, _CURE)
        set_traceback(left, _without_debugger(error.__traceback__))
        return left
    return error


def _without_debugger(traceback: TracebackType | None) -> TracebackType | None:
    last = traceback
    while last is not None and last.tb_next is not None:
        if last.tb_next.tb_frame.f_globals.get("__name__") in ("bdb", "pdb"):
            last.tb_next = None
        else:
            last = last.tb_next
    return traceback
