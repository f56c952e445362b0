"""Takes the items of a job, and makes the chunks of them that workers are given."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from parmagic.modules.package import Package
from parmagic.modules.values.buffers import discard
from parmagic.run.chunk import Chunk, Form, Unsendable, payload_of
from parmagic.run.job import Job
from parmagic.run.scheduling.direction import Direction
from parmagic.run.scheduling.notes import Notes
from parmagic.run.scheduling.staff import Pace


class Supply:
    """The chunks of one job that no worker has been given: new ones, and those to be run again."""

    def __init__(self, job: Job, staff: Pace) -> None:
        self._job = job
        self._staff = staff
        self._form: Form = "parts" if job.spread else "item"
        begun = time.perf_counter()
        self._package: Package = job.packer.pack()
        if self._package.names:
            job.records.moved_since(begun)
            job.records.needs = self._package.data.size
        self.direction = Direction(job.items.total if job.items.is_sequence else None, staff.limit)
        staff.begin(job.packer.code)
        self._notes = Notes(job)
        self._next: Chunk | None = None  # read and pickled, but nobody was free for it
        self.again: deque[Chunk] = deque()  # tasks that must be run again

    def begin(self) -> None:
        """Make the first chunk."""
        self._next = self._read()

    def remark(self) -> None:
        """Say what is to be said of the code and its data."""
        self._job.look_at_code()
        self._notes.begin(self._package, self._staff.limit)

    def first(self) -> Chunk | None:
        """Return what is to be given out next; tasks that run may have added to the queue."""
        if not self.again and self._next is None:
            self._next = self._read()
        return self.again[0] if self.again else self._next

    def took(self) -> None:
        """Note that a worker is given what `first` returned."""
        if self.again:
            self.again.popleft()
        else:
            self._next = None

    def drop(self, *, over: bool = False) -> None:
        """Give up what no worker has been given, unless a task may still be the first to fail."""
        again, self.again = self.again, deque()
        for chunk in (*again, *([self._next] if self._next else [])):
            if not over and self._job.wanted(chunk.first):
                self.again.append(chunk)
            else:
                discard(chunk.payload)
        self._next = None if over else self._read()

    def _read(self) -> Chunk | None:
        """Take the next items from the job and pickle them; None if there are no more."""
        job = self._job
        while not job.items.is_sequence or job.items.remaining:
            alone = job.timeout is not None or job.unfolds
            size = 1 if alone else self._staff.size(job)
            probe = self.direction.probe(job.items.taken)
            first, items = job.take(size, backwards=probe or self.direction.backwards)
            if not len(items):
                return None
            begun = time.perf_counter()
            chunk = self._sendable(first, items)
            job.records.moved_since(begun)
            if chunk is not None:
                return chunk
        return None

    def _sendable(self, first: int, items: Sequence[Any]) -> Chunk | None:
        """Make a chunk of items; an item that cannot be sent is recorded as failed.

        The items between such are chunks of their own, of which the last is returned.
        """
        parts, chunks = [(first, items)], list[Chunk]()
        while parts:
            start, part = parts.pop()
            if not len(part) or not self._job.wanted(start):
                continue
            try:
                chunks.append(self._chunk(start, part))
            except Unsendable as refusal:
                number = refusal.number
                self._job.fail(start + number, part[number], refusal.error)
                parts += [(start + number + 1, part[number + 1 :]), (start, part[:number])]
        self.again.extend(chunks[:-1])
        return chunks[-1] if chunks else None

    def _chunk(self, first: int, items: Sequence[Any]) -> Chunk:
        queue = self._job.queue is not None
        if first in self._job.records.enqueued:  # a worker has pickled it already
            payload, package = items[0]
            return Chunk(first, items, payload, package, form="call", queue=queue)
        payload = payload_of(first, items, self._include, self._job.known)
        try:
            self._notes.tell(self._package, first, items)
        except BaseException:  # an interrupt: it may take long to look through the items
            discard(payload)
            raise
        return Chunk(
            *(first, items, payload, self._package),
            each=queue or self._staff.each(),
            form=self._form,
            queue=queue,
            patience=self._staff.patience(),
            claims=self._staff.claims(),
        )

    def _include(self, names: Iterable[str], objects: Iterable[Any]) -> Mapping[int, str]:
        self._package = self._job.packer.include(names, objects) or self._package
        return self._package.private
