"""What cost a run most, and what to do about it: each cause with the time that its remedy leaves.

A cause counts only if it costs more than `WORTH` of the run. The time with the remedy is worked
out from the run's own clocks, and never less than its span, or than its work on all processors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from parmagic.measure.spell import spells_of

if TYPE_CHECKING:
    from parmagic.measure.breakdown import Breakdown
    from parmagic.measure.record import Run

WORTH = 0.05  # of the elapsed time: what costs less is not mentioned
NOTICED = 0.02  # seconds: what saves less is not worth a line, however large its share
MOST = 3  # pieces of advice
WAITS = 0.3  # processor time over time in tasks, below which these mostly wait
COMPUTES = 0.6  # the same, above which they mostly compute
GRAIN = 0.002  # seconds of a task, below which it may be giving them out that costs
SMALL = 10_000  # bytes of a task's items and values, up to which moving them is not their cost
LARGE = 10_000_000  # bytes of all of them, from which it may be
MANY_WAITING = 32  # workers, for tasks that wait
FULL = 0.9  # of the memory
ALIKE = 0.2  # spread of rounds, of their median, up to which a machine is quiet
ASIDE = 0.25  # of all processor time, in threads that are not the tasks'


@dataclass(frozen=True)
class Advice:
    """One cause, and its remedy."""

    cause: str  # its name, e.g. "gil"
    cost: float  # of the elapsed time, from 0 to 1
    left: float | None = None  # seconds that the run would take with the remedy, if that is known
    facts: dict[str, float] = field(default_factory=dict)  # numbers that its sentence names


def advice_for(run: Run) -> tuple[Advice, ...]:
    """Return what is worth saying of a run, what costs most first."""
    if run.backend == "serial" or not run.complete or not len(run.tasks) or run.elapsed <= 0:
        return ()
    found = [one for one in _causes(_Facts(run)) if one.cost > WORTH]
    found = [one for one in found if one.cost * run.elapsed > NOTICED]
    return tuple(sorted(found, key=lambda one: -one.cost)[:MOST])


class _Facts:
    """What the causes are found by; times in seconds."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parts: Breakdown = run.breakdown
        self.cpus = max(1, run.cpus)
        self.tasks = len(run.tasks)
        self.busy = run.busy
        cpu = 0.0
        self.unknown = False
        for spell in spells_of(run.tasks):
            self.unknown |= spell.cpu is None
            cpu += min(spell.cpu or 0.0, spell.duration)
        # Who waits for a processor does not wait for a disk or a network.
        cpu += run.traffic.delayed + sum(one.delayed for one in run.traffic.passages)
        self.computing = cpu / self.busy if self.busy else 1.0  # share of the time in tasks
        # Serial seconds of the tasks: what was measured goes before what the clocks say.
        self.work = (run.work if run.serial is None else run.serial) or 0.0
        self.threads = "thread" in run.backend
        # Then tasks are slower, and more workers are started and wait for the last one.
        self.crowded = (
            not self.threads
            and min(run.workers, self.tasks) > self.cpus
            and self.cost(self.parts.contention) > WORTH
        )
        # However the tasks are run, the items take as long to come.
        self.reading = sum(one.end - one.start for one in run.traffic.reading)

    def cost(self, seconds: float) -> float:
        """Return what part of the run so many seconds of all workers are."""
        return seconds / self.parts.whole if self.parts.whole else 0.0

    def advice(self, cause: str, left: float, **facts: float) -> Advice:
        """Make advice of a cause whose remedy leaves so many seconds."""
        left = max(left, self.reading) + self.run.between
        return Advice(cause, 1 - left / self.run.elapsed, left, facts)


def _causes(facts: _Facts) -> Iterator[Advice]:
    yield from _too_short(facts)
    if not facts.unknown:
        yield from _beside_each_other(facts)
        yield from _few_workers(facts)
    yield from _uneven(facts)
    yield from _started(facts)
    yield from _moved(facts)
    yield from _starved(facts)
    yield from _surroundings(facts)


def _too_short(facts: _Facts) -> Iterator[Advice]:
    """Tasks whose sum is less than what giving them out took."""
    run, parts = facts.run, facts.parts
    moved = parts.sent + parts.returned
    if facts.work < run.elapsed and not run.traffic.unfolds and not parts.starvation > parts.work:
        # Not what tasks were slower for beside others: that is not what giving them out costs.
        each = (run.elapsed * run.workers - facts.busy) / facts.tasks
        if facts.work / facts.tasks < each and moved < SMALL * facts.tasks:
            yield facts.advice("short", facts.work, work=facts.work, tasks=facts.tasks)


