"""What the clocks of tasks cannot tell of the serial time, and how much that may be.

Serially a task may take longer or shorter than where it ran, and nothing is run twice to learn
that. So serial time is given by two bounds, which each cause here moves apart. Where they stay near
to each other, they count as one number.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from parmagic.measure.baseline import IN_PROCESS, ON_THREADS, Baseline, processors_of
from parmagic.measure.elsewhere import elsewhere
from parmagic.measure.label import function_of
from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, labels_of, spells_of
from parmagic.measure.traffic import Passage

# Measured on a machine of 2 GHz, each as the most that was seen.
TURNS = 0.125  # of the processor time of tasks that take turns: caches
HANDED = 22e-6  # processor seconds of waiting for the GIL once, and of being woken
LOOPED = 50e-9  # seconds that ours adds to each of many tasks timed together, to a plain loop
FAULT = 4e-6  # seconds until a new process is given a page of memory
COLD = 3e-3  # seconds that tasks take longer at first in a new process: its caches are empty
COLDER = 0.2  # of their time, at most
PAGE = 4096  # bytes
LONGER = 1.5  # times as long as any later task of its worker: a first task that is conspicuous
FRESH = 1e-6  # seconds that a page may take longer to be given while others are given some
KEPT = 0.5e-9  # seconds a byte that fresh memory for a value costs; workers may have some at hand
LATER = 1.5  # times as long as workers may a loop wait for other programs: it never sleeps
NAMED = 0.1  # of the distance between the bounds: less of it is not said to be a cause
MOST = 0.9  # of the time of a task that can be in doubt: it did something


def bounded(run: Run, told: Baseline) -> Baseline:
    """Widen what clocks tell of the time of a run's tasks by what they cannot, with reading."""
    read = _reading(run)
    delaying = min(read.delaying, max(0.0, told.low - run.computed))
    less = {"new": _new(run), "memory": _memory(run), "short": _short(run), "once": _once(run)}
    less |= _waited(run, told)
    less["reading"] = delaying
    busy = _beside(run, told)
    # With more threads, what is left of the time is shorter by as large a part of it.
    left = told.low - min(sum(less.values()), MOST * told.low)
    less["library"] = min(_library(run, told), told.low) * (left / told.low if told.low else 0.0)
    low, more = left - less["library"] + read.low, _kept(run)
    bound = Baseline(low, told.high + busy + more + read.high, told.kind)
    if bound.exact:
        return bound
    sizes = {**less, "kept": more}
    sizes["turns"] += told.high - told.low
    if run.traffic.guarded or run.traffic.reused:
        sizes["locks" if run.traffic.guarded else "cache"] = sizes.pop("turns")
    sizes["busy"] += busy
    sizes["reading"] += read.high - read.low
    ordered = sorted(sizes, key=lambda cause: -sizes[cause])
    why = tuple(one for one in ordered if sizes[one] > NAMED * (bound.high - low))
    return replace(bound, why=why)


def _waited(run: Run, told: Baseline) -> dict[str, float]:
    """Return what tasks may have lost by taking turns, and by waiting for other programs.

    Threads may have waited for a processor, in a task or between two, because of either.
    """
    waited = min(run.traffic.delayed, max(0.0, told.low - run.computed))
    busy = min(waited, elsewhere(run))
    computed = run.computed if run.traffic.guarded else told.low  # who waits at a lock does not
    turns = min(TURNS * computed, told.high - told.low) + handed(run)
    return {"turns": turns + waited - busy, "busy": busy}


def handed(run: Run) -> float:
    """Return the processor seconds that threads may have used to hand the GIL over.

    Where code lets go of it again and again, as where it opens files, or calls numpy on small
    arrays, that can take longer than all else.
    """
    return min(HANDED * run.traffic.waits, run.computed) if run.workers > 1 else 0.0


def _beside(run: Run, told: Baseline) -> float:
    """Return how long a plain loop may wait for other programs, beyond what clocks tell."""
    longest = LATER * elsewhere(run)
    if run.traffic.passages:
        return max(longest, min(_between(run), max(0.0, run.busy - told.high)))
    # What threads waited in tasks is part of the time of these.
    return max(0.0, longest - min(run.traffic.delayed, max(0.0, told.high - run.computed)))


