"""The backend `pool`: warm worker processes that stay for the next cell."""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from multiprocessing.process import parent_process
from multiprocessing.util import Finalize
from typing import TYPE_CHECKING, Self

from parmagic.modules.folder import private_folder
from parmagic.run import cpus
from parmagic.run.interrupt import arrived, held, imported
from parmagic.run.processes import launch
from parmagic.run.processes.handle import GRACE, Handle
from parmagic.run.processes.listener import Listener
from parmagic.run.scheduling.sizes import Guided
from parmagic.run.scheduling.staff import Staff
from parmagic.run.workers.claims import Claims
from parmagic.run.workers.libraries import threads_each

if TYPE_CHECKING:
    from parmagic.run.job import Job

AHEAD = 2  # chunks a worker holds: it starts on the second while the first is on its way back
AGAIN = 0.01  # seconds between looks whether another thread still has the pool
KNOWN = 64  # pieces of code whose tasks' lengths are kept
PATIENCE = 1.0  # seconds that a run has to notice that its workers are to be ended
PREPARED = 4  # workers started ahead of need, at most; more are started when they are asked for


def run(job: Job, workers: int) -> None:
    """Run a job on so many warm workers."""
    _kept.here().run(job, workers)


def prepare(method: str, workers: int, modules: Iterable[str] = ()) -> None:
    """Start workers before they are needed, and have them import what they will need.

    Does nothing while a run has the workers: it starts those it needs itself.
    """
    kept = _kept.here()

    def start() -> None:
        pool = kept.pool
        pool.use(method)
        threads = threads_each(cpus.available(), workers)
        while len(pool.workers) < min(workers, PREPARED):
            pool.start(threads)
        for worker in pool.workers:
            worker.bring_in(tuple(modules))

    with kept.preparing:
        kept.alone(start)


def lacking(workers: int) -> str:
    """Return the method to start workers by if some that were prepared have ended; else "".

    It is "", too, while another thread has the pool: that starts what it needs itself.
    """
    kept, living = _kept.here(), list[int]()
    kept.alone(lambda: living.append(kept.pool.living()))
    return kept.pool.method if living and living[0] < min(workers, PREPARED) else ""


def warm(method: str) -> int:
    """Count the workers that are there already, started by `method`."""
    return _kept.here().warm(method)


def close() -> None:
    """End all workers, and what was started to start them."""
    _kept.here().close()
    launch.end()
    atexit.unregister(close)


class Pool:
    """Worker processes that stay."""

    def __init__(self) -> None:
        self.workers: list[Handle] = []
        self.lengths: dict[str, float] = {}  # seconds of a task, by the code that it runs
        self.method = ""  # that its workers are started by; "" before the first
        self._tracked = False
        self._listener = Listener()  # to workers that have tasks
        self._ends = Listener()  # to all, before a run
        self._claims: Claims | None = None

    def use(self, method: str) -> None:
        """Start workers by `method` from now on; those started otherwise are ended."""
        tracked = launch.tracked(method)
        if (method, tracked) != (self.method, self._tracked):
            self.close()
            self.method, self._tracked = method, tracked

    def run(self, job: Job, limit: int) -> None:
        """Run a job on at most `limit` workers."""
        feed = imported("run.scheduling.feed")  # here: workers start before it is there

        staff = _Staff(self, limit, job.threads)
        self.use(job.start_method)
        # Their libraries would have more threads than is their share of the processors this time.
        greedy = [worker for worker in self.workers if worker.threads > job.threads]
        # They have died without a task, so none is to blame.
        ended = self._ends.listen(self.workers, 0).ended
        for worker in {*ended, *greedy}:
            staff.forget(worker)
        for lane, worker in enumerate(self.workers):
            worker.lane = lane
        try:
            feed.Feed(job, staff, self._listener).run()
            staff.end()
        except BaseException:
            arrived()
            # Nothing that still runs may go on behind the user's back.
            with held():
                busy = [worker for worker in self.workers if worker.given]
                for worker in busy:
                    worker.strike()  # all at once, as some need a moment to end
                for worker in busy:
                    staff.forget(worker)
            raise

    def start(self, threads: int) -> Handle:
        """Start one more, in a lane of its own; a library may have so many threads in it."""
        self.end_at_exit()
        lane = min({*range(len(self.workers) + 1)} - {one.lane for one in self.workers})
        with held():
            self.workers.append(Handle(self.method, lane, threads))
        return self.workers[-1]

    def end_at_exit(self) -> None:
        """End at the end of the program, before what workers need is gone."""
        atexit.unregister(close)
        atexit.register(close)
        if parent_process() is not None:  # a process of multiprocessing ends without `atexit`
            Finalize(None, close, exitpriority=1)

    def claims(self) -> Claims | None:
        """Return what takes back tasks that a worker has not begun; None where there is none."""
        if self._claims is None:
            path = private_folder() / f"claims-{os.getpid()}-{id(self)}"
            with contextlib.suppress(OSError):  # as on Windows
                self._claims = Claims(str(path))
        return self._claims

    def warm(self, method: str) -> int:
        """Count the living workers; none if others would be started by this method."""
        same = (method, launch.tracked(method)) == (self.method, self._tracked)
        return self.living() if same else 0

    def living(self) -> int:
        """Count the living workers."""
        return sum(worker.process.is_alive() for worker in self.workers)

    def close(self) -> None:
        """End all workers."""
        with held():
            for worker in self.workers:
                worker.dismiss()
            end = time.monotonic() + GRACE
            for worker in self.workers:
                worker.process.join(max(0.0, end - time.monotonic()))
            for worker in self.workers:
                worker.strike()  # all at once, as above
            while self.workers:
                self.workers.pop().kill()
            claims, self._claims = self._claims, None
            if claims is not None:
                claims.close()


