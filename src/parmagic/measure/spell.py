"""A spell is time that a worker spent on consecutive tasks which share one reading of the clocks.

Usually that is one task. Tasks so short that reading the clocks would take longer than they do are
timed together: a million of them make a few hundred spells, and everything that is computed from
clocks is computed from spells.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from parmagic.measure.task import Task


class Spell(NamedTuple):
    """Time of a worker on consecutive tasks; clocks are seconds since the run began."""

    worker: int
    started: float
    finished: float
    cpu: float | None  # seconds of processor time, of all its tasks
    first: int  # index of its first task
    tasks: int = 1  # how many share it

    @property
    def duration(self) -> float:
        """Seconds on the wall clock."""
        return self.finished - self.started


def spells_of(tasks: Iterable[Task]) -> Iterable[Spell]:
    """Return the spells of those tasks that have been run."""
    ready: Iterable[Spell] | None = getattr(tasks, "spells", None)
    if ready is not None:
        return ready
    return (
        Spell(one.worker or 0, one.started, one.finished, one.cpu, one.index)
        for one in tasks
        if one.started is not None and one.finished is not None
    )


def cut_of(tasks: Iterable[Task], end: float) -> list[Spell]:
    """Return the time of those tasks that were under way as the run ended, up to its `end`."""
    ready: Iterable[tuple[int, float, int]] | None = getattr(tasks, "cut", None)
    if ready is None:
        ready = [
            (task.worker or 0, task.started, task.index)
            for task in tasks
            if task.started is not None and task.finished is None
        ]
    return [Spell(worker, start, max(start, end), None, first) for worker, start, first in ready]


def stages_of(spells: Iterable[Spell], counts: Sequence[int]) -> list[list[Spell]]:
    """Sort spells by the groups of a cell, which have `counts` tasks; without counts, it is one."""
    if not counts:
        return [list(spells)]
    ends = list(accumulate(counts))
    found: list[list[Spell]] = [[] for _ in ends]
    for spell in spells:
        found[bisect_right(ends, spell.first)].append(spell)
    return [stage for stage in found if stage]


def errors_of(tasks: Iterable[Task]) -> Mapping[int, BaseException]:
    """Return the exceptions of those tasks that failed, by their indices."""
    ready: Mapping[int, BaseException] | None = getattr(tasks, "errors", None)
    if ready is not None:
        return ready
    return {at: task.error for at, task in enumerate(tasks) if task.error is not None}


def labels_of(tasks: Sequence[Task]) -> Sequence[str]:
    """Return the code of each task, in their order."""
    ready: Sequence[str] | None = getattr(tasks, "labels", None)
    return ready if ready is not None else [task.label for task in tasks]


def enqueued_in(tasks: Sequence[Task]) -> Iterator[tuple[Task, Task]]:
    """Yield each task that another enqueued, behind that one."""
    if getattr(tasks, "enqueued", True):  # of records it is known; there may be a million tasks
        yield from ((tasks[one.parent], one) for one in tasks if one.parent is not None)
