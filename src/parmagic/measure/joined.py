"""Joins the runs of a cell's groups into the one run of the cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from textwrap import shorten
from typing import NamedTuple

from parmagic.measure.record import Run
from parmagic.measure.task import Task
from parmagic.measure.traffic import Traffic, joined_traffic

_LONGEST = 60  # letters of a statement in a message


class GroupPart(NamedTuple):
    """The run of one group, and when in the cell it began."""

    run: Run
    start: float  # seconds since the cell began
    took: float  # seconds, with all rounds and all backends that were compared


class _Rest(NamedTuple):
    """What a cell took besides its groups, in seconds."""

    all: float
    own: float  # of it, running the cell's other statements, and arguments: also serially needed


def joined(
    parts: Sequence[GroupPart], elapsed: float, own: float, error: BaseException | None
) -> Run:
    """Join the runs of the groups of a cell, in their order, with those of other backends beside.

    `elapsed` is what the cell took, and `own` the part of it that the notebook itself ran, which is
    also part of the serial time. The time that reading the cell took is not.
    """
    rest = max(elapsed - sum(map(_taken, parts)), 0.0)
    beside = _Rest(rest, min(max(own, 0.0), rest))
    by_backend = [
        _one_backend([part._replace(run=_on(part.run, name)) for part in parts], beside)
        for name in dict.fromkeys(run.backend for run in (parts[0].run, *parts[0].run.others))
        if all(_has_run_on(part.run, name) for part in parts)
    ]
    main = replace(min(by_backend, key=lambda run: run.elapsed), error=error)
    return replace(main, others=tuple(run for run in by_backend if run.backend != main.backend))


def _taken(part: GroupPart) -> float:
    """Return the seconds of a cell that went to a group, on all backends and in all rounds."""
    return part.run.elapsed if _alone(part.run) else part.took


def _alone(run: Run) -> bool:
    """Tell whether it was run once, on one backend."""
    return run.serial is None and not (run.others or run.rounds)


def _has_run_on(run: Run, backend: str) -> bool:
    # A group that failed serially, before the backends were compared, has run on none of them.
    return run.backend == "serial" or backend in [one.backend for one in (run, *run.others)]


def _on(run: Run, backend: str) -> Run:
    return next((one for one in (run, *run.others) if one.backend == backend), run)


def _one_backend(parts: Sequence[GroupPart], rest: _Rest) -> Run:
    runs = [part.run for part in parts]
    alone = _alone(runs[0])
    tasks: list[Task] = []
    passed: list[tuple[Traffic, float]] = []
    start = rest.all - rest.own
    for part in parts:
        # Where there were several rounds or backends, each is shown as if it had been alone.
        begun = part.start if alone else start
        first = len(tasks)
        tasks += [_moved(task, first, begun) for task in part.run.tasks]
        passed.append((part.run.traffic, begun))
        start += part.run.elapsed
    measured = [run.serial for run in runs if run.serial is not None]
    return replace(
        runs[0],
        code="; ".join(run.code for run in runs),
        workers=max(run.workers for run in runs),
        serial_threads=max(run.serial_threads for run in runs),
        values=[value for run in runs for value in run.values],
        tasks=tasks,
        elapsed=sum(run.elapsed for run in runs) + rest.all,
        serial=sum(measured) + rest.own if len(measured) == len(runs) else None,
        between=rest.own,
        rounds=_rounds([run.rounds for run in runs], rest.all),
        serial_rounds=_rounds([run.serial_rounds for run in runs], rest.own),
        difference=_difference(runs),
        others=(),
        memory=max(run.memory for run in runs),
        traffic=joined_traffic(passed),
        stages=tuple(len(run.tasks) for run in runs) if len(runs) > 1 else (),
        barred=tuple(dict.fromkeys(one for run in runs for one in run.barred)),
        remarks=tuple(dict.fromkeys(one for run in runs for one in run.remarks)),
        modules=tuple(file for run in runs for file in run.modules),
        retried=sum(run.retried for run in runs),
    )


def _difference(runs: Sequence[Run]) -> str | None:
    """Return the first difference; where there are several statements, with the one it is in."""
    for run in runs:
        if run.difference:
            code = shorten(run.code, _LONGEST, placeholder=" ...")
            return f"`{code}`, {run.difference}" if len(runs) > 1 else run.difference
    return None


def _rounds(each: Sequence[Sequence[float]], rest: float) -> tuple[float, ...]:
    """Add up the rounds of several runs; none if some had other numbers of them.

    Each run had its rounds by itself. We add the fastest of each, then the next, and so on: so the
    median of the sums is the sum of the medians, which is the time of the cell.
    """
    if len({len(rounds) for rounds in each}) != 1:
        return ()
    order = sorted(range(len(each[0])), key=each[0].__getitem__)  # that of the first remains
    ranked = zip(*map(sorted, each), strict=True)
    added = {at: sum(times) + rest for at, times in zip(order, ranked, strict=True)}
    return tuple(added[at] for at in range(len(order)))


def _moved(task: Task, first: int, by: float) -> Task:
    """Move a task `by` seconds, among others of which `first` come before those of its run."""
    started = None if task.started is None else task.started + by
    finished = None if task.finished is None else task.finished + by
    parent = None if task.parent is None else task.parent + first
    index = task.index + first
    return replace(task, index=index, started=started, finished=finished, parent=parent)
