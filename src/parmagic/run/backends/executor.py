"""The backend that is an executor of the user's own, of `concurrent.futures` or made like it.

Nothing of it is changed, and it is never shut down. If it has threads of this process, a run
borrows them, and tasks run as on the backend `thread`. All others are given chunks.
"""

from __future__ import annotations

from concurrent import futures
from concurrent.futures import Executor, Future
from typing import Any

from parmagic.run.backend import THREADS, name_of, size_of
from parmagic.run.backends import thread
from parmagic.run.job import Job
from parmagic.run.scheduling.hiring import Hiring
from parmagic.run.scheduling.sizes import Guided
from parmagic.run.scheduling.submission import broken, submit


def run(job: Job, workers: int) -> None:
    """Run a job on the executor that it names, with at most so many chunks at a time."""
    executor = job.executor
    assert executor is not None  # noqa: S101 - for mypy: it is chosen by one
    if name_of(executor) == THREADS:
        _run_on_threads(job, executor, workers)
    else:
        whole = workers == size_of(executor)
        Hiring(job, executor, Guided(workers), whole=whole).run()


def _run_on_threads(job: Job, executor: Executor, workers: int) -> None:
    loans: list[_Loan] = []

    def lend(work: thread.Work, gone: thread.Work) -> _Loan:
        loans.append(_Loan(executor, work, gone))
        return loans[-1]

    thread.run(job, workers, lend)
    if loans and not any(loan.begun for loan in loans):
        raise broken(loans[0].reason())


class _Loan:
    """A thread of an executor's, for one run; `gone` is called if it never begins."""

    def __init__(self, executor: Executor, work: thread.Work, gone: thread.Work) -> None:
        self._executor = executor
        self._work = work
        self._gone = gone
        self._future: Future[Any] | None = None
        self.begun = False

    def start(self) -> None:
        self._future = submit(self._executor, self._begin)
        self._future.add_done_callback(self._over)

    def _begin(self) -> None:
        self.begun = True
        self._work()

    def _over(self, _: object) -> None:
        if not self.begun:
            self._gone()

    def reason(self) -> BaseException:
        """Say why it never began: its executor broke, or somebody else cancelled it."""
        future = self._future
        error = None if future is None or future.cancelled() else future.exception()
        return error or futures.CancelledError("its work was cancelled")

    def join(self) -> None:
        if self.begun and self._future is not None:  # nobody may ever look at one cancelled
            futures.wait([self._future])

    def withdraw(self) -> None:
        if self._future is not None:
            self._future.cancel()
