"""Gives the chunks of a job to an executor of the user's, and takes back what it made of them.

What happens to a chunk:

    a worker returns it      its tasks are recorded, as `feed` says
    the executor breaks      the run ends with WorkerDied; what had come back is kept
    the run is ended         it is cancelled; if it has begun, it is not waited for
"""

from __future__ import annotations

import itertools
import os
import pickle
import queue
import time
from concurrent import futures
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from parmagic.errors import PlanError, TravelError
from parmagic.modules.folder import private_folder
from parmagic.modules.package import Package
from parmagic.modules.values.buffers import Parcel, discard
from parmagic.run import clients
from parmagic.run.chunk import Chunk
from parmagic.run.interrupt import arrived, held, look
from parmagic.run.job import Job
from parmagic.run.processes.messages import Done, Printed, done_with
from parmagic.run.scheduling.intake import Intake
from parmagic.run.scheduling.sizes import Guided
from parmagic.run.scheduling.submission import broken, submit
from parmagic.run.workers import hired
from parmagic.run.workers.surroundings import surroundings
from parmagic.words import plural

AHEAD = 2  # chunks for each worker, as in `pool`
GRACE = 0.2  # seconds that chunks may take that were interrupted
LOOK = 0.1  # seconds between looks at what the cell shows
_numbers = itertools.count()


def _discard(chunk: Chunk, _: object) -> None:
    discard(chunk.payload)


class _Given(NamedTuple):
    """A chunk that the executor has."""

    chunk: Chunk
    at: float  # perf_counter
    sent: int  # bytes


