"""Feeds the tasks of a job to worker processes, and takes back what they made of them."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from parmagic.errors import TravelError
from parmagic.measure.traffic import Stretch
from parmagic.modules.buffers import discard
from parmagic.modules.package import Package
from parmagic.run.chunk import Chunk, Form, Refusal, payload_of
from parmagic.run.ears import Ears
from parmagic.run.ends import Ends
from parmagic.run.failure import put_together
from parmagic.run.handle import Done, Enqueued, Handle, Printed
from parmagic.run.interrupt import arrived, held, look
from parmagic.run.job import Job
from parmagic.run.loads import note
from parmagic.run.loss import death
from parmagic.run.memory import filled
from parmagic.run.notes import Notes
from parmagic.run.origin import Origin
from parmagic.run.outbox import RECORD
from parmagic.run.relayed import Relayed
from parmagic.run.staff import Staff
from parmagic.run.surroundings import surroundings

LOOK = 0.1  # seconds between looks at workers that say nothing: their memory, and their time
# A message this small fits into a pipe that nobody reads yet; Linux has larger ones than others.
AHEAD_BYTES = 32_768 if sys.platform == "linux" else 2_048
HEARD = 100  # messages of one worker that are read at once, at most; they fill its pipe


class Feed:
    """One job on its way through a staff of worker processes."""

    def __init__(self, job: Job, staff: Staff) -> None:
        self._job = job
        self._staff = staff
        self._form: Form = "parts" if job.spread else "item"
        begun = time.perf_counter()
        self._package: Package = job.packer.pack()
        if self._package.names:
            self._moved_since(begun)
            job.records.needs = self._package.data.size
        self._ends = Ends(job.items.total if job.items.ends else None, staff.limit)
        staff.begin(job.packer.code)
        self._around = surroundings()
        self._relayed = Relayed(job)
        self._notes = Notes(job)
        self._ears = Ears()
        self._next: Chunk | None = None  # read and pickled, but nobody was free for it
        self._again: deque[Chunk] = deque()  # tasks that must be run again

    def run(self) -> None:
        """Run the job to its end."""
        self._next = self._read()  # what cannot travel is refused before any worker starts
        self._notes.begin(self._package, self._staff.limit)
        try:
            while True:
                self._give_out()
                working = list(self._staff.working())
                if not working:
                    return
                self._listen(working)
        except KeyboardInterrupt:
            arrived()
            with held():
                for worker in self._staff.working():
                    self._hear_out(worker)  # what is finished is kept
                self._cut_off()
            raise
        finally:
            self._drop(over=True)

    def _cut_off(self) -> None:
        """Note what workers were in the middle of: what they had begun, or their own start."""
        records, now = self._job.records, time.perf_counter()
        for worker in self._staff.working():
            records.passages.append(worker.cut_off(now))
            if worker.since < now:
                records.cut[worker.given[0].first] = worker.lane, worker.since

    def _give_out(self) -> None:
        """Give chunks to workers as long as there are some of both."""
        if self._job.failed is not None:
            self._drop()
        while chunk := self._first():
            worker = self._staff.free(alone=chunk.alone)
            if worker is None:
                return
            if worker.given and (self._job.unfolds or worker.needs(chunk) > AHEAD_BYTES):
                return  # both ends would write and none would read; or it is to take one at a time
            if self._again:
                self._again.popleft()
            else:
                self._next = None
            begun = time.perf_counter()
            try:
                worker.give(chunk, self._around, self._job.imports)
            except OSError:
                self._not_given(chunk, worker)
            self._moved_since(begun)

    def _moved_since(self, begun: float) -> None:
        """Note that the notebook moved data until now."""
        self._job.records.moving.append(Stretch(begun, time.perf_counter()))

    def _first(self) -> Chunk | None:
        """Return what is to be given out next; tasks that run may have added to the queue."""
        if not self._again and self._next is None:
            self._next = self._read()
        return self._again[0] if self._again else self._next

    def _drop(self, *, over: bool = False) -> None:
        """Give up what no worker has been given, unless a task may still be the first to fail."""
        again, self._again = self._again, deque()
        for chunk in (*again, *([self._next] if self._next else [])):
            if not over and self._job.wanted(chunk.first):
                self._again.append(chunk)
            else:
                discard(chunk.payload)
        self._next = None if over else self._read()

    def _read(self) -> Chunk | None:
        """Take the next items from the job and pickle them; None if there are no more."""
        job = self._job
        while not job.items.ends or job.items.remaining:
            alone = job.timeout is not None or job.unfolds
            size = 1 if alone else self._staff.size(job)
            probe = self._ends.probe(job.items.taken)
            first, items = job.take(size, backwards=probe or self._ends.backwards)
            if not len(items):
                return None
            begun = time.perf_counter()
            chunk = self._chunk(first, items)
            self._moved_since(begun)
            if chunk is not None:
                return chunk
        return None

    def _chunk(self, first: int, items: Sequence[Any]) -> Chunk | None:
        """Make a chunk of items; None if one cannot be sent, which is recorded as failed."""
        queue = self._job.queue is not None
        if first in self._job.records.enqueued:  # a worker has pickled it already
            payload = items[0]
            return Chunk(first, items, payload, self._package, form="call", queue=queue)
        try:
            payload = payload_of(first, items, self._include)
        except Refusal as refusal:
            number = refusal.number
            self._job.fail(first + number, items[number], refusal.error)
            for start, part in ((0, items[:number]), (number + 1, items[number + 1 :])):
                rest = self._chunk(first + start, part) if len(part) else None
                if rest is not None:
                    self._again.append(rest)
            return None
        self._notes.tell(self._package, first, items)
        each, form = queue or self._staff.each(), self._form
        chunk = Chunk(first, items, payload, self._package, each, form=form, queue=queue)
        return chunk._replace(patience=self._staff.patience())

    def _include(self, names: Iterable[str], objects: Iterable[Any]) -> Mapping[int, str]:
        packer = self._job.packer
        if packer.include(names, objects):
            try:
                self._package = packer.pack()
            except TravelError:
                packer.exclude(objects)
                raise
        return self._package.private

    def _listen(self, working: list[Handle]) -> None:
        """Wait until a worker has something to say, or is dead, or has taken too long."""
        speaking, ended = self._ears.listen(working, LOOK)
        look()
        for worker in speaking:
            self._hear(worker)
        for worker in ended:
            self._last_words(worker)
        if not speaking and not ended:
            for worker in working:
                worker.look()
            records = self._job.records
            records.memory = max(records.memory, filled(sum(each.memory for each in working)))
        if self._job.timeout is not None:
            self._end_overdue(self._job.timeout)
        self._job.show_progress()

    def _hear(self, worker: Handle) -> None:
        begun = time.perf_counter()
        try:
            message = worker.receive()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if isinstance(message, Printed):
            self._show(message, worker)
        elif isinstance(message, Enqueued):
            self._job.enqueue(message.parent, message.number, message.label, message.payload)
        elif message is not None:
            self._take(message, worker)
            self._moved_since(begun)
            self._staff.finished(worker)

    def _show(self, message: Printed, worker: Handle) -> None:
        for task, stream, what in message.lines:
            if stream == RECORD:
                self._relayed.take(task, what, Origin(worker.given[0].package))
            else:
                self._job.emit(task, stream, what)

    def _hear_out(self, worker: Handle) -> None:
        """Take what a worker has said by now, without waiting for more."""
        for _ in range(HEARD):
            if not (worker.present and worker.whole and worker.connection.poll()):
                return
            self._hear(worker)

    def _last_words(self, worker: Handle) -> None:
        """Take what a worker sent before it ended."""
        with contextlib.suppress(OSError):
            while worker.present and worker.connection.poll():
                self._hear(worker)
        if worker.present:
            self._lost(worker)

    def _take(self, done: Done, worker: Handle) -> None:
        """Record what came back of a chunk."""
        job, chunk, clocks = self._job, done.chunk, done.clocks
        job.records.passages.append(done.passage)
        job.records.threads = min(worker.threads, job.records.threads or worker.threads)
        note(job.packer.code, done.passage.loaded - done.passage.received, new=done.new)
        count = len(done.values)
        read_each = chunk.each or len(chunk.items) == 1
        if count:
            own = clocks[: 3 * count] if read_each else clocks
            job.records.finish(chunk.first, done.values, worker.lane, own)
            seconds = clocks[-2] - clocks[0]
            self._staff.took(count, seconds)
            self._ends.took(chunk.first, count, seconds)
        if done.links is not None:
            outer = job.outer(chunk.first + count)
            error = put_together(done.links, Origin(chunk.package, bool(outer)), outer)
            own = clocks[3 * count :] if read_each else clocks[:0]
            self._failed(chunk, count, error, worker.lane, own)
        else:  # what took too long to be all done by one worker is shared out
            left = range(count, len(chunk.items))
            self._again.extendleft(chunk.part(number, number + 1) for number in reversed(left))

    def _failed(
        self,
        chunk: Chunk,
        number: int,
        error: BaseException,
        lane: int = 0,
        clocks: Sequence[float] = (),
    ) -> None:
        """Record a task's exception, or run the task again if it has tries left."""
        job = self._job
        if chunk.tries < job.retries:
            again = chunk.part(number, number + 1)
            self._again.append(again._replace(tries=chunk.tries + 1))
        else:
            job.fail(chunk.first + number, chunk.items[number], error, lane, clocks)
        if number + 1 < len(chunk.items) and job.wanted(chunk.first + number + 1):
            self._again.append(chunk.part(number + 1, len(chunk.items)))

    def _not_given(self, chunk: Chunk, worker: Handle) -> None:
        """Give a chunk to another, because the worker was dead already: no task of it is to blame.

        Unless it had not even begun to listen: so might every other.
        """
        if worker.given[0] is chunk and worker.listening:
            self._again.appendleft(chunk.anew())
            self._staff.died(worker)
        else:
            self._lost(worker)

    def _lost(self, worker: Handle) -> None:
        """Run again what a dead worker had been given; a task that was alone is guilty."""
        chunks = list(worker.given)
        loss = worker.loss()
        self._staff.died(worker)
        if not chunks:
            return
        first, *later = chunks
        self._again.extendleft(chunk.anew() for chunk in reversed(later))
        if first.alone:
            what = self._job.called(first.first, first.items[0])
            error = death(loss, what, Origin(first.package))
            self._job.fail(first.first, first.items[0], error, go_on=True)
        else:
            self._again.extendleft(reversed(list(first.singles())))

    def _end_overdue(self, timeout: float) -> None:
        """End the workers whose task takes longer than it may; only that task fails."""
        for worker in list(self._staff.working()):
            if worker.overdue(timeout):
                self._hear_out(worker)  # it may have ended meanwhile
            if worker.present and worker.overdue(timeout):
                chunk, *later = worker.given
                self._again.extendleft(one.anew() for one in reversed(later))
                self._staff.died(worker)
                error = TimeoutError(f"the task took longer than {timeout:g} s, and was ended")
                self._failed(chunk, 0, error, worker.lane)
