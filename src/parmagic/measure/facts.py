"""The numbers that causes are found by, worked out once from a run's clocks."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from parmagic.measure.advice import WORTH, Advice
from parmagic.measure.baseline import ON_THREADS
from parmagic.measure.breakdown import Breakdown
from parmagic.measure.elsewhere import elsewhere
from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, spells_of, stages_of

COPIED = 0.1  # of the time data took, to unpickle what functions read
# Backends that have as many workers as `-w` says; how many others have is not known.
OURS = ("pool", "process", "thread", "interpreter")
MANY = 10_000  # tasks: of more, the last ones hardly matter


class Facts:
    """What the causes are found by; times in seconds."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parts: Breakdown = run.breakdown
        self.cpus = run.cpus
        self.tasks = len(run.tasks)
        self.busy = run.busy
        self.spells = sorted(spells_of(run.tasks), key=lambda spell: spell.first)
        self.unknown = any(spell.cpu is None for spell in self.spells)
        traffic = run.traffic
        # A task does not wait for what its library computes in other threads.
        self.aside = traffic.beside
        inside = self.aside - traffic.aside  # a task's clock counts it, too
        self.used = max(run.computed, inside) + traffic.aside  # processor seconds
        # A task that waits for a processor does not wait for a disk or a network.
        self.delayed = traffic.waited
        self.elsewhere = elsewhere(run)
        # Share of the time in tasks.
        computing = self.used + self.delayed
        self.computing = min(1.0, computing / self.busy) if self.busy else 1.0
        # No more is promised than what is certain: where serial time is a bound, its other end.
        self.certain = run.baseline.low if run.baseline.exact else run.baseline.high
        self.threads = run.backend in ON_THREADS
        # Then tasks are slower, and more workers are started and wait for the last one.
        self.crowded = run.workers > self.cpus and self.cost(self.parts.contention) > WORTH
        # However the tasks are run, the items take as long to come.
        self.reading = traffic.read
        # Whether what costs is moving what functions read: arrays that are shared take no time.
        given = sum(one.given for one in traffic.passages)
        self.copied = run.backend != "process" and given > COPIED * self.parts.transfer
        self.stages = stages_of(self.spells, run.stages)

    def cost(self, seconds: float) -> float:
        """Return what part of the run some seconds of all workers are."""
        return seconds / self.parts.whole if self.parts.whole else 0.0

    def advice(self, cause: str, left: float, **facts: float) -> Advice:
        """Make advice of a cause whose remedy leaves `left` seconds, and the notebook's own."""
        left = max(left, self.reading) + self.run.between
        return Advice(cause, 1 - left / self.run.elapsed, left, facts)

    def can_use(self, backend: str, workers: int | None = None) -> bool:
        """Tell whether a backend can run the tasks, and was not measured beside this one."""
        run = self.run
        at_least = run.workers if workers is None else workers
        if at_least > run.workers and backend not in OURS:
            return False
        tried = (*run.others, *run.sweep)
        if any(one.backend == backend and one.workers >= at_least for one in tried):
            return False
        kept = run.forecast is not None and bool(run.forecast.barred)
        return backend not in run.barred and not (kept and backend in ("pool", "process"))

    def shared(self, workers: int, scale: float = 1.0) -> float:
        """Return how long these workers need at least, if tasks are `scale` times as long."""
        return scale * sum(_makespan(stage, workers) for stage in self.stages)

    @property
    def largest(self) -> int:
        """How many tasks the largest stage has, those that were run again counted once."""
        return max(sum({one.first: one.tasks for one in stage}.values()) for stage in self.stages)

    def idle(self) -> float:
        """Return the seconds of workers that had nothing to do at the end of each stage."""
        if len(self.stages) == 1:
            return self.parts.imbalance
        found = 0.0
        for stage in self.stages:
            took = max(one.finished for one in stage) - min(one.started for one in stage)
            found += max(0.0, self.run.workers * took - sum(one.duration for one in stage))
        return found


def _makespan(stage: Sequence[Spell], workers: int) -> float:
    """Return how long workers need for the tasks of a stage, given out as well as can be.

    The longest first, each to the worker that is free first: that is at most a third longer than
    the best there is (Graham, 1969), and nearly always no longer.
    """
    each = [(one.duration / one.tasks, one.tasks) for one in stage]
    count = sum(many for _, many in each)
    if count > MANY:
        total = sum(length * many for length, many in each)
        return max(max(each)[0], total / workers)
    ends = [0.0] * min(workers, count)
    for length, many in sorted(each, reverse=True):
        for _ in range(many):
            heapq.heapreplace(ends, ends[0] + length)
    return max(ends)
