"""What cost a run most, and what to do about it: each cause with the time that its remedy leaves.

A cause counts only if it costs more than `WORTH` of the run. The time with the remedy is worked
out from the run's own clocks; it is never less than the span, or than the work on all processors.
No two pieces of advice contradict each other, and none is for what was just measured beside the
run, or cannot run these tasks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from parmagic.measure.record import Run

WORTH = 0.05  # of the elapsed time: what costs less is not mentioned
NOTICED = 0.02  # seconds: what saves less is not worth a line, however large its share
MOST = 3  # pieces of advice
# Of each set only the one that costs most is said: its remedy also helps with the others, or theirs
# would contradict it.
RIVALS = (
    # which backend is used
    {"short", "gil", "waiting", "processes", "needs", "start-up"},
    # how many workers there are, and what they have for themselves
    {"short", "waiting", "workers", "memory", "imbalance", "queue", "blas", "memory bandwidth"},
    # how the work is cut, and given out; workers that start at different times know only later
    {"short", "gil", "waiting", "workers", "start-up", "span", "imbalance", "order", "grain"},
    # what is moved: nothing, without processes
    {"short", "waiting", "results", "items", "needs", "globals"},
    # whether the clocks can be trusted
    {"noise", "memory bandwidth", "busy", "above"},
)


@dataclass(frozen=True)
class Advice:
    """One cause, and what its remedy would bring.

    Attributes:
        cause: Its name, e.g. "gil".
        cost: What part of the elapsed time it cost, from 0 to 1.
        left: Seconds that the run would take with the remedy; None if that is not known.
        facts: Numbers that its sentence names.

    """

    cause: str
    cost: float
    left: float | None = None
    facts: dict[str, float] = field(default_factory=dict)


def advice_for(run: Run) -> tuple[Advice, ...]:
    """Return what is worth saying of a run, what costs most first."""
    if run.backend == "serial" or not run.complete or not len(run.tasks) or run.elapsed <= 0:
        return ()
    from parmagic.measure.causes import causes_of

    found = [one for one in causes_of(run) if one.cost > WORTH]
    found = [one for one in found if _seconds(run, one) > NOTICED]
    return tuple(_agreeing(sorted(found, key=lambda one: -one.cost)))[:MOST]


def _seconds(run: Run, one: Advice) -> float:
    """Return how much time advice is about: of a serial run that was too slow, it is its own."""
    return one.cost * (run.serial if one.cause == "above" and run.serial else run.elapsed)


def _agreeing(found: list[Advice]) -> Iterator[Advice]:
    """Yield those that have no rival among the earlier ones."""
    said: set[str] = set()
    for one in found:
        if not any(one.cause in rivals and rivals & said for rivals in RIVALS):
            said.add(one.cause)
            yield one
