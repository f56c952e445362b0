"""The backend `pool`: warm worker processes that stay for the next cell."""

from __future__ import annotations

import atexit
import contextlib
from collections.abc import Iterable

from parmagic.run import launch
from parmagic.run.feed import Feed
from parmagic.run.handle import Handle
from parmagic.run.job import Job
from parmagic.run.sizes import Sizes

AHEAD = 2  # chunks a worker holds: it starts on the second while the first is on its way back

_workers: list[Handle] = []
_method: str | None = None


def run(job: Job, workers: int) -> None:
    """Run a job on warm workers, as many as asked for or as there are tasks."""
    global _method
    if _method != job.start_method:
        close()
        _method = job.start_method
    total = job.items.total
    staff = _Staff(job.start_method, workers if total is None else min(workers, max(total, 1)))
    try:
        Feed(job, staff).run()
    except BaseException:
        # Interrupted, or worse: what is still running must not go on behind the user's back.
        for worker in [worker for worker in _workers if worker.given]:
            _forget(worker)
        raise


def close() -> None:
    """End all workers, and what was started to start them."""
    for worker in _workers:
        worker.dismiss()
    while _workers:
        _workers.pop().end()
    launch.stop_server()
    atexit.unregister(close)


def _forget(worker: Handle) -> None:
    with contextlib.suppress(ValueError):
        _workers.remove(worker)
    worker.kill()


class _Staff:
    """The workers of one run, taken from the warm ones, and new ones where they are too few."""

    def __init__(self, method: str, limit: int) -> None:
        self._method = method
        self._limit = limit
        self._sizes = Sizes(limit)
        self.each = self._sizes.each
        self.took = self._sizes.took
        for lane, worker in enumerate(_workers):
            worker.lane = lane

    def size(self, job: Job) -> int:
        return self._sizes.next(job.items.remaining)

    def free(self) -> Handle | None:
        ours = _workers[: self._limit]
        least = min(ours, key=lambda worker: len(worker.given), default=None)
        if least is not None and not least.given:
            return least
        if len(ours) < self._limit:
            # At the end of the program before multiprocessing waits for its children.
            atexit.unregister(close)
            atexit.register(close)
            _workers.append(Handle(self._method, len(_workers)))
            return _workers[-1]
        if least is not None and len(least.given) < AHEAD and self._sizes.ahead:
            return least
        return None

    def working(self) -> Iterable[Handle]:
        return [worker for worker in _workers if worker.given]

    def finished(self, worker: Handle) -> None:
        pass

    def died(self, worker: Handle) -> None:
        _forget(worker)
