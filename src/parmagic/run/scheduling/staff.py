"""What a backend that runs tasks in workers knows of these; `feed` gives them their tasks."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parmagic.run.job import Job
    from parmagic.run.processes.handle import Handle
    from parmagic.run.workers.claims import Claims


class Pace:
    """How many workers there are, and how large their chunks should be: of one task, as a rule."""

    limit: int  # how many there may be

    def begin(self, code: str) -> None:
        """Learn which code the tasks run, as somebody typed it."""

    def size(self, job: Job) -> int:  # noqa: ARG002 - the same for every job
        """Say how many tasks the next chunk should have."""
        return 1

    def each(self) -> bool:
        """Say whether the clocks should be read for each task of the next chunk."""
        return True

    def patience(self) -> float:
        """Say after how many seconds a worker is to give back what it has not begun of a chunk."""
        return math.inf

    def claims(self) -> Claims | None:
        """Return what its worker must claim the tasks of the next chunk by, if others may do so."""
        return None

    def took(self, count: int, seconds: float) -> None:
        """Learn how long a chunk of `count` tasks took."""


class Staff(Pace):
    """The workers of a backend: `pool` keeps them, `process` has a new one for each task."""

    def free(self, *, alone: bool) -> Handle | None:
        """Return a worker that can be given a chunk, starting one if need be.

        A chunk that must be alone gets a worker that has nothing, and keeps it for itself.
        """
        raise NotImplementedError

    def working(self) -> Iterable[Handle]:
        """Return the workers that have been given something."""
        raise NotImplementedError

    def finished(self, worker: Handle) -> None:
        """Note that a worker has given back a chunk."""

    def died(self, worker: Handle) -> None:
        """Note that a worker has ended by itself, and forget it."""
        raise NotImplementedError
