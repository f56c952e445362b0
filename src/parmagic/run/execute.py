"""Runs a plan on a backend, and makes the record of it."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from functools import partial
from types import GeneratorType
from typing import TYPE_CHECKING, Any, NamedTuple

from parmagic import cells
from parmagic.measure.record import Run
from parmagic.measure.records import PLACES, Records
from parmagic.modules.package import Packer
from parmagic.plan.work import Plan
from parmagic.run import backend as backends
from parmagic.run import cpus, interrupt
from parmagic.run.backend import AUTO, HIRED, INSIDE, PROCESSES, SENDING, size_of
from parmagic.run.barred import barred
from parmagic.run.graph import Graph
from parmagic.run.items import Items
from parmagic.run.job import Job
from parmagic.run.manner import Manner
from parmagic.run.queue import Queue
from parmagic.run.reading import read_code
from parmagic.run.screen import Screen
from parmagic.run.typed import as_arguments, speak_of_arguments
from parmagic.run.workers.enqueue import adding, refuse
from parmagic.run.workers.frames import Frame, traceback_of, without_ours
from parmagic.run.workers.libraries import threads_each, threads_in
from parmagic.run.workers.raised import open_circle, set_traceback

if TYPE_CHECKING:
    from parmagic.measure.forecast import Forecast

MANY = 8  # workers; with more, it is checked whether enough files can be opened for them


def execute(plan: Plan, manner: Manner) -> Run:
    """Run a plan as asked; its failure or interrupt is `Run.error`, and is not raised."""
    manner = manner.checked()
    if manner.sweep is None and manner.compare is None and manner.repeat == 1:
        return _once(plan, manner.backend, manner)
    from parmagic.run.several import several

    return several(plan, manner, _once)


class _Ahead(NamedTuple):
    """What the first tasks came to."""

    backend: str  # of the rest
    forecast: Forecast | None
    stop: BaseException | None  # an interrupt


def _once(plan: Plan, name: str, manner: Manner) -> Run:
    """Run a plan on one backend, and make the record, however it ends."""
    records = Records(time.perf_counter(), plan.label)
    records.labels = plan.labels
    job = _job(plan, records, manner)
    ahead = _ahead(job, manner) if manner.looks_ahead else _Ahead(name, None, None)
    name = ahead.backend
    # Serially a task may take interrupts as it likes; elsewhere it never sees them.
    with contextlib.nullcontext() if name == "serial" else interrupt.once():
        job.screen.whole_lines = name != "serial"
        workers = _workers(name, job, manner)
        job.crew = name, workers
        stop = _run(plan, job, name, workers) if ahead.stop is None else ahead.stop
        elapsed = time.perf_counter() - records.begun
        try:
            return _record(plan, manner, job, stop, elapsed, forecast=ahead.forecast)
        except KeyboardInterrupt as pressed:  # too late to end any task
            stop = stop or pressed.with_traceback(None)
            return _record(plan, manner, job, stop, elapsed, forecast=ahead.forecast)


def _record(  # noqa: PLR0913 - all that is known of a run
    plan: Plan,
    manner: Manner,
    job: Job,
    stop: BaseException | None,
    elapsed: float,
    *,
    forecast: Forecast | None,
) -> Run:
    """Make the record of a run that is over; `stop` is what ended it, unless it was a task's."""
    records = job.records
    name, workers = job.crew
    if job.items.total is not None and job.items.total <= PLACES:
        records.reserve(job.items.total)  # also for what was not reached
    if job.queue is not None:
        records.input_error = records.input_error or job.queue.error
    records.open = job.queue is None and job.items.total is None and job.items.error is None
    total = len(records.values) if job.queue is None else job.queue.total or 0
    workers = max(1, min(workers, total))  # only now is it known how many items an iterable gave
    error = stop or _first_error(records, keep=manner.errors == "keep")
    if plan.called:
        for one in (*records.errors.values(), *filter(None, [error])):
            speak_of_arguments(one)
    return Run(
        code=plan.code,
        backend=name,
        workers=workers,
        values=records.values,
        tasks=records.tasks(),
        elapsed=elapsed,
        cpus=job.processors,
        gil=cpus.has_gil(),
        cell=cells.label(plan.entry.filename),
        start_method=manner.start_method if name in PROCESSES else None,
        error=None if error is None else _shown(error, records, plan),
        threads=threads_in(records.threads or job.threads, own=name in PROCESSES),
        serial_threads=job.serial_threads,
        memory=records.memory,
        forecast=forecast,
        traffic=records.traffic(
            unfolds=bool(plan.later or records.enqueued), inside="thread" in name
        ),
        barred=barred(job, name, elapsed, plan.items),
        modules=tuple(job.packer.files.values()),
        remarks=tuple(map(as_arguments, job.remarks) if plan.called else job.remarks),
        retried=records.retried,
        called=plan.called,
    )


