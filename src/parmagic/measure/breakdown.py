"""Where workers × elapsed went: each worker's time is cut at its own clocks.

A worker process starts, loads the code, waits for a chunk, unpickles it, runs its tasks, pickles
the values, and at last waits for the others. The time between two clocks has one name, so that the
parts add up to the whole. What a worker waits for, the notebook's own clocks say: it moved data, or
it waited for the next item itself. Time in tasks is certain to be work, or it may be waiting for
others on the same processor (see `baseline`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import TypeVar

from parmagic.measure.elsewhere import elsewhere
from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, cut_of, spells_of, stages_of
from parmagic.measure.traffic import Passage, Stretch

_InLane = TypeVar("_InLane", Spell, Passage)
_ROUNDING = 1e-9  # of a sum: differences this small are those of adding in another order


@dataclass(frozen=True)
class Breakdown:
    """Seconds of all workers together; those in `parts` add up to workers × elapsed.

    Attributes:
        work: In tasks, and certain to be needed also serially.
        contention: In tasks that may have waited for others: for the GIL, or a processor.
        startup: Before a process listened, and while it loaded the code.
        transfer: Pickling, moving and unpickling of items and values.
        starvation: Waiting for input: for the next item, or for a task that makes one.
        imbalance: Waiting for the others after a worker's last task, of all or of a group of a
            cell; the whole time of a worker that had none.
        overhead: Of parmagic itself: choosing chunks, reading clocks, waking workers.
        notebook: While the notebook itself ran statements of a cell between the tasks.
        balance: Load balance: mean over most time in tasks, of the workers; 1.0 is even.
        efficiency: Parallel efficiency: the part of the whole that is work.
        sent: Bytes to worker processes.
        returned: Bytes back from them.
        unfinished: In tasks that were under way as an interrupt ended the run.
        elsewhere: Waiting for processors that other programs had, in tasks and between two of them,
            as far as the system counts that (Linux) and the run itself cannot have caused it.

    """

    work: float
    contention: float
    startup: float
    transfer: float
    starvation: float
    imbalance: float
    overhead: float
    notebook: float
    balance: float
    efficiency: float
    sent: int = 0
    returned: int = 0
    unfinished: float = 0.0
    elsewhere: float = 0.0

    @property
    def whole(self) -> float:
        """Workers × elapsed."""
        return sum(self.parts.values())

    @property
    def parts(self) -> dict[str, float]:
        """The parts by their names, in the order in which they are shown."""
        return {
            "useful work": self.work,
            "contention": self.contention,
            "other programs": self.elsewhere,
            "unfinished": self.unfinished,
            "start-up": self.startup,
            "transfer": self.transfer,
            "starvation": self.starvation,
            "imbalance": self.imbalance,
            "overhead": self.overhead,
            "notebook": self.notebook,
        }


@dataclass
class _Sums:
    """What the lanes add up to, in seconds."""

    startup: float = 0.0
    transfer: float = 0.0
    starvation: float = 0.0
    imbalance: float = 0.0
    overhead: float = 0.0

    def take(self, seconds: float) -> float:
        """Take up to so many seconds off, overhead first and start-up last; return how many.

        They are those in which the notebook ran statements of its own, beside no task.
        """
        rest = seconds
        for name in ("overhead", "imbalance", "starvation", "transfer", "startup"):
            one = min(rest, getattr(self, name))
            setattr(self, name, getattr(self, name) - one)
            rest -= one
        return seconds - rest


class _Within:
    """Says how much of an interval given stretches cover; they do not overlap each other."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        ordered = sorted(stretches)
        self._starts = [one.start for one in ordered]
        self._ends = [one.end for one in ordered]
        self._before = [0.0, *accumulate(one.end - one.start for one in ordered)]

    def __call__(self, start: float, end: float) -> float:
        return max(0.0, self._until(end) - self._until(start))

    def _until(self, clock: float) -> float:
        at = bisect_right(self._starts, clock)
        return self._before[at] - (max(0.0, self._ends[at - 1] - clock) if at else 0.0)


def breakdown_of(run: Run) -> Breakdown:
    """Cut the time of each worker at its clocks."""
    under_way = cut_of(run.tasks, run.elapsed)
    spells = _by_lane([*spells_of(run.tasks), *under_way])
    passages = _by_lane(sorted(run.traffic.passages, key=attrgetter("received")))
    sums, cut = _Sums(), _Cut(run)
    cut_off = {spell.worker for spell in under_way}
    lanes = sorted({*spells, *passages})
    ahead = _ahead(run)
    for lane in lanes:
        before = sums.startup
        cut.lane(spells[lane], passages[lane], sums, to_the_end=lane in cut_off)
        not_yet = min(ahead, sums.startup - before)  # it was started late because of the forecast
        sums.startup -= not_yet
        sums.overhead += not_yet
    workers = max(run.workers, len(lanes))
    for _ in range(workers - len(lanes)):
        cut.without(sums)
    whole = run.elapsed * workers
    busy = [sum(spell.duration for spell in of_lane) for of_lane in spells.values()]
    inside = min(run.busy, whole)
    unfinished = min(sum(spell.duration for spell in under_way), whole - inside)
    slower = _slower(run, inside)
    rest = whole - inside - unfinished - sum(vars(sums).values())
    sums.overhead = max(0.0, sums.overhead + rest)  # what clocks of two threads leave open
    waited, between = _waited(run, inside, slower, sums.overhead)
    sums.overhead -= between
    notebook = sums.take(run.between * workers)
    most = max(busy, default=0.0)
    return Breakdown(
        work=inside - slower,
        contention=slower - waited,
        **vars(sums),
        notebook=notebook,
        balance=(inside + unfinished) / workers / most if most else 1.0,
        efficiency=(inside - slower) / whole if whole else 1.0,
        sent=run.traffic.sent,
        returned=run.traffic.returned,
        unfinished=unfinished,
        elsewhere=waited + between,
    )


