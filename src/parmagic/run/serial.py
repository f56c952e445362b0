"""The backend `serial`: one task after another, here, as a plain loop would."""

from __future__ import annotations

import threading
import time
from typing import Any, NamedTuple

from parmagic.run.coroutine import acts_for, finish
from parmagic.run.enqueue import Call, adding
from parmagic.run.frames import without_ours
from parmagic.run.job import Job
from parmagic.run.output import Lines, caught


def run(job: Job, workers: int) -> None:  # noqa: ARG001 - the protocol of a backend
    """Run the tasks in this thread; `workers` is one, whatever it says."""
    lines: Lines | None = None
    me = threading.get_ident()
    with caught(lambda: lines if acts_for() == me else None):
        while True:
            task, chunk = job.take(1)
            if not len(chunk):
                return
            lines = Lines(task, job.emit)
            run_one(job, task, chunk[0], worker=0)
            lines.finish()
            lines = None


def run_one(job: Job, task: int, item: Any, worker: int) -> None:
    """Run one task in the thread that asks, and record its value or its exception."""
    for last in (*[False] * job.retries, True):
        outcome = _attempt(job, task, item)
        error = outcome.error
        if error is None:
            job.records.finish(task, [outcome.value], worker, outcome.clocks)
            return
        if last:
            error.__traceback__ = without_ours(error.__traceback__, job.outer(task))
            job.fail(task, item, error, worker, outcome.clocks)


class _Outcome(NamedTuple):
    """What became of one try."""

    value: Any
    error: BaseException | None
    clocks: tuple[float, float, float]


def _attempt(job: Job, task: int, item: Any) -> _Outcome:
    error: BaseException | None = None
    value: Any = None
    cpu, started = time.thread_time(), time.perf_counter()
    try:
        value = _value(job, task, item)
    except BaseException as raised:
        if _is_interrupt(raised):
            raise
        error = raised
    finished = time.perf_counter()
    return _Outcome(value, error, (started, finished, time.thread_time() - cpu))


def _value(job: Job, task: int, item: Any) -> Any:
    if job.queue is None:
        return finish(job.call(*item) if job.spread else job.call(item))
    with adding(job.put_for(task)):
        if isinstance(item, Call):
            return finish(item.run())
        return finish(job.call(*item) if job.spread else job.call(item))


def _is_interrupt(error: BaseException) -> bool:
    """Tell a person's interrupt, which ends the run, from one that a task raised in a thread."""
    here = threading.current_thread() is threading.main_thread()
    return isinstance(error, KeyboardInterrupt) and here