def _between(run: Run) -> float:
    """Return how long workers may have waited for a processor between tasks, and in none."""
    passages = run.traffic.passages
    around = sum(one.ran - one.unpacked for one in passages) - run.busy
    return min(sum(one.delayed for one in passages), max(0.0, around))


def _new(run: Run) -> float:
    """Return by how much longer first tasks may have taken because their processes were new.

    That is memory given to them, beyond that of their values, and caches, which only computing
    has a use for.
    """
    longer, computing = 0.0, run.computed / run.busy if run.busy else 0.0
    for one in run.traffic.passages:
        took = one.ran - one.unpacked
        if one.new:
            longer += min(FAULT * _pages(one) + computing * min(COLD, COLDER * took), MOST * took)
    return longer


def _memory(run: Run) -> float:
    """Return by how much longer tasks may have taken because others were given memory meanwhile.

    Threads of one process also give memory back that a plain loop keeps and uses again, and ask
    for memory for their values at the same time. None waits longer than others compute.
    """
    traffic = run.traffic
    inside = min(1.0, run.computed / traffic.spent) if traffic.spent else 1.0  # of the threads
    pages = inside * max(0, traffic.faults - traffic.kept // PAGE)
    pages += sum(_pages(one) for one in traffic.passages if not one.new)
    return min(FRESH * pages + KEPT * traffic.kept, run.computed * (run.workers - 1))


def _pages(one: Passage) -> int:
    """Count the pages that tasks were given, beyond those of their values."""
    return max(0, one.faults - one.returned // PAGE)


def _short(run: Run) -> float:
    """Return what our loop may have taken, over tasks that were timed together."""
    return LOOPED * sum(spell.tasks for spell in spells_of(run.tasks) if spell.tasks > 1)


def _once(run: Run) -> float:
    """Return what workers may each have done in their first task that serially is done once.

    A model that a function loads and keeps, a module that it imports: in every worker, the first
    task then takes longer than all that follow and call the same function.
    """
    if run.backend in (*ON_THREADS, "process"):  # nothing is kept for another task
        return 0.0
    labels, lanes = labels_of(run.tasks), dict[int, list[Spell]]()
    for spell in sorted(spells_of(run.tasks), key=lambda one: one.started):
        lane = lanes.setdefault(spell.worker, [])
        # How long another function takes says nothing.
        if not lane or function_of(labels[lane[0].first]) == function_of(labels[spell.first]):
            lane.append(spell)
    begun = [spells for spells in lanes.values() if len(spells) > 1]
    if not any(spells[0].first == 0 for spells in begun):
        return 0.0  # those known to be long were given out first
    longer = []
    for first, *others in begun:
        each = [one.duration / one.tasks for one in others]
        if first.duration / first.tasks < LONGER * max(each):
            return 0.0
        from statistics import median  # here: few runs need what takes long to import

        longer.append(first.duration - first.tasks * median(each))
    return sum(longer) - max(longer)


def _library(run: Run, told: Baseline) -> float:
    """Return by how much tasks may be faster with all the threads that a library has serially."""
    if run.serial_threads <= 1:
        return 0.0
    cpu = run.computed
    if run.start_method is not None:
        return max(0.0, cpu * (1 - run.threads / run.serial_threads))
    # In the notebook's own process these are the same threads as serially, shared by all tasks.
    share = 1 / run.workers
    return max(0.0, told.low - max(told.high * share, told.low - cpu * (1 - share)))


def _kept(run: Run) -> float:
    """Return what it may take to have memory for all values, which are kept."""
    return KEPT * (run.traffic.kept + run.traffic.returned)


class _Reading(NamedTuple):
    """Seconds of reading the items: what it takes at least, and what was seen."""

    low: float = 0.0
    high: float = 0.0
    delaying: float = 0.0  # seconds that tasks may have waited for it


def _reading(run: Run) -> _Reading:
    """Bound how long reading the items takes serially, between the turns of a plain loop.

    The clocks say how long the notebook, or a thread that runs the next task, was reading. While
    tasks compute, part of that may be waiting for the GIL or for a processor. And tasks that share
    the notebook's GIL may have waited for the reading.
    """
    seen, workers = run.traffic.read, run.workers
    if not seen:
        return _Reading()
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
    return _Reading(max(0.0, seen - waited), seen, delaying)


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
