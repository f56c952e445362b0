"""Makes one record of several runs: of rounds, and of backends, whose values it compares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parmagic.measure.record import Run
from parmagic.plan.work import Plan
from parmagic.run.manner import CLOSE
from parmagic.run.workers.frames import Frame, traceback_of


def typical(runs: Sequence[Run]) -> Run:
    """Return the run of median time, of two the faster, with all times; or the failed one."""
    if runs[-1].error is not None:
        return runs[-1]
    middle = sorted(runs, key=lambda run: run.elapsed)[(len(runs) - 1) // 2]
    return replace(middle, rounds=tuple(run.elapsed for run in runs)) if len(runs) > 1 else middle


def compare(plan: Plan, serial: Run, ran: Sequence[Sequence[Run]], *, close: float | None) -> Run:
    """Return the fastest run, or one that failed, with the others; each with where values differ.

    `ran` are the rounds of each backend. An interrupt ends the comparing, and is the run's error.
    """
    found: list[Run] = []
    stop: KeyboardInterrupt | None = None
    for runs in ran:
        run = replace(typical(runs), serial=serial.elapsed, serial_rounds=serial.rounds)
        if run.error is None and stop is None:
            try:
                run = replace(run, difference=_difference(plan, serial, runs, close=close))
            except KeyboardInterrupt as pressed:
                here = traceback_of([Frame(plan.entry.filename, plan.entry.line)])
                stop = pressed.with_traceback(here)
                run = replace(run, error=stop)
        found.append(run)
    return _together(found)


def _difference(plan: Plan, serial: Run, runs: Sequence[Run], *, close: float | None) -> str | None:
    from parmagic.measure.equality.equal import first_item

    for one in runs:
        order, other = _in_order(serial, one)
        if other is not None:
            return other
        values = [one.values[task] for task in order] if order else one.values
        both = [_compared(plan, those) for those in (serial.values, values)]
        if found := first_item(*both, close=close):
            if close is None and first_item(*both, close=CLOSE) is None:  # rounding, mostly
                return f"{found} (nowhere by more than {CLOSE:g} of it: equal with `--close`)"
            return found
    return None


def _compared(plan: Plan, values: Sequence[Any]) -> Sequence[Any]:
    return values if plan.compared is None else list(map(plan.compared, values))


def _in_order(serial: Run, run: Run) -> tuple[list[int], str | None]:
    """Return the tasks of a run in the order of a serial queue; none if nothing was enqueued.

    In parallel, tasks whose parents ran at the same time were enqueued in any order. If a task
    enqueued more or fewer than serially, also return that: from there on, the tasks are others.
    """
    expected, found = _children(serial), _children(run)
    if len(expected) <= 1 and len(found) <= 1:
        return [], None
    order = found[None]
    for number, task in enumerate(order):  # it grows meanwhile
        before, after = len(expected.get(number, ())), len(found.get(task, ()))
        if before != after:
            label = serial.tasks[number].label
            return [], f"task {number}, `{label}`, enqueued {before} serially, {after} in parallel"
        order.extend(found.get(task, ()))
    return order, None


def _children(run: Run) -> dict[int | None, list[int]]:
    """Return which tasks each has enqueued; those that were given are under None."""
    found: dict[int | None, list[int]] = {}
    for one in run.tasks:
        found.setdefault(one.parent, []).append(one.index)
    return found


def _together(runs: Sequence[Run]) -> Run:
    """Make the fastest the main one, or the one that failed, and the rest its `others`."""
    failed = (run for run in runs if run.error is not None)
    main = next(failed, None) or min(runs, key=lambda run: run.elapsed)
    return replace(main, others=tuple(run for run in runs if run is not main))
