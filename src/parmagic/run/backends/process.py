"""The backend `process`: a fresh `multiprocessing.Process` for each task."""

from __future__ import annotations

from collections.abc import Iterable

from parmagic.run.interrupt import arrived, held
from parmagic.run.job import Job
from parmagic.run.processes import launch
from parmagic.run.processes.handle import Handle
from parmagic.run.scheduling.feed import Feed
from parmagic.run.scheduling.staff import Staff


def run(job: Job, workers: int) -> None:
    """Run each task in a process of its own, at most `workers` of them alive at a time."""
    staff = _Staff(job.start_method, workers, job.threads)
    try:
        Feed(job, staff).run()
    except BaseException:
        arrived()
        with held():
            staff.kill()
        raise
    staff.end()


class _Staff(Staff):
    """Processes that are born for one task and end with it."""

    def __init__(self, method: str, limit: int, threads: int) -> None:
        self._method = method
        self._since = launch.ends
        self._threads = threads
        self.limit = limit
        self._alive: list[Handle] = []

    def free(self, *, alone: bool) -> Handle | None:  # noqa: ARG002 - all of them are
        for worker in [one for one in self._alive if not one.given]:
            self._alive.remove(worker)
            worker.end()
        taken = {worker.lane for worker in self._alive}
        if len(taken) == self.limit:
            return None
        launch.see_no_end(self._since)
        lane = min(set(range(self.limit)) - taken)
        try:
            with held():
                self._alive.append(Handle(self._method, lane, self._threads))
        except OSError:  # no more processes or open files are to be had: go on with fewer
            if not self._alive:
                raise
            self.limit = len(self._alive)
            return None
        return self._alive[-1]

    def working(self) -> Iterable[Handle]:
        launch.see_no_end(self._since)
        return [worker for worker in self._alive if worker.given]

    def finished(self, worker: Handle) -> None:
        worker.dismiss()

    def died(self, worker: Handle) -> None:
        with held():
            self._alive.remove(worker)
            worker.kill()

    def end(self) -> None:
        """Wait for every process to end, each of which has been told to."""
        while self._alive:
            self._alive.pop().end()

    def kill(self) -> None:
        """End every process at once, whatever it does."""
        while self._alive:
            self._alive.pop().kill()