class _Staff(Guided, Staff):
    """The workers of one run, taken from the warm ones, and new ones where they are too few."""

    def __init__(self, pool: Pool, limit: int, threads: int) -> None:
        super().__init__(limit)
        self.workers = pool.workers
        self.since = launch.ends
        self._pool = pool
        self._threads = threads
        self._code = ""  # that the tasks run
        self._claims: Claims | None = None

    def begin(self, code: str) -> None:
        """Begin with what an earlier run of the same code has told."""
        self._code = code
        self.seconds = self._pool.lengths.get(code)
        if self.seconds is not None and self.limit > 1:
            self._claims = self._pool.claims()
            self.claimed = self._claims is not None

    def claims(self) -> Claims | None:
        """Have the worker claim each task, if it is given all of them."""
        if not self.together:
            return None
        # For one chunk: there is one pipe. Items that cannot be sent make several chunks.
        claims, self._claims = self._claims, None
        return claims

    def end(self) -> None:
        """Keep how long the tasks were for the next run of the same code."""
        lengths = self._pool.lengths
        lengths.pop(self._code, None)
        if self.seconds is not None:
            lengths[self._code] = self.seconds
        if len(lengths) > KNOWN:
            del lengths[next(iter(lengths))]

    def free(self, *, alone: bool) -> Handle | None:
        workers = self.workers[: self.limit]
        for worker in workers:
            if not worker.given:
                return worker
        if len(workers) < self.limit:
            return self.one_more(partial(self._pool.start, self._threads))
        if alone or not self.ahead(self.remaining):
            return None
        room = (one for one in workers if len(one.given) < AHEAD and not one.alone)
        return min(room, key=lambda worker: len(worker.given), default=None)


class Kept:
    """A pool that is kept for whoever has a use for it."""

    def __init__(self, kind: Callable[[], Pool]) -> None:
        self._kind = kind
        self._begin()

    def _begin(self) -> None:
        self._owner = os.getpid()
        self.pool = self._kind()
        self._users: list[object] = []  # who has the pool, if anyone, and who waits for it
        self.preparing = threading.Lock()

    def here(self) -> Self:
        """Return it, with a new pool in a process that was forked.

        The workers are those of its parent: it must not talk to them, not even to end them.
        """
        if self._owner != os.getpid():
            self._begin()
        return self

    def run(self, job: Job, workers: int) -> None:
        """Run a job on so many workers."""
        with launch.impatient(), self.preparing:
            pass  # workers that are just being started are ready before any other could be
        with launch.ends_named():
            if not self.alone(partial(self.pool.run, job, workers)):
                own = self._kind()  # another thread has the one that is kept, maybe for hours
                try:
                    own.run(job, workers)
                finally:
                    own.close()

    def warm(self, method: str) -> int:
        """Count the workers that a run would find; none if another thread has them."""
        found = list[int]()
        self.alone(lambda: found.append(self.pool.warm(method)))
        return sum(found)

    def alone(self, use: Callable[[], object], seconds: float = 0.0) -> bool:
        """Do something with the pool; False if another still has it after so many seconds."""
        me, end = object(), time.monotonic() + seconds
        try:
            # Taken and given back in one step each: an interrupt may come at any moment.
            self._users.append(me)
            while self._users[0] is not me:
                if time.monotonic() >= end:
                    return False
                time.sleep(AGAIN)
            use()
            return True
        finally:
            self._users.remove(me)

    def close(self) -> None:
        """End all workers; a run of another thread that has them ends with an error."""
        with self.preparing:
            launch.end_runs()
            if not self.alone(self.pool.close, PATIENCE):
                self.pool.close()


_kept = Kept(Pool)
