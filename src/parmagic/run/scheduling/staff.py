"""The workers of a run, and how large their chunks should be, as `feed` asks for them."""

from __future__ import annotations

import errno
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from parmagic.errors import WorkerDied
from parmagic.run.interrupt import held
from parmagic.run.processes import launch

if TYPE_CHECKING:
    from parmagic.run.job import Job
    from parmagic.run.processes.handle import Handle
    from parmagic.run.workers.claims import Claims

_SCARCE = (errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM)


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
        """Return the pipe through which a worker must claim the tasks of the next chunk, if any."""
        return None

    def took(self, count: int, seconds: float) -> None:
        """Learn how long a chunk of `count` tasks took."""


class Staff(Pace):
    """The workers of one run: `pool` keeps them, `process` has a new one for each task."""

    workers: list[Handle]
    since: int  # how often all workers had been ended when the run began

    def free(self, *, alone: bool) -> Handle | None:
        """Return a worker that can be given a chunk, starting one if need be.

        A chunk that must be alone gets a worker that has nothing, and keeps it for itself.
        """
        raise NotImplementedError

    def one_more(self, start: Callable[[], object]) -> Handle | None:
        """Start a worker; None if no more processes or open files are to be had for it."""
        launch.see_no_end(self.since)
        try:
            start()
        except OSError as error:
            if not self.workers:
                if error.errno in _SCARCE:
                    raise WorkerDied(
                        f"not even one worker can be started: {error.strerror}; close files, or "
                        "end other programs, or use `--backend thread`"
                    ) from None
                raise
            self.limit = len(self.workers)  # go on with fewer
            return None
        return self.workers[-1]

    def working(self) -> list[Handle]:
        """Return the workers that have been given something."""
        launch.see_no_end(self.since)
        return [worker for worker in self.workers if worker.given]

    def finished(self, worker: Handle) -> None:
        """Note that a worker has given back a chunk."""

    def forget(self, worker: Handle) -> None:
        """End a worker at once, if it has not ended by itself, and let go of it."""
        with held():
            self.workers.remove(worker)
            worker.kill()
