"""Estimate how long the same work would take serially, from the clocks of its own tasks.

On a processor of its own a task takes as long as it would alone. Where tasks compete for
processors (threads under the GIL, or more workers than processors) its wall time also holds its
waiting for the others. The clocks cannot tell that from sleep, or from input and output, so there
serial time is only bounded: a task waits for others at most as long as they used the processor, in
their tasks and between two of them.

Linux counts how long a worker process could have run but was given no processor. That time is left
out: it went to other workers, the notebook, or other programs. A plain loop might have waited for
other programs as well: `measure.doubt` has that in the bound.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal, NamedTuple

from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, spells_of

EXACT_WITHIN = 0.05  # of the lower bound: bounds nearer than this are one number
MOST_PAIRS = 400_000  # tasks x workers compared one by one (about 0.2 s); above it, by their sums
CLOCKED = 1e-6  # seconds by which reading its clocks may make a task longer
MOST_CLOCKED = 0.9  # of such a task: it did something
BRIEF = 50e-6  # seconds of a task: to a longer one, reading its clocks adds little
ON_THREADS = ("thread", "thread executor")  # backends with threads of the notebook's process
IN_PROCESS = ("serial", *ON_THREADS, "interpreter")  # those whose tasks run in that process
CPU_TICK = 0.016 if sys.platform == "win32" else 0.0  # seconds a CPU clock may hide (Windows: 1/64)


@dataclass(frozen=True)
class Baseline:
    """The time that the tasks of a run take serially, as far as it is known.

    Attributes:
        low: The fewest seconds that it can be.
        high: The most seconds that it can be; where it is known, the same as `low`.
        kind: "measured" if the tasks were run serially, too, else "estimated".
        why: What makes it two numbers, in a word each, e.g. "turns"; empty if nothing does.

    """

    low: float
    high: float
    kind: Literal["measured", "estimated"]
    why: tuple[str, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the bounds are so near to each other that one number tells it."""
        return self.high <= self.low * (1 + EXACT_WITHIN)


class _Clocks(NamedTuple):
    """What the bound needs of one task, in seconds."""

    started: float
    finished: float
    cpu: float  # certainly used by it: at most its wall time
    taken: float  # the most of a processor that it can have taken from the others


def estimate(run: Run) -> Baseline:
    """Bound the serial time of a run's finished tasks by their own clocks."""
    count = brief = 0
    cpu = high = taken = 0.0
    for clocks in map(_clocks, spells_of(run.tasks)):
        wall = clocks.finished - clocks.started
        count += 1
        brief += wall < BRIEF
        high += wall
        cpu += clocks.cpu
        taken += clocks.taken
    low = high = max(cpu, high - sum(one.delayed for one in run.traffic.passages))
    processors, most = processors_of(run), run.workers
    if most > processors:  # tasks may have waited for each other's use of a processor
        # While all processors are busy, at most `most - processors` tasks stand waiting.
        low = high - taken * (most - processors) / processors
        if count * most <= MOST_PAIRS:
            low = max(low, _pairwise(sorted(map(_clocks, spells_of(run.tasks))), processors))
        low = max(cpu, low - _between(run) / processors)
        # Threads read the clocks for each task, however short.
        low -= min(low * MOST_CLOCKED, CLOCKED * brief)
    if run.traffic.guarded:  # tasks may have waited for what others of them held, such as a lock
        low = min(low, max(cpu, _going(run)))
    if run.traffic.reused:  # what several have computed, a loop would have had from the cache
        low = min(low, _most_of_one(run))
    return Baseline(min(low, high), high, "estimated")


def _going(run: Run) -> float:
    """Return how long any task was under way: of those that wait for each other, one goes on."""
    going = end = 0.0
    for spell in sorted(spells_of(run.tasks), key=lambda one: one.started):
        going += max(0.0, spell.finished - max(spell.started, end))
        end = max(end, spell.finished)
    return going


def _most_of_one(run: Run) -> float:
    """Return how long the worker was busy that was busy longest."""
    each: dict[int, float] = {}
    for spell in spells_of(run.tasks):
        each[spell.worker] = each.get(spell.worker, 0.0) + spell.duration
    return max(each.values(), default=0.0)


def processors_of(run: Run) -> int:
    """Count how many tasks of the run can compute at the same moment."""
    return 1 if run.gil and run.backend in ON_THREADS else run.cpus


def _between(run: Run) -> float:
    """Return how long threads computed between their tasks: others may have waited meanwhile.

    Reading items is left out: `measure.doubt` has it.
    """
    if run.backend not in ON_THREADS:
        return 0.0
    traffic = run.traffic
    return max(0.0, traffic.spent - traffic.aside - run.computed - traffic.read)


def _clocks(task: Spell) -> _Clocks:
    started, finished = task.started, task.finished
    wall = max(0.0, finished - started)
    if task.cpu is None:  # unknown: it may have computed all the time, or not at all
        return _Clocks(started, finished, 0.0, wall)
    # A task with threads of its own can use more CPU than wall time: alone it takes its wall time.
    return _Clocks(started, finished, min(task.cpu, wall), min(task.cpu + CPU_TICK, wall))


def _pairwise(tasks: list[_Clocks], processors: int) -> float:
    """Sum each task's least serial time; `tasks` are in order of their start.

    Each pair that overlaps is met once, when the later of the two starts: at most as many pairs as
    tasks times workers.
    """
    waits = [0.0] * len(tasks)  # the most that each can have waited for the others
    active: list[int] = []
    for i, task in enumerate(tasks):
        active = [j for j in active if tasks[j].finished > task.started]
        for j in active:
            other = tasks[j]
            overlap = min(task.finished, other.finished) - task.started
            waits[i] += min(other.taken, overlap)
            waits[j] += min(task.taken, overlap)
        active.append(i)
    return sum(
        max(task.cpu, task.finished - task.started - wait / processors)
        for task, wait in zip(tasks, waits, strict=True)
    )
