"""The backend `serial`: one task after another, here, as a plain loop would."""

from __future__ import annotations

import time
from typing import Any

from parmagic.run.frames import without_ours
from parmagic.run.job import Job
from parmagic.run.output import Lines, caught


def run(job: Job, workers: int) -> None:  # noqa: ARG001 - the protocol of a backend
    """Run the tasks in this thread; `workers` is one, whatever it says."""
    lines: Lines | None = None
    with caught(lambda: lines):
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
    error: BaseException | None = None
    value: Any = None
    cpu, started = time.thread_time(), time.perf_counter()
    try:
        value = job.call(*item) if job.spread else job.call(item)
    except KeyboardInterrupt:
        raise
    except BaseException as raised:  # noqa: BLE001 - SystemExit too ends the task, not the worker
        error = raised
    finished = time.perf_counter()
    clocks = (started, finished, time.thread_time() - cpu)
    if error is None:
        job.records.finish(task, [value], worker, clocks)
    else:
        error.__traceback__ = without_ours(error.__traceback__, job.outer(task))
        job.fail(task, item, error, worker, clocks)
