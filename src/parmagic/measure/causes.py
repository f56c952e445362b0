"""Finds what cost a run time: a generator for each group of causes, from the run's own clocks."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from parmagic.measure.advice import NOTICED, WORTH, Advice
from parmagic.measure.doubt import handed
from parmagic.measure.facts import OURS, Facts
from parmagic.measure.record import Run

WAITS = 0.3  # processor time over time in tasks, below which these mostly wait
WAITS_UNKNOWN = 0.1  # the same, where they may also have waited for a processor
COMPUTES = 0.6  # the same, above which they mostly compute
TOGETHER = 1.2  # processors that threads use, above which the GIL does not hold them back
GRAIN = 0.002  # seconds of a task, below which it may be giving them out that costs
SMALL = 10_000  # bytes of a task's items and values, up to which moving them is not their cost
LARGE = 10_000_000  # bytes of all of them, from which it may be
MANY_WAITING = 32  # workers, for tasks that wait
FULL = 0.9  # of the memory
ALIKE = 0.2  # spread of rounds, of their median, up to which a machine is quiet
ASIDE = 0.25  # of all processor time, in threads that are not the tasks'
UNLIKE = 1.5  # the last task over the mean, above which a long one came late
EVEN = 1.25  # the longest task over the mean, up to which tasks are of one length


def causes_of(run: Run) -> Iterator[Advice]:
    """Yield what cost a run time, however little, in no order."""
    facts = Facts(run)
    yield from _too_short(facts)
    if not facts.unknown:
        yield from _taking_turns(facts)
        yield from _beside_each_other(facts)
        yield from _few_workers(facts)
    yield from _uneven(facts)
    yield from _started(facts)
    yield from _moved(facts)
    yield from _starved(facts)
    yield from _surroundings(facts)


def _too_short(facts: Facts) -> Iterator[Advice]:
    """Tasks that together took less time than giving them out."""
    run, parts = facts.run, facts.parts
    moved = parts.sent + parts.returned
    if run.traffic.unfolds:
        return
    if moved >= SMALL * facts.tasks and not facts.copied:
        return  # what tasks are given or return costs, and could be less
    # Not the cost of giving tasks out: contention, workers without a task, waiting for items, what
    # the notebook ran itself, and the start of workers that the next run finds ready.
    idle = facts.idle() + parts.starvation
    giving = run.elapsed * run.workers - facts.busy - idle - parts.notebook
    # Nor is waiting for other programs, which tasks that compute did between two of them.
    giving -= max(0.0, facts.elsewhere - max(0.0, facts.busy - run.computed))
    if run.backend != "process" or facts.busy > GRAIN * facts.tasks:  # a pool saves it
        giving -= parts.startup
    loop = facts.certain - run.between
    work = max(0.0, loop - facts.reading)
    if facts.certain < run.elapsed and work < giving:
        yield facts.advice("short", loop, work=work, tasks=facts.tasks)


def _taking_turns(facts: Facts) -> Iterator[Advice]:
    """Threads that compute, of which the GIL lets one at a time."""
    run = facts.run
    if not (facts.threads and run.gil and facts.cpus > 1 and facts.can_use("pool")):
        return
    # So much is used only by code that leaves the GIL to others.
    if facts.used - handed(run) > TOGETHER * run.elapsed:
        return
    if run.forecast is not None and run.forecast.releases:  # the first tasks have shown it
        return
    # Time in which a thread neither computes nor waits for a processor is spent waiting: for the
    # GIL, but only while others compute, which bounds contention; or for something else.
    contention = min(facts.parts.contention, facts.busy * (1 - facts.computing))
    alone = facts.busy - contention - handed(run) / 2  # it was half of the most at least
    # One thread computes with the GIL while the others wait for it.
    busy = facts.computing > COMPUTES / run.workers
    if facts.cost(contention) > WORTH and busy:
        left = facts.shared(min(facts.cpus, run.workers), alone / facts.busy)
        if run.traffic.unfolds:  # tasks that wait for others cannot be shared out at will
            left = max(left, run.elapsed * (1 - facts.cost(contention)))
        yield facts.advice("gil", left)


def _beside_each_other(facts: Facts) -> Iterator[Advice]:
    """Tasks in processes that compute, and are in each other's way."""
    run, parts, contention = facts.run, facts.parts, facts.parts.contention
    if facts.threads:
        return
    workers, threads = run.workers, max(1, run.threads)
    computed = sum(spell.cpu or 0.0 for spell in facts.spells)
    if threads > 1 and workers * threads > facts.cpus and facts.aside > ASIDE * computed:
        share = facts.cpus / (workers * threads)
        used = min(1.0, computed / (facts.cpus * run.elapsed))
        own = max(1, facts.cpus // workers)
        yield Advice("blas", (1 - share) * used, None, {"threads": threads, "own": own})
    elif facts.crowded and facts.can_use(run.backend, facts.cpus):
        if run.traffic.unfolds:
            return
        # As much is moved, but fewer workers are started.
        left = facts.shared(facts.cpus, (facts.busy - contention) / facts.busy)
        left += run.elapsed * facts.cost(parts.transfer + parts.overhead)
        left += parts.startup / workers * facts.cpus / workers
        yield facts.advice("workers", left, cpus=facts.cpus)
    elif run.serial is not None and workers <= facts.cpus and facts.busy > GRAIN * facts.tasks:
        alone = parts.work
        longer = contention / alone if alone > 0 else 0.0
        rounds = {"longer": longer, "rounds": len(run.rounds)}
        yield Advice("memory bandwidth", facts.cost(contention), None, rounds)


def _few_workers(facts: Facts) -> Iterator[Advice]:
    """Tasks that wait, for a network or a disk, and could wait together."""
    run = facts.run
    # Where each waits for others, how many could run together is unknown.
    if run.traffic.unfolds or run.traffic.guarded:
        return
    largest = facts.largest
    turns = ceil(largest / MANY_WAITING)
    more = ceil(largest / turns)  # as few workers as need no more turns
    here = run.backend == "thread" or "thread" in run.barred
    if not facts.can_use(run.backend if here else "thread", more):
        return
    long = facts.busy > GRAIN * facts.tasks  # of shorter ones, the clocks do not tell
    # Only Linux counts how long the tasks' threads waited for a processor; nobody counts it for
    # other threads.
    known = facts.delayed > 0 and facts.aside < facts.used / 2
    waits = WAITS if known else WAITS_UNKNOWN
    if long and facts.computing < waits and run.workers < more:
        left = max(facts.shared(more), facts.computing * facts.busy)
        yield facts.advice("waiting", left, workers=more, here=here)


def _uneven(facts: Facts) -> Iterator[Advice]:
    """Workers that had nothing left to do while others had."""
    run, parts = facts.run, facts.parts
    one_stage = len(facts.stages) == 1 and not run.traffic.unfolds
    # Where threads take turns, or processors are shared, no task is as long as it is alone.
    turns = facts.threads and run.gil and facts.cost(parts.contention) > WORTH
    if not one_stage or facts.crowded or turns or run.traffic.guarded:
        return
    best, even = facts.shared(run.workers), facts.busy / run.workers
    lost = best - even  # however they are given out
    gain = parts.imbalance / run.workers - lost  # by another order
    last = max(facts.spells, key=lambda spell: spell.finished)
    mean = facts.busy / facts.tasks
    alike = facts.tasks < MANY_WAITING and (run.span < EVEN * mean or _computed_alike(facts))
    if not alike and last.duration > max(UNLIKE * mean, gain):
        yield Advice("order", gain / run.elapsed, run.elapsed - gain, {"tasks": facts.tasks})
    if run.span > even * (1 + WORTH) and run.span > run.elapsed / 2:
        longest = max(facts.spells, key=lambda spell: spell.duration / spell.tasks)
        yield Advice("span", lost / run.elapsed, None, {"span": run.span, "task": longest.first})
    elif alike:
        if facts.tasks % run.workers:  # else they are a little unlike, by chance
            yield _odd(facts, lost / run.elapsed, best)
    else:
        yield Advice("imbalance", lost / run.elapsed, run.elapsed - lost, {"tasks": facts.tasks})


def _computed_alike(facts: Facts) -> bool:
    """Tell whether tasks computed as much as each other, however long they waited to be let."""
    if facts.unknown or facts.computing < COMPUTES:
        return False
    each = [(spell.cpu or 0.0) / spell.tasks for spell in facts.spells]
    return max(each) < EVEN * sum(spell.cpu or 0.0 for spell in facts.spells) / facts.tasks


def _odd(facts: Facts, cost: float, best: float) -> Advice:
    """Make the advice for tasks of one length, of which the last turn is not full."""
    run = facts.run
    known: dict[str, float] = {"tasks": facts.tasks}
    turns = ceil(facts.tasks / run.workers)
    more = min(facts.tasks, facts.cpus)
    more = ceil(facts.tasks / ceil(facts.tasks / more))  # as few as need no more turns
    left = run.elapsed - best + facts.shared(more)
    worth = left < (1 - WORTH) * run.elapsed
    if more > run.workers and worth and facts.can_use(run.backend, more):
        return Advice("imbalance", cost, left, known | {"workers": more})
    return Advice("imbalance", cost, None, known | {"full": turns * run.workers})


def _started(facts: Facts) -> Iterator[Advice]:
    """Processes that had to be started first."""
    run, parts = facts.run, facts.parts
    left = run.elapsed * (1 - facts.cost(parts.startup))
    if run.backend == "process":
        if facts.can_use("pool"):
            yield facts.advice("processes", left - run.between, seconds=parts.startup)
    elif not (facts.threads or facts.crowded or run.rounds):
        yield facts.advice("start-up", left - run.between, seconds=run.elapsed - left)


def _moved(facts: Facts) -> Iterator[Advice]:
    """Data on their way."""
    run, parts = facts.run, facts.parts
    cost = facts.cost(parts.transfer)
    bytes_moved = parts.sent + parts.returned
    if bytes_moved < SMALL * facts.tasks and bytes_moved < LARGE:
        # What costs is the number of messages, not the data. Where a plain loop would save time
        # that is noticed, that is said instead.
        short = GRAIN * facts.tasks > facts.busy and parts.starvation <= parts.work
        if short and facts.certain >= run.elapsed - NOTICED:
            yield Advice("grain", facts.cost(parts.transfer + parts.overhead))
        return
    seconds = run.elapsed * cost
    if parts.returned >= parts.sent:
        yield Advice("results", cost, None, {"bytes": parts.returned, "seconds": seconds})
    elif run.backend == "process" and run.traffic.needs * facts.tasks > parts.sent / 2:
        if facts.can_use("pool"):
            yield Advice("needs", cost, None, {"bytes": parts.sent, "tasks": facts.tasks})
    elif facts.copied:
        yield Advice("globals", cost, None, {"bytes": run.traffic.needs})
    elif run.traffic.needs * run.workers < parts.sent / 2:  # else it is read as a global already
        yield Advice("items", cost, None, {"bytes": parts.sent, "seconds": seconds})


def _starved(facts: Facts) -> Iterator[Advice]:
    """Input that came too slowly; in a cell, tasks wait for each other's values as they must."""
    cost = facts.cost(facts.parts.starvation)
    unfolds = facts.run.traffic.unfolds
    if unfolds and all(task.parent is None for task in facts.run.tasks):
        return
    cause = "queue" if unfolds else "starvation"
    yield Advice(cause, cost, None, {"seconds": facts.run.elapsed * cost})


def _surroundings(facts: Facts) -> Iterator[Advice]:
    """The machine, whatever ran on it."""
    run = facts.run
    most = run.workers
    measured = run.serial is not None and run.backend in OURS
    if measured and run.speedup > most:  # as all causes, said from a twentieth on
        yield Advice("above", 1 - most / run.speedup, None, {"times": run.speedup, "most": most})
    if run.memory > FULL:
        yield Advice("memory", run.memory, None, {"share": run.memory})
    yield Advice("busy", facts.cost(facts.elsewhere))
    rounds = list(run.rounds)
    if len(rounds) > 1 and rounds[0] == max(rounds):
        del rounds[0]  # in the first, workers and data are warmed
    if rounds:
        spread = (max(rounds) - min(rounds)) / run.elapsed
        if spread > ALIKE:
            known = {"spread": spread, "rounds": len(run.rounds)}
            yield Advice("noise", min(1.0, spread), None, known)
