"""Waits until worker processes have something to say, or have ended."""

from __future__ import annotations

import select
from collections.abc import Iterable, Sequence
from multiprocessing.connection import wait
from typing import Any

from parmagic.run.handle import Handle

Heard = tuple[list[Handle], list[Handle]]  # workers that say something, and those that have ended


class Ears:
    """What the notebook listens with to the workers of one run.

    `multiprocessing.connection.wait` does the same, but begins from nothing each time, which takes
    longer than a worker takes for a short chunk.
    """

    def __init__(self) -> None:
        self._workers: Sequence[Handle] = ()
        self._of: dict[int, tuple[Handle, bool]] = {}  # by file number; whether it is the sentinel
        self._poll: Any = None  # Windows has none

    def listen(self, workers: Sequence[Handle], seconds: float) -> Heard:
        """Wait for any of `workers`, at most so many seconds."""
        if not hasattr(select, "poll"):
            return _listen(workers, seconds)
        if workers != self._workers:
            self._turn_to(workers)
        ready = [self._of[number] for number, _ in self._poll.poll(seconds * 1000)]
        return [one for one, over in ready if not over], [one for one, over in ready if over]

    def _turn_to(self, workers: Sequence[Handle]) -> None:
        self._poll = select.poll()
        self._of.clear()
        for worker in workers:
            end = worker.process.sentinel
            numbers = worker.connection.fileno(), end if isinstance(end, int) else end.fileno()
            for number, over in zip(numbers, (False, True), strict=True):
                self._poll.register(number, select.POLLIN)
                self._of[number] = worker, over
        self._workers = workers


def ended(workers: Iterable[Handle]) -> list[Handle]:
    """Return those that have ended already."""
    return Ears().listen(list(workers), 0)[1]


def _listen(workers: Sequence[Handle], seconds: float) -> Heard:
    lines: dict[Any, Handle] = {worker.connection: worker for worker in workers}
    ends: dict[Any, Handle] = {worker.process.sentinel: worker for worker in workers}
    ready = wait([*lines, *ends], seconds)
    return (
        [lines[each] for each in ready if each in lines],
        [ends[each] for each in ready if each in ends],
    )
