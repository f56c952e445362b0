"""Runs a plan several times: in rounds, on several backends, or with several numbers of workers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from parmagic.errors import TravelError, WorkerDied
from parmagic.measure.record import Run
from parmagic.measure.scaling import usual_counts
from parmagic.modules.package import Package, Packer
from parmagic.plan.work import Plan
from parmagic.run.backend import SENDING
from parmagic.run.compare import compare
from parmagic.run.items import read_all
from parmagic.run.loop import as_loop
from parmagic.run.manner import Manner
from parmagic.run.rounds import has_failed, in_rounds, typical

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
        # What cannot travel is refused before all else.
        package = Packer(plan.entry, plan.namespace).pack()
        if "interpreter" in names:
            names = _importing(names, package, manner)
    # Workers come before the notebook, which would not outlive a task that ends its process.
    away = [name for name in names if name in SENDING]
    order = [*away, "serial", *(name for name in names if name not in away)]
    rounds = dict(zip(order, _rounds(plan, order, manner, once), strict=True))
    serially = rounds.pop("serial")
    ran = [rounds[name] for name in names if rounds[name]]  # the others were not reached
    if not serially:
        return _not_compared(typical(ran[-1]), manner)
    if has_failed(serially[-1]) or not ran:
        return replace(typical(serially), others=tuple(map(typical, ran)))
    serial = typical([as_loop(run, plan) for run in serially])
    return compare(plan, serial, ran, close=manner.close)


def _not_compared(run: Run, manner: Manner) -> Run:
    """Say why a run stands alone, unless an error says it."""
    if not has_failed(run) and manner.tell is not None:
        manner.tell("not run serially: what ended a worker would end or hold up the notebook")
    return run


def _is_last(manner: Manner, run: Run) -> bool:
    """Tell whether tasks of a run must not run in the notebook, or something ended it early."""
    if has_failed(run):
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
    return in_rounds(
        names, manner.repeat, lambda name: once(plan, name, manner), partial(_is_last, manner)
    )


def _swept(plan: Plan, manner: Manner, once: Once) -> Run:
    """Run with several numbers of workers; the pool's are started before, so that no run has to."""
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

    The most workers come first: then all others find theirs warm. A run that fails ends the sweep,
    and is returned.
    """
    done: dict[int, Run] = {}
    for runs in filter(None, in_rounds(sorted(set(counts), reverse=True), repeat, once)):
        run = typical(runs)
        if has_failed(run):
            return run
        done.setdefault(run.workers, run)  # there are no more workers than tasks
    runs_of_each = tuple(done[count] for count in sorted(done))
    return replace(min(runs_of_each, key=lambda run: run.elapsed), sweep=runs_of_each)
