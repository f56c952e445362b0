"""Takes back what workers made of the chunks of a job: values, exceptions, what was printed.

What becomes of a chunk is listed in `feed`.
"""

from __future__ import annotations

from collections.abc import Sequence

from parmagic.errors import TravelError
from parmagic.modules.package import Package
from parmagic.run.chunk import Chunk
from parmagic.run.job import Job
from parmagic.run.origin import Origin
from parmagic.run.processes.load_times import note
from parmagic.run.processes.messages import Done, Printed
from parmagic.run.scheduling.replay import Replay
from parmagic.run.scheduling.staff import Pace
from parmagic.run.scheduling.supply import Supply
from parmagic.run.workers.failure import Link, put_together
from parmagic.run.workers.protocol import RECORD


class Intake:
    """What comes back of one job, and what must be given out again."""

    def __init__(self, job: Job, pace: Pace) -> None:
        self._job = job
        self._pace = pace
        self._supply = Supply(job, pace)
        self._replay = Replay(job)

    def _show(self, message: Printed, package: Package) -> None:
        for task, stream, what in message.lines:
            if stream == RECORD:
                self._replay.take(task, what, Origin(package))
            else:
                self._job.emit(task, stream, what)

    def _take(self, done: Done, lane: int) -> None:
        """Record what came back of a chunk."""
        job, chunk, clocks = self._job, done.chunk, done.clocks
        job.records.passages.append(done.passage)
        note(job.packer.code, done.passage.loaded - done.passage.received, new=done.new)
        if done.unread is not None:
            self._unread(done, done.unread, lane)
            return
        count = len(done.values)
        if done.refused:
            self._finish(done, lane)
        elif count:
            job.records.finish(chunk.first, done.values, lane, clocks[: 3 * count])
        if count:
            seconds = clocks[-2] - clocks[0]
            self._pace.took(count, seconds)
            self._supply.direction.took(chunk.first, count, seconds)
        if done.links is not None:
            error = self._rebuilt(chunk, count, done.links)
            own = clocks[3 * count :] if chunk.read_each else clocks[:0]
            self._failed(chunk, count, error, lane, own)
            if count + 1 < len(chunk.items) and job.wanted(chunk.first + count + 1):
                self._supply.again.append(chunk.part(count + 1, len(chunk.items)))
        elif count < len(chunk.items):  # it took too long for one worker: it is shared out
            self._supply.again.extendleft(chunk.tasks_backwards(count))

    def _finish(self, done: Done, lane: int) -> None:
        """Record the values of a chunk, and the exceptions that are in the place of some."""
        chunk, count = done.chunk, len(done.values)
        begun = 0  # of the values up to the next that was refused, which are recorded together
        for number in (*sorted(done.refused), count):
            if begun < number:
                values = done.values[begun:number]
                clocks = done.clocks_of(begun, number)
                self._job.records.finish(chunk.first + begun, values, lane, clocks)
            if number < count:
                error = self._rebuilt(chunk, number, done.refused[number])
                self._failed(chunk, number, error, lane, done.clocks_of(number, number + 1))
            begun = number + 1

    def _unread(self, done: Done, error: TravelError, lane: int) -> None:
        """Record that a value cannot be unpickled; of several, run each again to see which."""
        chunk = done.chunk
        if len(chunk.items) == 1:
            self._failed(chunk, 0, error, lane, done.clocks)
        else:
            self._supply.again.extendleft(chunk.tasks_backwards(0))

    def _rebuilt(self, chunk: Chunk, number: int, links: list[Link]) -> BaseException:
        """Put the exception of a chunk's task together."""
        outer = self._job.outer(chunk.first + number)
        return put_together(links, Origin(chunk.package, bool(outer)), outer)

    def _failed(  # noqa: PLR0913 - one task, its clocks, and whether the run goes on
        self,
        chunk: Chunk,
        number: int,
        error: BaseException,
        lane: int,
        clocks: Sequence[float] = (),
        *,
        go_on: bool = False,
    ) -> None:
        """Record a task's exception, or run the task again if it has tries left."""
        job = self._job
        if chunk.tries < job.retries:
            job.records.tried(chunk.first + number, lane, clocks)
            again = chunk.part(number, number + 1)
            self._supply.again.append(again._replace(tries=chunk.tries + 1))
        else:
            task, item = chunk.first + number, chunk.items[number]
            job.fail(task, item, error, lane, clocks, tries=chunk.tries + 1, go_on=go_on)
