"""How many tasks go into the next chunk: few while it is unknown how long they are, and at the end.

Guided self-scheduling (Polychronopoulos and Kuck, 1987) with a limit in seconds: a chunk is a
share of what is left, so that all workers end at about the same time, but never longer than
`LONGEST`, so that an interrupt, a failure or a printed line does not wait.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from parmagic.run.scheduling.staff import Pace

if TYPE_CHECKING:
    from parmagic.run.job import Job

LONGEST = 0.05  # seconds of work in one chunk
SHORTEST = 0.0005  # seconds of work in one chunk; less is not worth a message of its own
TOO_LONG = 4 * LONGEST  # seconds of one chunk, after which the rest of it goes to others
SHARE = 3  # a chunk is at most this fraction of what is left for each worker
MOST = 50_000  # tasks in one chunk: so the items of few are held at a time, however many come
GROWTH = 64  # a chunk is at most this many times the one before: one fast task proves little
UNPROVEN = 16  # tasks, of which a few say little about how long the others are
SHORT = 20e-6  # seconds; reading the clocks for each task of this length costs a tenth of it
PROMPT = 0.002  # seconds; beside a longer task the way of a message to a worker is nothing
EVEN = 1.5  # the longest task over the shortest, by chunk, up to which tasks are of one length
SMOOTHING = 0.5  # weight of the newest chunk in the estimate of a task's length


class Sizes:
    """Chooses chunk sizes by how long earlier chunks took."""

    def __init__(
        self, workers: int, expected: float | None = None, *, claims: bool = False
    ) -> None:
        self._workers = workers
        self.seconds = expected  # that one task takes, in this run or an earlier one of its code
        self.claimed = claims  # whether what is not begun of a chunk can be taken back
        self.together = False  # whether the next chunk has what would be several
        self._share: float | None = None  # of each worker, before anything has come back
        self._largest = 1
        self._chunks = self._tasks = 0  # that have come back
        self._least, self._most = math.inf, 0.0  # seconds of a task, the mean of a chunk

    def ahead(self, remaining: int | None) -> bool:
        """Say whether a worker should have its next chunk before it asks.

        Only if tasks are short, or have all been of one length and are not the last: an idle worker
        could begin a long one that waits behind another.
        """
        if self.seconds is None:
            return False
        if self.seconds < PROMPT:
            return True
        even = self._chunks > self._workers and self._most < EVEN * self._least
        return even and (remaining is None or remaining >= 2 * self._workers)

    def each(self) -> bool:
        """Say whether tasks are long enough to read the clocks for each of them."""
        return self.seconds is None or self.seconds > SHORT

    def patience(self) -> float:
        """Say after how many seconds a worker is to give back what it has not begun of a chunk.

        Tasks may be much longer than those that were timed, above all if that was in an earlier
        run, with other items, or before an edit. Then no others should wait behind one of them.
        """
        if not self._chunks:
            return PROMPT
        return TOO_LONG if self.each() else math.inf

    def took(self, count: int, seconds: float) -> None:
        """Learn that `count` tasks took `seconds`."""
        one = seconds / count
        self._least, self._most = min(self._least, one), max(self._most, one)
        known = self.seconds
        self.seconds = (
            one if known is None or not self._chunks else SMOOTHING * one + (1 - SMOOTHING) * known
        )
        self._chunks += 1
        self._tasks += count

    def next(self, remaining: int | None) -> int:
        """Choose the size of the next chunk, at least 1."""
        if self.seconds is None:
            return 1
        seconds = max(self.seconds, 1e-9)
        if not self._chunks:  # nothing but an earlier run has told how long a task is
            if self._share is None:
                self._share = math.inf if remaining is None else -(-remaining // self._workers)
            size = int(min(LONGEST / seconds, self._share, UNPROVEN))
            # To wake a second worker for so few would take longer than they do.
            few = remaining is not None and size < remaining <= min(SHORTEST / seconds, UNPROVEN)
            self.together = self.claimed and few
            if remaining is not None and self.together:
                size = remaining
        else:
            size = min(int(LONGEST / seconds), GROWTH * self._largest, MOST)
            if remaining is not None:
                fair = remaining // (SHARE * self._workers)
                # The first items are often the shortest, 0 and 1 above all: they prove nothing.
                enough = int(SHORTEST / seconds) if self._tasks >= UNPROVEN else 1
                size = min(size, max(fair, enough))
        size = max(size, 1)
        self._largest = max(self._largest, size)
        return size


class Guided(Sizes, Pace):
    """The sizes of one run, which follow its tasks."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
        self.remaining: int | None = None  # items that were left before the last chunk

    def size(self, job: Job) -> int:
        """Let the next chunk have a share of what is left."""
        self.remaining = job.items.remaining
        return self.next(self.remaining)
