"""What can go wrong, as classes.

    ParmagicError
    ├── PlanError      what was typed cannot be run as it is; the magics raise it as a UsageError
    ├── TravelError    something cannot be sent to another process, or back
    ├── WorkerDied     a worker process ended in the middle of a task
    └── QueueError     there is no queue, or it grew past its bound

A task's own exception is none of these: it reaches the caller as it was raised.
"""

from __future__ import annotations


class ParmagicError(Exception):
    """The base of every error that parmagic itself raises."""


class PlanError(ParmagicError, ValueError):
    """An argument, an option or a line is wrong; the message says what to type instead."""


class TravelError(ParmagicError, TypeError):
    """A name, an argument or a result cannot be sent between processes; the message names it."""


class WorkerDied(ParmagicError, RuntimeError):  # noqa: N818 - it is said of the worker
    """A worker process ended in the middle of a task; the message names the cause."""


class QueueError(ParmagicError, RuntimeError):
    """There is no queue to add a task to, or it grew past its bound."""
