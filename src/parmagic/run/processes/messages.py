"""What a worker has said, as `feed` and `hiring` read it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from parmagic.measure.traffic import Passage
from parmagic.modules.values.buffers import Parcel, receive
from parmagic.run.interrupt import is_press
from parmagic.run.workers.values import unreadable

if TYPE_CHECKING:
    from parmagic.errors import TravelError
    from parmagic.modules.package import Package
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


def done_with(
    chunk: Chunk, payload: Parcel, details: Sequence[Any], known: Sequence[Any], *, new: bool
) -> Done:
    """Read what a worker says of the end of a chunk, and take its values over.

    `details` are what follows the payload in its message. `known` is the rest of the passage: the
    lane, when the worker was born and ready, and the bytes that went to it and came back.
    """
    clocks, links, refused, passed = details
    values: list[Any] = []
    unread = None
    try:
        values = receive(payload, chunk.package.loads if chunk.package.objects else None)
    except BaseException as error:  # a class may raise anything as it is unpickled
        if is_press(error):
            raise
        unread = unreadable(error)
    passage = Passage._make((*known[:3], *passed[:-3], *known[3:], *passed[-3:]))
    return Done(chunk, values, array("d", clocks), links, refused, unread, passage, new)
