"""A Task is one call of a run, with its clocks; PENDING stands for a value that is not there."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final


class _Pending(enum.Enum):
    """Stands in `Run.values` where no task was finished: ask `value is parmagic.PENDING`."""

    PENDING = "PENDING"  # of an Enum, so that `is` holds after any pickle

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__

    def __bool__(self) -> bool:
        return False


PENDING: Final = _Pending.PENDING
"""Stands in `Run.values` where no task was finished."""


@dataclass(frozen=True, slots=True)
class Task:
    """One call of a run, with its clocks, which are None if it was never reached.

    Attributes:
        index: Its place among the tasks, and that of its value among the values.
        label: The code that ran, e.g. "square(x)".
        worker: Which worker ran it: a number from 0 to workers - 1.
        started: Seconds from the beginning of the run to its start.
        finished: Seconds from the beginning of the run to its end.
        cpu: Seconds of processor time that it took.
        error: The exception that it ended with; None if it did not fail.
        stdout: What it printed, on the standard output and on that for errors, in their order.
        parent: The index of the task that enqueued it, if one did.

    """

    index: int
    label: str
    worker: int | None = None
    started: float | None = None
    finished: float | None = None
    cpu: float | None = None
    error: BaseException | None = None
    stdout: str = ""
    parent: int | None = None

    @property
    def duration(self) -> float:
        """Seconds from its start to its end on the wall clock; 0.0 if it did not finish."""
        if self.started is None or self.finished is None:
            return 0.0
        return self.finished - self.started

    def to_dict(self) -> dict[str, Any]:
        """Return its raw numbers, and its duration, as plain JSON types."""
        return {
            "index": self.index,
            "label": self.label,
            "worker": self.worker,
            "started": self.started,
            "finished": self.finished,
            "duration": self.duration,
            "cpu": self.cpu,
            "error": None if self.error is None else error_text(self.error),
            "stdout": self.stdout,
            "parent": self.parent,
        }


def error_text(error: BaseException) -> str:
    """Say an exception as the last line of its traceback would: class and message."""
    name, message = type(error).__qualname__, message_of(error)
    return f"{name}: {message}" if message else name


def message_of(error: BaseException) -> str:
    """Return the message of an exception; none where its `__str__` fails."""
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's `__str__` may raise anything
        return ""
