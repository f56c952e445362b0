"""What a worker has said, as its `Handle` gives it to `feed`."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from parmagic.errors import TravelError
    from parmagic.measure.traffic import Passage
    from parmagic.modules.package import Package
    from parmagic.modules.values.buffers import Parcel
    from parmagic.run.chunk import Chunk
    from parmagic.run.workers.failure import Link


class Printed(NamedTuple):
    """A message from a worker: lines that a task printed, what it warned of and logged."""

    lines: list[tuple[int, str, Any]]  # task, "stdout" or "stderr", whole lines; or a record


class Enqueued(NamedTuple):
    """A message from a worker: a task that the one it runs adds to the queue."""

    parent: int
    number: int  # of those that its parent has added, from 0
    label: str
    payload: Parcel
    package: Package  # that the payload refers to by names


class Done(NamedTuple):
    """A message from a worker: the end of a chunk."""

    chunk: Chunk
    values: list[Any]
    clocks: array[float]
    links: list[Link] | None  # the exception that ended the chunk before its end
    refused: dict[int, list[Link]]  # exceptions in the place of values, by their numbers
    unread: TravelError | None  # why none of the values could be unpickled
    passage: Passage
    new: bool  # whether it was the first of its worker, which had loaded nothing before

    def clocks_of(self, start: int, end: int) -> Sequence[float]:
        """Return what the clocks said of some of the tasks that have values.

        Tasks that were timed together are taken to have been equally long.
        """
        if self.chunk.read_each:
            return self.clocks[3 * start : 3 * end]
        count = len(self.values)
        started, finished, cpu = self.clocks
        step = (finished - started) / count
        return started + start * step, started + end * step, cpu * (end - start) / count
