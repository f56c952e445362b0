"""Waits until worker processes have something to say, or have ended."""

from __future__ import annotations

import select
from collections.abc import Sequence
from multiprocessing.connection import wait
from typing import Any, NamedTuple

from parmagic.run.processes.handle import Handle


class Heard(NamedTuple):
    """The workers that something must be done about."""

    behind: list[Handle]  # there is room again for what waits to be sent to them
    speaking: list[Handle]
    ended: list[Handle]


class Listener:
    """Waits for the same workers again and again.

    `multiprocessing.connection.wait` does so, too, but begins anew each time, which takes longer
    than a worker takes for a short chunk.
    """

    def __init__(self) -> None:
        self._workers: Sequence[Handle] = ()
        self._of: dict[int, tuple[Handle, bool]] = {}  # by file number; whether it is the sentinel
        self._behind: set[int] = set()  # file numbers that are also asked whether there is room
        self._poll: Any = None  # Windows has none

    def listen(self, workers: Sequence[Handle], seconds: float) -> Heard:
        """Wait for any of `workers`, at most so many seconds."""
        if not hasattr(select, "poll"):
            return _listen(workers, seconds)
        if workers != self._workers:
            self._turn_to(workers)
        self._ask_for_room()
        heard = Heard([], [], [])
        for number, event in self._poll.poll(seconds * 1000):
            worker, over = self._of[number]
            if event & select.POLLOUT:
                heard.behind.append(worker)
            if event & ~select.POLLOUT:
                (heard.ended if over else heard.speaking).append(worker)
        return heard

    def _ask_for_room(self) -> None:
        """Listen for room with those, and only with those, that something waits for."""
        behind = {worker.connection.fileno() for worker in self._workers if worker.behind}
        for number in behind ^ self._behind:
            room = select.POLLOUT if number in behind else 0
            self._poll.modify(number, select.POLLIN | room)
        self._behind = behind

    def _turn_to(self, workers: Sequence[Handle]) -> None:
        self._poll = select.poll()
        self._of.clear()
        self._behind.clear()
        for worker in workers:
            end = worker.process.sentinel
            self._of[worker.connection.fileno()] = worker, False
            self._of[end if isinstance(end, int) else end.fileno()] = worker, True
        for number in self._of:
            self._poll.register(number, select.POLLIN)
        self._workers = list(workers)


def _listen(workers: Sequence[Handle], seconds: float) -> Heard:
    lines: dict[Any, Handle] = {worker.connection: worker for worker in workers}
    ends: dict[Any, Handle] = {worker.process.sentinel: worker for worker in workers}
    ready = wait([*lines, *ends], seconds)
    speaking = [lines[each] for each in ready if each in lines]
    return Heard([], speaking, [ends[each] for each in ready if each in ends])