def _by_lane(found: Sequence[_InLane]) -> defaultdict[int, list[_InLane]]:
    lanes = defaultdict[int, list[_InLane]](list)
    for one in found:
        lanes[one.worker].append(one)
    return lanes


def _ahead(run: Run) -> float:
    """Return the seconds in which the notebook ran the first tasks, to forecast by them."""
    if run.forecast is None:
        return 0.0
    last = run.tasks[run.forecast.ran - 1]
    return last.finished or 0.0


def _slower(run: Run, inside: float) -> float:
    """Say how much of the time in tasks they would not have needed alone, at most.

    That is known where the work was also run serially; else the clocks of the tasks bound it.
    """
    # What a thread waited for a processor is part of the time of its tasks (see `measure.doubt`).
    unsure = inside - run.work + min(run.traffic.delayed, max(0.0, run.work - run.computed))
    if run.serial is not None and run.backend != "serial":
        unsure = inside - (run.serial - run.between)
    return min(unsure, inside) if unsure > _ROUNDING * inside else 0.0


def _waited(run: Run, inside: float, slower: float, overhead: float) -> tuple[float, float]:
    """Return how long workers waited for other programs in tasks, and between: no part is more."""
    waited = elsewhere(run)
    between = max(0.0, waited - (inside - run.computed))  # tasks that compute do not wait
    return min(waited, slower), min(between, overhead)


class _Cut:
    """Cuts lanes, each into parts that add up to the elapsed time less that in tasks."""

    def __init__(self, run: Run) -> None:
        self._elapsed = run.elapsed
        self._moving = _Within(run.traffic.moving)
        self._reading = _Within(run.traffic.reading)
        self._unfolds = run.traffic.unfolds
        self._plain = not (run.traffic.reading or self._unfolds or run.stages)
        spells = spells_of(run.tasks) if self._unfolds else ()
        self._began = min((spell.started for spell in spells), default=run.elapsed)
        groups = [
            Stretch(min(one.started for one in stage), max(one.finished for one in stage))
            for stage in (stages_of(spells_of(run.tasks), run.stages) if run.stages else ())
        ]
        self._group = _Within(groups)
        self._ends = [0.0, *(one.end for one in groups)]

    def lane(
        self, spells: list[Spell], passages: list[Passage], sums: _Sums, *, to_the_end: bool
    ) -> None:
        """Cut one lane; its last task may have been under way to the end of the run."""
        as_needed = self._unfolds and bool(passages)  # processes start one by one, threads together
        if not passages:
            passages = _passages_of(spells, self._elapsed, self._began, at_once=self._plain)
        sums.overhead -= sum(spell.duration for spell in spells)
        now = 0.0
        for one in passages:
            clocks = one.cut(now, self._elapsed)
            now, born, ready, received, loaded, unpacked, ran, packed = clocks
            before = self._gap(now, born, sums)  # the process before it ended, if one did
            waited = before if as_needed and not now else 0.0  # for a task that others made
            sums.starvation += waited
            sums.startup += before - waited + ready - born
            rest = self._gap(ready, received, sums)
            if self._unfolds:
                sums.starvation += rest  # for a task that puts another into the queue
            else:
                sums.overhead += rest
            given = min(one.given, loaded - received)
            sums.startup += loaded - received - given
            sums.transfer += given + (unpacked - loaded) + (packed - ran)
            sums.overhead += ran - unpacked
            now = packed
        if to_the_end:
            sums.overhead += self._elapsed - now  # less the time in tasks, as all before it
            return
        moving = self._moving(now, self._elapsed)
        sums.transfer += moving
        self.idle(self._elapsed - now - moving, self._reading(now, self._elapsed), sums)

    def without(self, sums: _Sums) -> None:
        """Cut the lane of a worker that never had a task."""
        self.idle(self._elapsed, self._reading(0.0, self._elapsed), sums)

    @staticmethod
    def idle(seconds: float, reading: float, sums: _Sums) -> None:
        """Cut the time after a last task: others got the items that were read meanwhile."""
        starved = min(seconds, reading)
        sums.starvation += starved
        sums.imbalance += seconds - starved

    def _gap(self, start: float, end: float, sums: _Sums) -> float:
        """Cut time in which a worker that could have run tasks had none; return what is left."""
        gap = end - start
        moving = min(gap, self._moving(start, end))
        reading = min(gap - moving, self._reading(start, end))
        # Of the groups of a cell, each waits for the longest task of the one before.
        over = max(start, self._ends[bisect_right(self._ends, end) - 1])
        waited = self._group(start, over) - self._moving(start, over)
        waited = max(0.0, min(gap - moving - reading, waited))
        sums.transfer += moving
        sums.starvation += reading
        sums.imbalance += waited
        return gap - moving - reading - waited


def _passages_of(
    spells: list[Spell], elapsed: float, began: float, *, at_once: bool
) -> list[Passage]:
    """Make passages of the tasks of a thread, or one of all: it starts as its first task begins.

    But no later than the first task of all `began`: then it waits for tasks that others make.
    """
    ends = [(spell.started, min(spell.finished, elapsed)) for spell in spells]
    if at_once:  # there may be a million
        ends = [(min(start for start, _ in ends), max(end for _, end in ends))]
    ends.sort()
    born = [min(ends[0][0], began), *[0.0] * (len(ends) - 1)]
    return [
        Passage(0, at, at, start, start, start, end, end)
        for at, (start, end) in zip(born, ends, strict=True)
    ]
