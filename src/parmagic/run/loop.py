"""What a plain loop over the same tasks takes, by the clocks of a serial run.

A serial run also makes its record, watches for output, and chooses how many tasks share a reading
of the clocks. A loop that somebody writes does none of that, and has in place the code that is a
call here. Where tasks take microseconds, anything would seem fast beside a serial run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from parmagic.measure.record import Run
from parmagic.measure.spell import spells_of
from parmagic.plan.work import Plan
from parmagic.run.workers.coroutine import finish_each

TRIED = 1000  # calls that are timed together to learn what one costs
TIMES = 5  # times that this is done, with a call and without; the shortest counts
MOST = 0.9  # part of the tasks' time that calls may have taken, as they did something else, too


def as_loop(run: Run, plan: Plan) -> Run:
    """Return a serial run that took as long as a plain loop does, as far as its clocks tell."""
    reading = sum(one.end - one.start for one in run.traffic.reading)
    return replace(run, elapsed=min(run.elapsed, run.busy - _calling(run, plan) + reading))


def _calling(run: Run, plan: Plan) -> float:
    """Return the seconds of the tasks that went into calling what a loop has in place."""
    turns = bool(plan.entry.source)
    if not (turns or plan.entry.parameters):
        return 0.0  # a function of the user's, which a loop calls, too
    # A task with clocks of its own is so long that a call is nothing beside it; a turn is not.
    spells = [spell for spell in spells_of(run.tasks) if turns or spell.tasks > 1]
    count = sum(spell.tasks for spell in spells)
    if not count:
        return 0.0
    each = _seconds_of(_turn if turns else _expression)
    return min(count * each, MOST * sum(spell.duration for spell in spells))


def _expression(item: object) -> object:
    """Stand for a task that is nothing but a call."""
    return item


def _turn(item: object) -> object:
    """Stand for a turn of a loop that does nothing, written as `plan.cells.body` writes one."""
    log = []
    try:
        for _ in (0,):
            log.append((0, None, item))  # noqa: PERF401 - as it is there
    finally:
        names = (False, (), (), locals())
    return log, {name: value for name, value in names[3].items() if name in names[2]}


def _seconds_of(task: Callable[[Any], object]) -> float:
    """Time how much longer a call of a task takes than a turn of a loop without one."""
    items = range(TRIED)
    called, plain = [], []
    for _ in range(TIMES):  # in turn: what slows the machine for a while slows both
        called.append(_timed(lambda: finish_each(task, items, [], spread=False)))
        plain.append(_timed(lambda: _plain(items)))
    return max(0.0, min(called) - min(plain)) / TRIED  # a plain loop that was disturbed is none


def _plain(items: Iterable[object]) -> list[object]:
    return [item for item in items]  # noqa: C416 - as a person writes it


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
