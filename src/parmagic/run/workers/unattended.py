"""What is said of a task that asks whoever is at the keyboard: in a worker nobody is."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from parmagic.run.workers.raised import add_note, set_traceback

_OF_INPUT = "EOF when reading a line"  # what `input` says where there is nothing to be read
_CURE = "(nobody can type into a worker: use `--backend serial`)"


def told(error: BaseException) -> BaseException:
    """Return what is to be said of an exception: of `input`, and of a debugger, what to do.

    IPython shows nothing of a debugger that was left, so another exception takes its place.
    """
    if type(error) is EOFError and error.args == (_OF_INPUT,):
        add_note(error, _CURE)
    elif _has_left(error):
        left = EOFError("a debugger waits for a command")
        add_note(left, _CURE)
        set_traceback(left, _without_debugger(error.__traceback__))
        return left
    return error


def _has_left(error: BaseException) -> bool:
    """Tell whether a debugger has ended that had nothing to read; since Python 3.14 by an exit."""
    if (type(error).__module__, type(error).__name__) == ("bdb", "BdbQuit"):
        return True
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    by_debugger = last is not None and last.tb_frame.f_globals.get("__name__") == "pdb"
    if not (type(error) is SystemExit and by_debugger):
        return False
    # It would be used again by a later task, and stop at nothing.
    kind: Any = sys.modules["pdb"].Pdb
    if (debugger := getattr(kind, "_last_pdb_instance", None)) is not None:
        debugger.set_quit()
        kind._last_pdb_instance = None  # noqa: SLF001 - nothing public lets go of it
    return True


def _without_debugger(traceback: TracebackType | None) -> TracebackType | None:
    last = traceback
    while last is not None and last.tb_next is not None:
        if last.tb_next.tb_frame.f_globals.get("__name__") in ("bdb", "pdb"):
            last.tb_next = None
        else:
            last = last.tb_next
    return traceback
