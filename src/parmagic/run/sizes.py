"""How many tasks go into the next chunk: few while it is unknown how long they are, and at the end.

Guided self-scheduling (Polychronopoulos and Kuck, 1987) with a limit in seconds: a chunk is a
share of what is left, so that all workers end at about the same time, but never longer than
`LONGEST`, so that an interrupt, a failure or a printed line does not wait.
"""

from __future__ import annotations

LONGEST = 0.05  # seconds of work in one chunk
SHORTEST = 0.0005  # seconds of work in one chunk; less is not worth a message of its own
SHARE = 3  # a chunk is at most this fraction of what is left for each worker
GROWTH = 64  # a chunk is at most this many times the one before: one fast task proves little
SHORT = 20e-6  # seconds; reading the clocks for each task of this length costs a tenth of it
PROMPT = 0.002  # seconds; beside a longer task the way of a message to a worker is nothing
SMOOTHING = 0.5  # weight of the newest chunk in the estimate of a task's length


class Sizes:
    """Chooses chunk sizes from what earlier chunks took."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._seconds: float | None = None  # what one task takes
        self._largest = 1

    @property
    def ahead(self) -> bool:
        """Whether a worker should have its next chunk before it asks: only if tasks are short.

        A long task waiting behind another is one that an idle worker could have begun.
        """
        return self._seconds is not None and self._seconds < PROMPT

    def each(self) -> bool:
        """Say whether tasks are long enough to read the clocks for each of them."""
        return self._seconds is None or self._seconds > SHORT

    def took(self, count: int, seconds: float) -> None:
        """Learn that `count` tasks took `seconds`."""
        one = seconds / count
        known = self._seconds
        self._seconds = one if known is None else SMOOTHING * one + (1 - SMOOTHING) * known

    def next(self, remaining: int | None) -> int:
        """Choose the size of the next chunk, at least 1."""
        if self._seconds is None:
            return 1
        size = min(int(LONGEST / max(self._seconds, 1e-9)), GROWTH * self._largest)
        if remaining is not None:
            fair = remaining // (SHARE * self._workers)
            size = min(size, max(fair, int(SHORTEST / max(self._seconds, 1e-9))))
        size = max(size, 1)
        self._largest = max(self._largest, size)
        return size
