"""How long reading the items of a run takes serially, as a plain loop does between its turns.

The notebook, or a thread that is to run the next task, was seen reading. While tasks compute it may
also have waited meanwhile: for the GIL, or for a processor. And where tasks share the notebook's
GIL, they may have waited for the reading.
"""

from __future__ import annotations

from typing import NamedTuple

from parmagic.measure.baseline import IN_PROCESS, ON_THREADS, processors_of
from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, spells_of


class ReadingTime(NamedTuple):
    """Seconds of reading the items: what it takes at least, and what was seen."""

    low: float = 0.0
    high: float = 0.0
    delaying: float = 0.0  # seconds that tasks may have waited for it


def reading_of(run: Run) -> ReadingTime:
    """Bound how long reading the items takes alone."""
    seen, workers = run.traffic.read, run.workers
    if not seen:
        return ReadingTime()
    # Processor seconds of reading, at most; all else that the notebook did is in it.
    own = max(0.0, run.traffic.spent - (run.computed if run.backend in IN_PROCESS else 0.0))
    if run.backend == "serial":
        waited = delaying = 0.0
    elif run.backend in ON_THREADS:  # the reader is one of them
        processors = processors_of(run)
        sharing = workers > processors
        waited = _overlapping(run) / processors if sharing else 0.0
        delaying = min(own, seen) * (workers - 1) / processors if sharing else 0.0
    else:
        # With a fair share of the processors it waits in proportion to what it uses of them.
        more = max(0, workers + 1 - run.cpus) / run.cpus
        waited, delaying = min(own * more, run.computed), 0.0
    return ReadingTime(max(0.0, seen - waited), seen, delaying)


def _overlapping(run: Run) -> float:
    """Return how long tasks can have computed while items were read, each at most all the time."""
    later = sorted(spells_of(run.tasks), key=lambda one: one.started, reverse=True)
    active: list[Spell] = []
    found = 0.0
    for start, end in sorted(run.traffic.reading):
        while later and later[-1].started < end:
            active.append(later.pop())
        active = [one for one in active if one.finished > start]
        beside = 0.0
        for one in active:
            both = min(one.finished, end) - max(one.started, start)
            beside += both if one.cpu is None else min(one.cpu, both)
        found += min(end - start, beside)
    return found