def _beside_each_other(facts: _Facts) -> Iterator[Advice]:
    """Tasks that compute, and are in each other's way."""
    run = facts.run
    workers, contention = run.workers, facts.parts.contention
    if facts.threads and run.gil:
        # Who neither computes nor waits for a processor waits for the GIL, or for something else:
        # for the GIL only while others compute, which is what contention is bounded by.
        contention = min(contention, facts.busy * (1 - min(1.0, facts.computing)))
        alone = facts.busy - contention
        # Both for the GIL: its holder computes, the others wait for it.
        busy = facts.computing > COMPUTES / min(run.workers, facts.tasks)
        if facts.cost(contention) > WORTH and facts.cpus > 1 and busy:
            left = max(alone / min(facts.cpus, facts.tasks), alone / facts.tasks)
            if run.traffic.unfolds:  # tasks that wait for others cannot be shared out at will
                left = max(left, run.elapsed * (1 - facts.cost(contention)))
            yield facts.advice("gil", left, cpus=facts.cpus)
        return
    threads = max(1, run.threads)
    aside = sum(one.aside for one in run.traffic.passages)
    computed = sum(spell.cpu or 0.0 for spell in spells_of(run.tasks))
    if threads > 1 and workers * threads > facts.cpus and aside > ASIDE * computed:
        share = facts.cpus / (workers * threads)
        used = min(1.0, computed / (facts.cpus * run.elapsed))
        own = max(1, facts.cpus // workers)
        yield Advice("blas", (1 - share) * used, None, {"threads": threads, "own": own})
    elif facts.crowded:
        parts = facts.parts
        cost = facts.cost(contention + parts.startup + parts.imbalance)
        yield Advice("workers", cost, None, {"cpus": facts.cpus})
    elif run.serial is not None and facts.cost(contention) > WORTH and workers <= facts.cpus:
        yield Advice("memory bandwidth", facts.cost(contention), None, {})


def _few_workers(facts: _Facts) -> Iterator[Advice]:
    """Tasks that wait, for a network or a disk, and could wait together."""
    run = facts.run
    if run.traffic.unfolds:  # each waits for others first: nobody knows how many could together
        return
    more = min(facts.tasks, MANY_WAITING)
    if facts.computing < WAITS and run.workers < more and facts.parts.work > 0:
        left = max(run.span, facts.busy / more, facts.computing * facts.busy)
        yield facts.advice("waiting", left, workers=more)


def _uneven(facts: _Facts) -> Iterator[Advice]:
    """Workers that had nothing left to do while others had."""
    run, parts = facts.run, facts.parts
    if facts.tasks < 2 or parts.imbalance <= 0 or run.traffic.unfolds or facts.crowded:
        return
    cost = facts.cost(parts.imbalance)
    even = facts.busy / max(1, run.workers)
    if run.span > even * (1 + WORTH) and run.span > run.elapsed / 2:
        yield Advice("span", cost, None, {"span": run.span, "tasks": facts.tasks})
    else:
        yield Advice("imbalance", cost, run.elapsed * (1 - cost), {"tasks": facts.tasks})


def _started(facts: _Facts) -> Iterator[Advice]:
    """Processes that had to be started first."""
    run, parts = facts.run, facts.parts
    left = run.elapsed * (1 - facts.cost(parts.startup))
    if run.backend == "process":
        yield facts.advice("processes", left - run.between, seconds=parts.startup)
    elif not (facts.threads or facts.crowded):
        yield facts.advice("start-up", left - run.between, seconds=run.elapsed - left)


def _moved(facts: _Facts) -> Iterator[Advice]:
    """Data on their way."""
    run, parts = facts.run, facts.parts
    cost = facts.cost(parts.transfer)
    bytes_moved = parts.sent + parts.returned
    if bytes_moved < SMALL * facts.tasks and bytes_moved < LARGE:
        # Not the data, but how many pieces they are in.
        if GRAIN * facts.tasks > facts.busy and facts.work > run.elapsed - NOTICED:
            yield Advice("grain", facts.cost(parts.transfer + parts.overhead), None, {})
        return
    seconds = run.elapsed * cost
    if parts.returned >= parts.sent:
        yield Advice("results", cost, None, {"bytes": parts.returned, "seconds": seconds})
    elif run.backend == "process" and run.traffic.needs * facts.tasks > parts.sent / 2:
        yield Advice("needs", cost, None, {"bytes": parts.sent, "tasks": facts.tasks})
    else:
        yield Advice("items", cost, None, {"bytes": parts.sent, "seconds": seconds})


def _starved(facts: _Facts) -> Iterator[Advice]:
    """Input that came too slowly."""
    cost = facts.cost(facts.parts.starvation)
    cause = "queue" if facts.run.traffic.unfolds else "starvation"
    yield Advice(cause, cost, None, {"seconds": facts.run.elapsed * cost})


def _surroundings(facts: _Facts) -> Iterator[Advice]:
    """The machine, whatever ran on it."""
    if facts.run.memory > FULL:
        yield Advice("memory", facts.run.memory, None, {"share": facts.run.memory})
    rounds = sorted(facts.run.rounds)
    if len(rounds) > 1:
        middle = rounds[len(rounds) // 2]
        spread = (rounds[-1] - rounds[0]) / middle if middle else 0.0
        if spread > ALIKE:
            yield Advice("noise", min(1.0, spread), None, {"spread": spread, "rounds": len(rounds)})