class Hiring(Intake):
    """One job on its way through an executor whose workers are not threads of this process."""

    def __init__(self, job: Job, executor: Executor, pace: Guided, *, whole: bool) -> None:
        super().__init__(job, pace)
        self._guided = pace
        self._executor = executor
        self._whole = whole  # whether no more workers than are counted can run chunks
        self._around = surroundings()
        self._briefs: dict[str, Path] = {}  # by the key of a package
        self._given: dict[Future[Any], _Given] = {}
        self._news: queue.SimpleQueue[Future[Any]] = queue.SimpleQueue()
        self._lanes = _Lanes(pace.limit)
        self._interrupted = False
        hired.notebook = os.getpid()

    def run(self) -> None:
        """Run the job to its end."""
        try:
            self._supply.begin()
            self._give_out()
            self._supply.remark()
            while self._given:
                self._listen()
                self._give_out()
        except BaseException as error:
            arrived()
            with held():
                self._leave(interrupted=isinstance(error, KeyboardInterrupt))
            raise
        finally:
            self._supply.drop(over=True)
            self._end()

    def _end(self) -> None:
        """Have no chunk begin any more that the executor may still hold."""
        while self._briefs:
            _, brief = self._briefs.popitem()
            try:
                brief.unlink(missing_ok=True)
            except PermissionError:  # Windows removes none that a worker is just reading
                brief.write_bytes(b"")

    def _leave(self, *, interrupted: bool) -> None:
        """Keep what has come back, and cancel the rest.

        Jupyter interrupts also processes that the notebook has started: these soon come back.
        """
        self._end()
        if interrupted:
            self._interrupted = True
            futures.wait([one for one in self._given if not one.cancel()], GRACE)
        while not self._news.empty():
            future = self._news.get()
            if not future.cancelled() and future.exception() is None and future.result():
                self._hear(future)
        where = "still with the executor's workers, which are not ended"
        begun: set[Future[Any]] = set()
        if clients.gives(self._executor):  # whose futures never say that they have begun
            where = "may still run on the workers of dask"
            begun.update(itertools.islice(self._given, self._guided.limit))
        running = 0
        for future, given in self._given.items():
            if not (future.cancel() or future.done()) or future in begun:
                running += len(given.chunk.items)
            future.add_done_callback(partial(_discard, given.chunk))
        if running:
            said = f"{plural(running, 'task')} {where}; what they return is not waited for\n"
            self._job.screen.write("stderr", said)

    def _give_out(self) -> None:
        """Give chunks to the executor, as many as its workers have a use for."""
        if self._job.failed is not None:
            self._supply.drop()
            for future, given in list(self._given.items()):
                if not self._job.wanted(given.chunk.first) and future.cancel():
                    discard(self._given.pop(future).chunk.payload)
        while self._room() and (chunk := self._supply.first()):
            self._supply.took()
            begun = time.perf_counter()
            brief = self._brief(chunk.package)
            manner = chunk.each, chunk.patience, chunk.form, chunk.queue
            order = pickle.dumps((chunk.package.key, chunk.first, *manner, tuple(chunk.payload)))
            # With the number no two calls are alike: dask would make these only once.
            args = str(brief), order, os.getpid(), next(_numbers)
            try:
                future = submit(self._executor, hired.work, *args)
            except BaseException:
                discard(chunk.payload)
                raise
            self._given[future] = _Given(chunk, begun, chunk.payload.size)
            future.add_done_callback(self._news.put)
            self._job.records.moved_since(begun)

    def _room(self) -> bool:
        count, limit = len(self._given), self._guided.limit
        if count < limit or self._job.unfolds or not self._whole:
            return count < limit
        return count < AHEAD * limit and self._guided.ahead(self._guided.remaining)

    def _brief(self, package: Package) -> Path:
        """Write what a worker must know of the run before its first chunk of a package."""
        if package.key not in self._briefs:
            path = private_folder() / f"brief-{os.getpid()}-{next(_numbers)}"
            text = package.text
            details = (package.key, str(package.path), text.places, package.names, package.data)
            path.write_bytes(pickle.dumps((self._around, details), pickle.HIGHEST_PROTOCOL))
            self._briefs[package.key] = path
        return self._briefs[package.key]

    def _listen(self) -> None:
        """Wait until a chunk has come back."""
        try:
            future = self._news.get(timeout=LOOK)
        except queue.Empty:
            if clients.is_closed(self._executor):
                raise PlanError(clients.CLOSED) from None
        else:
            if not future.cancelled():
                self._hear(future)
            elif given := self._given.pop(future, None):  # by somebody else
                discard(given.chunk.payload)
                raise broken(futures.CancelledError("a task was cancelled"))
        look()
        self._job.show_progress()

    def _hear(self, future: Future[Any]) -> None:
        """Take what a chunk came to."""
        given = self._given.get(future)
        if given is None:
            return
        begun = time.perf_counter()
        if error := future.exception():
            raise broken(error)
        answer = future.result()
        if answer == hired.HERE:
            raise PlanError(
                "the executor runs its tasks in the notebook's own process: use a "
                "`ThreadPoolExecutor`, or `-b thread`"
            )
        if not answer:
            raise TravelError(
                "a worker of the executor cannot read the notebook's files: its workers must run "
                "on the same machine, as the same user"
            )
        del self._given[future]
        (pid, number), new, messages = pickle.loads(answer)
        for kind, *details in messages:
            if kind == "print":
                self._show(Printed(*details), given.chunk.package)
            elif kind == "done":
                done = self._done(given, details, (pid, number), len(answer), new=new)
                self._take(done, done.passage.worker)
        self._job.records.moved_since(begun)

    def _done(
        self, given: _Given, details: list[Any], who: object, size: int, *, new: bool
    ) -> Done:
        _, packed, *rest = details
        received, _, _, _, over, *_ = rest[-1]  # of the passage
        lane = self._lanes.find(who, received, over, given.at if new else received)
        known = lane.number, lane.born, lane.ready, given.sent, size
        done = done_with(given.chunk, Parcel(*packed), rest, known, new=new)
        # What an interrupt did to a task is not the task's.
        return done._replace(links=None) if self._interrupted else done


@dataclass
class _Lane:
    """The place of a worker in the record; its times are those of perf_counter."""

    number: int
    born: float
    ready: float
    over: float = 0.0  # the end of its last chunk


class _Lanes:
    """A lane for each worker, at most `limit` of them.

    An executor may have more workers than a run is to use, though not more run at a time.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lanes: dict[object, _Lane] = {}  # by who runs chunks

    def find(self, who: object, begun: float, over: float, born: float) -> _Lane:
        """Return the lane of a worker that ran a chunk; a new one may take over an idle lane.

        A worker that is new has not begun to start before `born`.
        """
        lane = self._lanes.get(who)
        if lane is None and len(self._lanes) == self._limit:
            idle = min(self._lanes, key=lambda one: self._lanes[one].over)
            lane = self._lanes[who] = self._lanes.pop(idle)
        elif lane is None:
            ready = begun if born < begun else 0.0
            lane = self._lanes[who] = _Lane(len(self._lanes), min(born, ready), ready)
        lane.over = max(lane.over, over)
        return lane