def _ahead(job: Job, manner: Manner) -> _Ahead:
    """Run the first tasks here, and choose what runs the rest: `serial` if none is left."""
    from parmagic.run.sample import packed, sample, unsaid

    pack = packed(job, manner.backend)
    try:
        forecast = sample(job, manner, pack)
    except KeyboardInterrupt as pressed:
        job.screen.end()
        return _Ahead("serial", None, pressed)
    if manner.announce is not None:
        manner.announce(forecast or unsaid(job, auto=manner.backend == AUTO))
    if forecast is None:
        return _Ahead("serial", None, None)
    return _Ahead(forecast.backend, forecast, None)


def _run(plan: Plan, job: Job, name: str, workers: int) -> BaseException | None:
    """Run a job; return the interrupt, or the failure of something else, that ended it."""
    spent = time.process_time()
    try:
        try:
            if name in SENDING:
                job.read = partial(read_code, plan, job, name)
            elif name != "serial":
                read_code(plan, job, name)
            # If a task of another run has started this one, it may not add to that run's queue.
            inside = name in INSIDE and job.queue is None
            with adding(refuse) if inside else contextlib.nullcontext():
                backends.find(name).run(job, workers)
        finally:
            job.records.spent = time.process_time() - spent
            if job.queue is not None:
                job.queue.close(quietly=job.over)
            job.screen.end()
    except KeyboardInterrupt as pressed:
        interrupt.arrived()
        # Serially its traceback shows a line of a task; else only that we were waiting.
        return pressed if name == "serial" else pressed.with_traceback(None)
    except BaseException as error:
        if not job.records.done:
            raise  # there is nothing to keep
        return error
    return None


def _workers(name: str, job: Job, manner: Manner) -> int:
    """Say how many workers to use: no more than there are tasks, or files for."""
    workers = 1 if name == "serial" else manner.workers or 1
    if name in HIRED and manner.executor is not None:  # a sweep may ask for more than it has
        workers = min(workers, size_of(manner.executor) or workers)
    if job.items.total is not None:
        workers = max(1, min(workers, job.items.total))
    if workers > MANY and name in backends.IMPORTING:
        inside = name == "interpreter"
        workers = min(workers, cpus.most_workers(cpus.FILES_INSIDE if inside else cpus.FILES_EACH))
    return workers


def _job(plan: Plan, records: Records, manner: Manner) -> Job:
    processors = cpus.available()
    job = Job(
        call=plan.call,
        packer=Packer(plan.entry, plan.namespace),
        spread=plan.spread,
        own=plan.own,
        records=records,
        screen=Screen(manner.watch),
        start_method=manner.start_method or "",
        processors=processors,
        threads=threads_each(processors, manner.workers or 1),
        timeout=manner.timeout,
        retries=manner.retries,
        keep=manner.errors == "keep",
        executor=manner.executor,
        tell=manner.tell,
        function=plan.label if manner.queue and plan.entry.value is not None else "",
        outer=partial(_outer, plan, records),
    )
    job.have(_items(plan, job, manner))
    return job


def _items(plan: Plan, job: Job, manner: Manner) -> Items:
    source: Iterable[Any] | Graph = plan.items
    if isinstance(source, GeneratorType) and source.gi_frame is None:
        job.remark("the generator is used up: it gives its items once, so make it anew")
    if plan.later:
        items = list(plan.items)
        job.records.reserve(len(items))
        source = Graph(
            items, plan.later, job.records, lambda task, error: job.fail(task, (), error)
        )
    if manner.queue:
        return Queue(source, manner.max_tasks)
    return source if isinstance(source, Graph) else Items(source)


def _outer(plan: Plan, records: Records, task: int) -> Frame | None:
    """Return the line of the notebook that calls a task; None for one that a task enqueued."""
    place = None if task in records.enqueued else plan.outer(task)
    return None if place is None else Frame(*place)


def _first_error(records: Records, *, keep: bool) -> BaseException | None:
    """Return the exception that a plain loop would have met first, unless they are kept."""
    if records.errors and not keep:
        return records.errors[min(records.errors)]
    return records.input_error


def _shown(error: BaseException, records: Records, plan: Plan) -> BaseException:
    """Leave in a traceback only the user's lines: those that raised, or that of the call."""
    set_traceback(error, without_ours(error.__traceback__, None))
    open_circle(error)
    if error.__traceback__ is None and not plan.called:  # of `pmap`, Python shows that line itself
        task = next((task for task, one in records.errors.items() if one is error), 0)
        asked = Frame(plan.entry.filename, plan.entry.line)
        set_traceback(error, traceback_of([_outer(plan, records, task) or asked]))
    return error
