"""Feeds the tasks of a job to worker processes, and takes back what they made of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from multiprocessing.connection import wait
from typing import Any, Protocol

from parmagic.errors import TravelError, WorkerDied
from parmagic.modules.data import pickled
from parmagic.modules.package import Package
from parmagic.modules.text import ENTRY
from parmagic.run.failure import Frame, put_together
from parmagic.run.handle import Chunk, Done, Handle, Printed
from parmagic.run.job import Job

AHEAD_BYTES = 32_768  # a message this small fits into a pipe though the worker does not read yet


class Staff(Protocol):
    """The workers of a backend: `pool` keeps them, `process` has a new one for each task."""

    def free(self) -> Handle | None:
        """Return a worker that can be given a chunk, starting one if need be."""

    def size(self, job: Job) -> int:
        """Say how many tasks the next chunk should have."""

    def each(self) -> bool:
        """Say whether the clocks should be read for each task of the next chunk."""

    def took(self, count: int, seconds: float) -> None:
        """Learn how long a chunk of `count` tasks took."""

    def working(self) -> Iterable[Handle]:
        """Return the workers that have been given something."""

    def finished(self, worker: Handle) -> None:
        """Note that a worker has given back a chunk."""

    def died(self, worker: Handle) -> None:
        """Note that a worker has ended by itself, and forget it."""


class Feed:
    """One job on its way through a staff of worker processes."""

    def __init__(self, job: Job, staff: Staff) -> None:
        self._job = job
        self._staff = staff
        self._package: Package = job.packer.pack()
        self._next: Chunk | None = None  # read and pickled, but nobody was free for it

    def run(self) -> None:
        """Run the job to its end."""
        self._next = self._read()  # what cannot travel is refused before any worker starts
        while True:
            self._give_out()
            working = {worker.connection: worker for worker in self._staff.working()}
            if not working:
                return
            for ready in wait(list(working)):
                self._hear(working[ready])  # type: ignore[index]

    def _give_out(self) -> None:
        if self._job.records.errors:
            self._next = None
        while self._next is not None:
            worker = self._staff.free()
            if worker is None:
                return
            if worker.given and len(self._next.payload) > AHEAD_BYTES:
                return  # both ends would write and none would read
            chunk, self._next = self._next, None
            try:
                worker.give(chunk)
            except OSError:  # it died while it had nothing to do
                self._lost(worker)
            self._next = self._read()

    def _read(self) -> Chunk | None:
        """Take the next items from the job and pickle them; None if there are no more."""
        job = self._job
        first, items = job.take(self._staff.size(job))
        if not len(items):
            return None
        try:
            payload = pickled(items, self._include)
        except TravelError as error:
            job.fail(first, items[0], error)
            return None
        except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
            self._refuse(first, items)
            return None
        return Chunk(first, items, self._package, self._staff.each(), job.spread, payload)

    def _include(self, names: set[str]) -> None:
        if self._job.packer.include(names):
            self._package = self._job.packer.pack()

    def _refuse(self, first: int, items: Any) -> None:
        """Record the first of the items that cannot be pickled as failed."""
        for number, item in enumerate(items):
            try:
                pickle.dumps(item, protocol=pickle.HIGHEST_PROTOCOL)
            except Exception as cause:  # noqa: BLE001 - as above
                kind = type(item)
                error = TravelError(
                    f"item {first + number} ({kind.__module__}.{kind.__qualname__}) cannot be sent "
                    f"to another process ({cause}): make it inside the task, or use "
                    "`--backend thread`"
                )
                self._job.fail(first + number, item, error)
                return

    def _hear(self, worker: Handle) -> None:
        try:
            message = worker.receive()
        except (EOFError, OSError):
            self._lost(worker)
            return
        if isinstance(message, Printed):
            self._job.emit(message.task, message.stream, message.text)
        else:
            self._take(message, worker)
            self._staff.finished(worker)

    def _take(self, done: Done, worker: Handle) -> None:
        job, chunk = self._job, done.chunk
        count = len(done.values)
        clocks = done.clocks
        read_each = chunk.each or len(chunk.items) == 1
        if count:
            own = clocks[: 3 * count] if read_each else clocks
            job.records.finish(chunk.first, done.values, worker.lane, own)
            self._staff.took(count, clocks[-2] - clocks[0])
        if done.links is not None:
            task = chunk.first + count
            outer = job.outer(task)
            error = put_together(done.links, _origin(chunk.package, bool(outer)), outer)
            own = clocks[3 * count :] if read_each else clocks[:0]
            job.fail(task, chunk.items[count], error, worker.lane, own)

    def _lost(self, worker: Handle) -> None:
        """Record the tasks that a dead worker had been given as failed."""
        worker.process.join()
        code = worker.process.exitcode
        chunk = worker.given[0] if worker.given else None
        self._staff.died(worker)
        if chunk is not None:
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            error = WorkerDied(f"the worker process ended in the middle of a task ({how})")
            self._job.fail(chunk.first, chunk.items[0], error)


def _origin(package: Package, has_outer: bool) -> Callable[[Frame], Frame | None]:
    """Return what leads a frame of the package's module file back to its cell."""
    path = str(package.path)

    def origin(frame: Frame) -> Frame | None:
        if frame.filename != path:
            return frame
        if frame.function == ENTRY and has_outer:
            return None  # the notebook's own frame stands for it
        place, first = package.text.origin(frame.line), package.text.origin(frame.first)
        if place is None or first is None:
            return frame
        function = "<lambda>" if frame.function == ENTRY else frame.function
        return Frame(*place, function, first[1], frame.arguments)

    return origin
