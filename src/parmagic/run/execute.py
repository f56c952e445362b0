"""Runs a plan on a backend, and on others beside it to compare, and makes the record of it."""

from __future__ import annotations

import dataclasses
import multiprocessing
import sys
import time
from collections.abc import Sequence
from typing import Any

from parmagic import cells
from parmagic.errors import PlanError
from parmagic.measure.equal import first_difference
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.modules.package import Packer
from parmagic.plan.work import Plan
from parmagic.run import backend as backends
from parmagic.run import cpus, launch
from parmagic.run.failure import Frame
from parmagic.run.items import Items
from parmagic.run.job import Job


@dataclasses.dataclass(frozen=True)
class Manner:
    """How a plan is to be run."""

    backend: str = backends.DEFAULT
    workers: int | None = None  # None: as many as there are processors to use
    compare: tuple[str, ...] | None = None  # None: no; empty: serial with the backend
    start_method: str | None = None  # None: what the user chose, if it will do, or the best

    def checked(self) -> Manner:
        """Fill in what was left open; PlanError if something is not to be had."""
        for name in (self.backend, *(self.compare or ())):
            if name not in backends.BACKENDS:
                raise PlanError(f"no backend `{name}`: choose {_either(backends.BACKENDS)}")
        workers = cpus.available() if self.workers is None else self.workers
        if type(workers) is not int or workers < 1:
            raise PlanError(f"workers must be a whole number from 1 up, not {workers!r}")
        method = self.start_method or _usual_method()
        if method not in launch.methods():
            raise PlanError(f"no start method `{method}`: choose {_either(launch.methods())}")
        return dataclasses.replace(self, workers=workers, start_method=method)


def execute(plan: Plan, manner: Manner) -> Run:
    """Run a plan as asked; its failure or interrupt is `Run.error`, and is not raised."""
    manner = manner.checked()
    if manner.compare is None:
        return _once(plan, manner.backend, manner)
    names = [name for name in manner.compare if name != "serial"] or [manner.backend]
    plan = dataclasses.replace(plan, items=_all(plan.items))  # read once, used several times
    serial = _once(plan, "serial", manner)
    runs = [serial] if names == ["serial"] else []
    for name in [] if serial.error else names:
        if name == "serial":
            continue
        run = _once(plan, name, manner)
        difference = None if run.error else first_difference(serial.values, run.values)
        runs.append(dataclasses.replace(run, serial=serial.elapsed, difference=difference))
        if run.error:
            break
    if not runs:
        return serial
    return _together(runs)


def _together(runs: Sequence[Run]) -> Run:
    """Make the fastest the main one, or the one that failed, and the rest its `others`."""
    main = next((run for run in runs if run.error), None) or min(runs, key=lambda run: run.elapsed)
    return dataclasses.replace(main, others=tuple(run for run in runs if run is not main))


def _once(plan: Plan, name: str, manner: Manner) -> Run:
    workers = 1 if name == "serial" else manner.workers or 1
    method = manner.start_method or ""
    records = Records(time.perf_counter(), plan.label)
    records.labels = plan.labels
    stop: BaseException | None = None
    try:
        job = _job(plan, records, method)
        if job.items.total is not None:
            workers = max(1, min(workers, job.items.total))
        backends.find(name).run(job, workers)
    except KeyboardInterrupt as interrupt:
        stop = interrupt
    elapsed = time.perf_counter() - records.begun
    return Run(
        code=plan.code,
        backend=name,
        workers=workers,
        values=records.values,
        tasks=records.tasks(),
        elapsed=elapsed,
        cpus=cpus.available(),
        gil=getattr(sys, "_is_gil_enabled", lambda: True)(),
        cell=cells.label(plan.entry.filename),
        start_method=method if name in ("process", "pool") else None,
        error=stop or _first_error(records),
    )


def _job(plan: Plan, records: Records, method: str) -> Job:
    return Job(
        call=plan.call,
        packer=Packer(plan.entry, plan.namespace),
        items=Items(plan.items),
        spread=plan.spread,
        records=records,
        start_method=method,
        outer=lambda task: Frame(*place) if (place := plan.outer(task)) else None,
    )


def _first_error(records: Records) -> BaseException | None:
    """Return the exception that a plain loop would have met first."""
    if records.errors:
        return records.errors[min(records.errors)]
    return records.input_error


def _all(items: Any) -> Any:
    return items if Items(items).total is not None else list(items)


def _usual_method() -> str:
    chosen = multiprocessing.get_start_method(allow_none=True)
    return chosen if chosen in launch.methods() else launch.methods()[0]


def _either(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" or {names[-1]}"
