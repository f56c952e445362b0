"""The backend `serial`: one task after another, here, as a plain loop would."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from parmagic.run.job import Job
from parmagic.run.scheduling.sizes import Sizes
from parmagic.run.workers.coroutine import acts_for, finish, finish_each
from parmagic.run.workers.enqueue import Call, adding
from parmagic.run.workers.frames import without_ours
from parmagic.run.workers.output import Lines, caught
from parmagic.run.workers.raised import set_traceback

Clocks = tuple[float, float, float]  # started, finished (perf_counter), CPU seconds


def run(job: Job, workers: int) -> None:  # noqa: ARG001 - the protocol of a backend
    """Run the tasks in this thread; `workers` is one, whatever it says.

    Very short tasks are run many at a time, as clocks for each would make them longer: a plain loop
    has none, and anything would seem fast beside a slow one.
    """
    run_until(job, lambda _: False, sys.maxsize)


def run_until(job: Job, enough: Callable[[Sequence[Any]], bool], most: int) -> None:
    """Run tasks until there are no more, or `enough` says so of the items of those just run.

    At most `most` of them share one reading of the clocks.
    """
    loop = _Loop(job, most)
    with caught(loop.lines):
        while loop.go_on() and not enough(loop.items):
            pass


class _Loop:
    """The loop over the tasks, and which of them runs now."""

    def __init__(self, job: Job, most: int) -> None:
        self._job = job
        self._most = most
        self.items: Sequence[Any] = ()  # of the tasks that were run last
        self._sizes = Sizes(workers=1)
        self._first = 0  # of the tasks that run now
        self._values: list[Any] | None = None  # that these gave; None between tasks
        self._lines: Lines | None = None
        self._showing = False  # whether what a task printed is being shown
        self._thread = threading.get_ident()

    def lines(self) -> Lines | None:
        """Return where the task that runs now prints; None in other threads.

        None, too, while its output is being shown: what is written then is not the task's, such as
        what takes away the line of progress.
        """
        if self._values is None or self._showing or acts_for() != self._thread:
            return None
        task = self._first + len(self._values)
        if self._lines is None or self._lines.task != task:
            self._finish_lines()
            self._lines = Lines(task, self._emit)
        return self._lines

    def _emit(self, task: int, stream: str, text: str) -> None:
        self._showing = True
        try:
            self._job.emit(task, stream, text)
        finally:
            self._showing = False

    def go_on(self) -> bool:
        """Run the next task, or the next short ones; False if there are no more."""
        job, sizes = self._job, self._sizes
        # Another iterable is read on between two tasks, as by a loop: a task may depend on that.
        together = job.items.is_sequence and not job.retries and not sizes.each()
        size = min(self._most, sizes.next(job.items.remaining)) if together else 1
        self._first, chunk = job.take(size)
        self.items = chunk
        if not len(chunk):
            return False
        self._values = []
        try:
            if together:
                self._run_all(chunk)
            else:
                started, finished, _ = run_one(job, self._first, chunk[0], worker=0)
                sizes.took(1, finished - started)
        finally:
            self._values = None
            self._finish_lines()
        job.show_progress()
        return True

    def _run_all(self, chunk: Sequence[Any]) -> None:
        """Run short tasks with one reading of the clocks, from each that fails to the next."""
        job = self._job
        while len(chunk):
            error = self._run_on(chunk)
            done = len(self._values or ())
            if error is None:
                return
            set_traceback(error, without_ours(error.__traceback__, job.outer(self._first + done)))
            job.fail(self._first + done, chunk[done], error)
            self._first += done + 1
            self._values = []
            chunk = chunk[done + 1 :] if job.wanted(self._first) else ()

    def _run_on(self, chunk: Sequence[Any]) -> BaseException | None:
        """Run tasks until one fails, record the values, and return its exception."""
        job, values = self._job, self._values
        assert values is not None  # noqa: S101 - for mypy: tasks run now
        cpu, started = time.thread_time(), time.perf_counter()
        try:
            finish_each(job.call, chunk, values, spread=job.spread)
        except BaseException as raised:
            if _is_interrupt(raised):
                job.records.cut[self._first + len(values)] = 0, self._about(started)
                raise
            return raised
        finally:
            finished = time.perf_counter()
            if job.records.cut:
                finished = min(finished, self._about(started))
            if values:
                clocks = started, finished, time.thread_time() - cpu
                job.records.finish(self._first, values, 0, clocks)
                self._sizes.took(len(values), finished - started)
        return None

    def _about(self, started: float) -> float:
        """Estimate when the last of the short tasks that are done ended."""
        return started + len(self._values or ()) * (self._sizes.seconds or 0.0)

    def _finish_lines(self) -> None:
        if self._lines is not None:
            self._lines.finish()
            self._lines = None


def run_one(job: Job, task: int, item: Any, worker: int) -> Clocks:
    """Run one task in the thread that asks, and record its value or its exception."""
    for last in (*[False] * job.retries, True):
        value, error, clocks = _attempt(job, task, item)
        if error is None:
            job.records.finish(task, [value], worker, clocks)
            break
        if last:
            set_traceback(error, without_ours(error.__traceback__, job.outer(task)))
            job.fail(task, item, error, worker, clocks, tries=job.retries + 1)
        else:
            job.records.tried(task, worker, clocks)
    return clocks


def _attempt(job: Job, task: int, item: Any) -> tuple[Any, BaseException | None, Clocks]:
    """Run a task once; return its value, or its exception, and the clocks."""
    error: BaseException | None = None
    value: Any = None
    cpu, started = time.thread_time(), time.perf_counter()
    try:
        value = _value(job, task, item)
    except BaseException as raised:
        if _is_interrupt(raised):
            job.records.cut[task] = 0, started
            raise
        error = raised
    finished = time.perf_counter()
    return value, error, (started, finished, time.thread_time() - cpu)


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
