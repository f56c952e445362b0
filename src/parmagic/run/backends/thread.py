"""The backend `thread`: threads of this process, which share its memory and, mostly, its GIL."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import partial
from typing import Any, Protocol

from parmagic.errors import PlanError, WorkerDied
from parmagic.run.backends.serial import run_one
from parmagic.run.interrupt import arrived, look
from parmagic.run.job import Job
from parmagic.run.workers import forked, settings
from parmagic.run.workers.output import Lines, caught
from parmagic.run.workers.usage import Delay, cpu_seconds, usage_of_thread
from parmagic.words import plural

LOOK = 0.1  # seconds between looks at how far the run is


class Hand(Protocol):
    """A thread that takes part in a run."""

    def start(self) -> None:
        """Have it begin."""

    def join(self) -> None:
        """Wait for it to end."""

    def withdraw(self) -> None:
        """Have it not begin any more, if it has not begun."""


Work = Callable[[], None]


class _Own(threading.Thread):
    """A thread that is started for a run, and ends with it."""

    def __init__(self, work: Work, _gone: Work) -> None:
        super().__init__(target=work, daemon=True)

    def withdraw(self) -> None:
        """Do nothing: it has begun when it is started."""


def run(job: Job, workers: int, hand: Callable[[Work, Work], Hand] = _Own) -> None:
    """Run the tasks on `workers` threads.

    Args:
        job: The tasks.
        workers: How many threads there are to be.
        hand: Makes a thread of what it is to do, and of what is to be called if it never begins.

    """
    if job.items.total is not None:
        workers = min(workers, job.items.total)
    team = _Team(job, new=hand is _Own)
    spent = -cpu_seconds()
    threads = [
        # In a copy of what context variables mean here, such as the precision of `decimal`.
        hand(partial(copy_context().run, team.work, lane), team.gone)
        for lane in range(workers)
    ]
    with caught(team.lines):
        try:
            begun = _begin(threads)
            team.listen(begun)
        except BaseException:
            arrived()
            for thread in threads:
                thread.withdraw()
            if running := team.stop():
                tasks = plural(running, "task")
                job.screen.write(
                    "stderr",
                    f"{tasks} still running: a thread cannot be stopped in the middle of a task; "
                    "it takes no other\n",
                )
            raise
    for thread in begun:
        thread.join()
    if team.broken is not None and job.failed is None:
        raise team.broken
    spent += cpu_seconds()
    job.records.aside += max(0.0, spent - sum(team.used))


def _begin(hands: Sequence[Hand]) -> Sequence[Hand]:
    """Start threads, and return them: fewer where no more are to be had, but one at least.

    Starting one may fail because a task of the first has just shut down their executor.
    """
    for count, hand in enumerate(hands):
        try:
            hand.start()
        except (RuntimeError, PlanError) as error:
            if count == 0 or isinstance(error, WorkerDied):
                raise
            return hands[:count]
    return hands


class _Team:
    """What the threads of one run share."""

    def __init__(self, job: Job, *, new: bool) -> None:
        self._job = job
        self._new = new  # whether its threads are started for it
        self._input = threading.Condition() if job.queue is None else job.queue.changed
        self._process = os.getpid()
        self._settings = settings.settings()
        self._stopped = False  # by an interrupt
        self.broken: BaseException | None = None  # what ended a thread while there were tasks
        self._busy = 0  # threads that run a task, which may enqueue others
        # What tasks print is written by the notebook's own thread: then it reaches the cell that
        # runs. None says that a thread has ended.
        self._news: queue.SimpleQueue[tuple[int, str, str] | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._running: dict[int, tuple[int, float]] = {}  # by lane: its task, and when it began
        self.used: list[float] = []  # processor seconds of each thread

    def lines(self) -> Lines | None:
        """Return where the task of the calling thread prints; None in others, and in a fork."""
        local = self._local
        task: int | None = getattr(local, "task", None)
        if task is None or os.getpid() != self._process:
            return None
        if local.lines is None:  # most tasks print nothing
            local.lines = Lines(task, self._tell)
        lines: Lines = local.lines
        return lines

    def work(self, lane: int) -> None:
        """Take tasks and run them until there are no more: what each thread does."""
        local, delay = self._local, Delay()
        # What it did before this run does not count. A new thread has done nothing, and to ask
        # would hold up those that are started after it.
        before = 0.0 if self._new else delay.seconds()
        usage, used = usage_of_thread(), -time.thread_time()
        try:
            with settings.in_thread(self._settings):
                taken = self._take()
                while taken is not None:
                    local.task, item = taken
                    local.lines = None
                    self._running[lane] = local.task, time.perf_counter()
                    run_one(self._job, local.task, item, lane)
                    if local.lines is not None:
                        local.lines.finish()
                    if os.getpid() != self._process:  # the task has forked it
                        forked.end(self._job.records.errors.get(local.task))
                    local.task = None
                    del self._running[lane]
                    taken = self._take(after_one=True)
        except BaseException as error:  # noqa: BLE001 - nobody else would hear of it
            self._break(error)
        finally:
            try:
                self._job.records.delayed.append(delay.seconds() - before)
                now = usage_of_thread()
                self._job.records.faults.append(now.pages - usage.pages)
                self._job.records.waits.append(now.waits - usage.waits)
                delay.close()
                self.used.append(used + time.thread_time())
            finally:
                self.gone()

    def gone(self) -> None:
        """Learn that a thread has ended, or will never begin."""
        self._news.put(None)

    def _break(self, error: BaseException) -> None:
        """Have no thread begin another task: the run ends with `error`, as a loop would.

        An iterable may raise anything, `SystemExit` and `GeneratorExit` too.
        """
        self._job.over = True
        if self.broken is None:
            self.broken = error
        with self._input:
            self._input.notify_all()

    def listen(self, hands: Sequence[Hand]) -> None:
        """Show what tasks print until every thread has ended.

        Once one has ended, there are no more tasks, and no other thread needs to begin.
        """
        threads = len(hands)
        while threads > 0:
            look()
            self._job.show_progress()
            try:
                news = self._news.get(timeout=LOOK)
            except queue.Empty:
                continue
            if news is None:
                threads -= 1
                for hand in hands:
                    hand.withdraw()
            else:
                self._job.emit(*news)

    def stop(self) -> int:
        """Take no new task, and return how many run, which cannot be stopped."""
        self._job.over = self._stopped = True
        # A thread that reads the iterable has the lock, maybe for ever.
        if self._input.acquire(timeout=LOOK):
            self._input.notify_all()
            self._input.release()
        for lane, (task, begun) in self._running.copy().items():
            self._job.records.cut[task] = lane, begun
        return self._busy

    def _take(self, *, after_one: bool = False) -> tuple[int, Any] | None:
        """Take the next task; None if there are no more, and none that runs can add one."""
        job = self._job
        with self._input:
            self._busy -= after_one
            if after_one and job.unfolds:
                self._input.notify_all()  # others may be ready now
            while True:
                task, chunk = job.take(1)
                if self._stopped:
                    return None
                if len(chunk):
                    self._busy += 1
                    return task, chunk[0]
                if not job.unfolds or job.over or not self._busy:
                    self._input.notify_all()
                    return None
                self._input.wait()

    def _tell(self, task: int, stream: str, text: str) -> None:
        self._news.put((task, stream, text))
