"""The backend `process`: a fresh `multiprocessing.Process` for each task."""

from __future__ import annotations

from parmagic.run.interrupt import arrived, held
from parmagic.run.job import Job
from parmagic.run.processes import launch
from parmagic.run.processes.handle import Handle
from parmagic.run.scheduling.feed import Feed
from parmagic.run.scheduling.staff import Staff


def run(job: Job, workers: int) -> None:
    """Run each task in a process of its own, at most `workers` of them alive at a time."""
    staff = _Staff(job.start_method, workers, job.threads)
    with launch.ends_named():
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
        self.workers = []
        self.since = launch.ends
        self.limit = limit
        self._method = method
        self._threads = threads

    def free(self, *, alone: bool) -> Handle | None:  # noqa: ARG002 - all of them are
        for worker in [one for one in self.workers if not one.given]:
            self.workers.remove(worker)
            worker.end()
        return self.one_more(self._start) if len(self.workers) < self.limit else None

    def _start(self) -> None:
        lane = min(set(range(self.limit)).difference(worker.lane for worker in self.workers))
        with held():
            self.workers.append(Handle(self._method, lane, self._threads))

    def finished(self, worker: Handle) -> None:
        worker.dismiss()

    def end(self) -> None:
        """Wait for every process to end, each of which has been told to."""
        while self.workers:
            self.workers.pop().end()

    def kill(self) -> None:
        """End every process at once, whatever it does."""
        while self.workers:
            self.workers.pop().kill()
