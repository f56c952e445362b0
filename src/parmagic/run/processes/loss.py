"""What can be said of a worker that ended in the middle of a task."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, NamedTuple

from parmagic import cells
from parmagic.errors import WorkerDied

if TYPE_CHECKING:
    from parmagic.run.origin import Origin

MEGABYTE = 1_000_000  # bytes
STATUS = 0x8000_0000  # from here, exit codes are statuses of Windows, known as hexadecimal numbers
# A line of what `faulthandler` writes when a worker crashes.
_FRAME = re.compile(
    r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<function>.+)$', re.MULTILINE
)
# How it writes letters that are not ASCII.
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")


class Loss(NamedTuple):
    """The traces that a dead worker left."""

    exitcode: int | None  # negative: the signal that killed it; None if nobody has told
    crash: str  # what faulthandler wrote, if it could
    memory: int  # bytes it had in use when that was last looked at; 0 if it was not
    silent: bool = False  # whether it went on when it could not be heard any more
    inside: bool = False  # whether it was an interpreter, and no process


def death(loss: Loss, what: str, origin: Origin) -> WorkerDied:
    """Make the error for the task `what`, which was alone in two workers that died."""
    if loss.inside:
        return WorkerDied(f"the worker's interpreter ended while it ran {what}: {_words(loss)}")
    if loss.silent:
        return WorkerDied(f"while it ran {what}, the worker closed the files it is heard by")
    ended = "ended" if loss.exitcode is None else f"was ended by {_cause(loss.exitcode)}"
    message = f"the worker process {ended} while it ran {what}"
    if place := _place(loss.crash, origin):
        message += f", at {place}"
    if loss.memory:
        message += f"; it had {loss.memory // MEGABYTE:,} MB of memory in use"
    if loss.exitcode == -getattr(signal, "SIGKILL", 9):
        message += (
            ". Most likely the system ran out of memory: use fewer workers (`-w`), or smaller tasks"
        )
    return WorkerDied(message)


def stillbirth(loss: Loss) -> WorkerDied:
    """Make the error for workers that all end before they are given a task."""
    if loss.inside:
        return WorkerDied(f"interpreters end as they start: {_words(loss)}")
    cause = "" if loss.exitcode is None else f", by {_cause(loss.exitcode)}"
    return WorkerDied(
        f"worker processes end as they start{cause}: what they print is where the notebook was "
        "started, and may say why; or use `--backend thread`"
    )


def _words(loss: Loss) -> str:
    """Return what an interpreter leaves: the last words of its exception."""
    return (loss.crash.strip().splitlines() or ["without a word"])[-1]


def _cause(exitcode: int) -> str:
    if exitcode >= STATUS:
        return f"exit code 0x{exitcode:08X}"
    if exitcode >= 0:
        return f"exit code {exitcode}"
    try:
        return f"signal {signal.Signals(-exitcode).name}"
    except ValueError:
        return f"signal {-exitcode}"


def _place(crash: str, origin: Origin) -> str | None:
    """Find the innermost line of a cell in what faulthandler wrote, which begins with it."""
    for found in _FRAME.finditer(crash):
        filename = _ESCAPED.sub(lambda code: chr(int(code[code.lastindex or 0], 16)), found["file"])
        place = origin.find(filename, int(found["line"]))
        if place is not None:
            return f"{cells.label(place[0])} line {place[1]} in `{found['function']}`"
    return None
