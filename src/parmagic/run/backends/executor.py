"""The backend that is an executor of the user's own: `concurrent.futures`, or what is made like it.

It stays the user's: nothing of it is changed, and it is never shut down. Threads of this process
run tasks as the backend `thread` does: they are lent to a run whole. All others are given chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Executor, Future
from typing import Any

from parmagic.run.backend import THREADS, name_of, size_of
from parmagic.run.backends import thread
from parmagic.run.job import Job
from parmagic.run.scheduling.hiring import Hiring
from parmagic.run.scheduling.pace import Guided
from parmagic.run.scheduling.submission import submit


def run(job: Job, workers: int) -> None:
    """Run a job on the executor that it names, with at most so many chunks at a time."""
    executor = job.executor
    assert executor is not None  # noqa: S101 - for mypy: it is chosen by one
    if name_of(executor) == THREADS:
        thread.run(job, workers, lambda work: _Loan(executor, work))
    else:
        whole = workers == size_of(executor)
        Hiring(job, executor, Guided(workers), whole=whole).run()


class _Loan:
    """A thread of an executor's, for one run."""

    def __init__(self, executor: Executor, work: Callable[[], None]) -> None:
        self._executor = executor
        self._work = work
        self._future: Future[Any] | None = None

    def start(self) -> None:
        self._future = submit(self._executor, self._work)

    def join(self) -> None:
        if self._future is not None:
            futures.wait([self._future])

    def withdraw(self) -> bool:
        future = self._future
        return future is not None and not future.cancelled() and future.cancel()
