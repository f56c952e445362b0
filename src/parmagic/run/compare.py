"""Puts the runs of several backends beside the serial one, and compares their values with its."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parmagic.measure.record import Run
from parmagic.plan.work import Plan
from parmagic.run.failure import Frame, traceback_of
from parmagic.run.rounds import typical


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
    from parmagic.measure.equal import first_difference

    compared = (
        first_difference(
            *(_compared(plan, values) for values in _in_order(serial, one)), close=close
        )
        for one in runs
    )
    return next((found for found in compared if found), None)


def _compared(plan: Plan, values: Sequence[Any]) -> Sequence[Any]:
    return values if plan.compared is None else list(map(plan.compared, values))


def _in_order(serial: Run, run: Run) -> tuple[Sequence[Any], Sequence[Any]]:
    """Return the values of both, and those that tasks enqueued in the order of a serial queue.

    In parallel, tasks whose parents ran at the same time were enqueued as it happened.
    """
    children: dict[int | None, list[int]] = {}
    for one in run.tasks:
        children.setdefault(one.parent, []).append(one.index)
    if len(children) <= 1:
        return serial.values, run.values
    order = children[None]
    for task in order:  # it grows meanwhile
        order.extend(children.get(task, ()))
    return serial.values, [run.values[task] for task in order]


def _together(runs: Sequence[Run]) -> Run:
    """Make the fastest the main one, or the one that failed, and the rest its `others`."""
    failed = (run for run in runs if run.error is not None)
    main = next(failed, None) or min(runs, key=lambda run: run.elapsed)
    return replace(main, others=tuple(run for run in runs if run is not main))
