"""Runs a plan several times: in rounds, on several backends, or with several numbers of workers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from parmagic.errors import TravelError, WorkerDied
from parmagic.measure.record import Run
from parmagic.measure.scaling import usual_counts
from parmagic.modules.package import Package, Packer
from parmagic.plan.work import Plan
from parmagic.run.backend import SENDING
from parmagic.run.compare import compare, typical
from parmagic.run.items import read_all
from parmagic.run.loop import as_loop
from parmagic.run.manner import Manner

Way = TypeVar("Way")  # a backend by its name, or a number of workers
Once = Callable[[Plan, str, Manner], Run]  # runs a plan on the backend of this name


def several(plan: Plan, manner: Manner, once: Once) -> Run:
    """Run a plan as often as is asked for, and return the run that stands for all of them."""
    plan = plan._replace(items=read_all(plan.items))  # read once, used several times
    if manner.sweep is not None:
        return _swept(plan, manner, once)
    if manner.compare is None:
        return typical(_rounds(plan, [manner.backend], manner, once)[0])
    names = [name for name in manner.names if name != "serial"]
    if set(SENDING) & set(names):
        # What cannot travel is refused first.
        package = Packer(plan.entry, plan.namespace).pack()
        if "interpreter" in names:
            names = _importing(names, package, manner)
    # Workers come first: a task that ends its process would end the notebook.
    away = [name for name in names if name in SENDING]
    order = [*away, "serial", *(name for name in names if name not in away)]
    rounds = dict(zip(order, _rounds(plan, order, manner, once), strict=True))
    serially = rounds.pop("serial")
    ran = [rounds[name] for name in names if rounds[name]]  # the others were not reached
    if not serially:
        return _not_compared(typical(ran[-1]), manner)
    if serially[-1].error is not None or not ran:
        return replace(typical(serially), others=tuple(map(typical, ran)))
    serial = typical([as_loop(run, plan) for run in serially])
    return compare(plan, serial, ran, close=manner.close)


def _not_compared(run: Run, manner: Manner) -> Run:
    """Say why a run stands alone, unless an error says it."""
    if run.error is None and manner.tell is not None:
        manner.tell("not run serially: what ended a worker would end or hold up the notebook")
    return run


def _is_last(manner: Manner, run: Run) -> bool:
    """Tell whether tasks of a run must not run in the notebook, or something ended it early."""
    if run.error is not None:
        return True
    late = () if manner.timeout is None else (TimeoutError,)
    return any(isinstance(value, (WorkerDied, *late)) for value in run.values)


def _importing(names: list[str], package: Package, manner: Manner) -> list[str]:
    """Leave out interpreters that cannot import what the tasks do, unless asked for by name."""
    from parmagic.run.backends import interpreter

    if manner.every and (module := interpreter.refused(package)):
        if manner.tell is not None:
            manner.tell(f"`interpreter` is left out: it cannot import `{module.partition('.')[0]}`")
        return [name for name in names if name != "interpreter"]
    interpreter.check(package)
    return names


def _rounds(plan: Plan, names: Sequence[str], manner: Manner, once: Once) -> list[list[Run]]:
    return _in_rounds(
        names, manner.repeat, lambda name: once(plan, name, manner), partial(_is_last, manner)
    )


def _in_rounds(
    ways: Sequence[Way],
    repeat: int,
    once: Callable[[Way], Run],
    ends: Callable[[Run], bool] = lambda run: run.error is not None,
) -> list[list[Run]]:
    """Run in each way, then in each again, and so on; return the runs of each.

    What changes on the machine meanwhile then strikes all ways alike. The first run of which `ends`
    says so is the last.
    """
    runs: list[list[Run]] = [[] for _ in ways]
    for _ in range(repeat):
        for way, of_way in zip(ways, runs, strict=True):
            run = once(way)
            of_way.append(run)
            if ends(run):
                return runs
    return runs


def _swept(plan: Plan, manner: Manner, once: Once) -> Run:
    """Run with several numbers of workers; those of the pool are started first."""
    counts = manner.sweep or usual_counts(manner.workers or 1)
    if manner.backend == "pool":
        from parmagic.run.backends import pool

        with contextlib.suppress(OSError, TravelError):  # the run itself will say so
            pool.prepare(manner.start_method or "", max(counts))

    def with_workers(count: int) -> Run:
        return once(plan, manner.backend, manner._replace(workers=count))

    return sweep(counts, with_workers, manner.repeat)


def sweep(counts: Sequence[int], once: Callable[[int], Run], repeat: int = 1) -> Run:
    """Run with each number of workers; the fastest run has all of them as its `sweep`.

    The most workers come first, so that all others find theirs warm. A run that fails ends the
    sweep, and is returned.
    """
    done: dict[int, Run] = {}
    for runs in filter(None, _in_rounds(sorted(set(counts), reverse=True), repeat, once)):
        run = typical(runs)
        if run.error is not None:
            return run
        done.setdefault(run.workers, run)  # there are no more workers than tasks
    runs_of_each = tuple(done[count] for count in sorted(done))
    return replace(min(runs_of_each, key=lambda run: run.elapsed), sweep=runs_of_each)
