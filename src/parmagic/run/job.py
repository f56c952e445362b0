"""A job is what a backend is given: how to run one task, the items, and where records go."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Any

from parmagic.measure.records import Records
from parmagic.measure.traffic import Stretch
from parmagic.modules.package import Packer
from parmagic.run.graph import Graph
from parmagic.run.interrupt import is_press
from parmagic.run.items import Items
from parmagic.run.queue import Queue
from parmagic.run.screen import Screen, Stage
from parmagic.run.workers.enqueue import Call, Put, call_label
from parmagic.run.workers.frames import Frame
from parmagic.run.workers.raised import add_note
from parmagic.short import Short

NOTED = 50e-6  # seconds of reading items; less is not written down
_short = Short(80)  # characters: one line of a traceback


@dataclass
class Job:
    """The tasks of one run, on their way through a backend."""

    call: Callable[..., Any]  # runs one task in this process
    packer: Packer  # makes what runs one task in another
    spread: bool  # whether an item is the tuple of a task's arguments, or its only argument
    records: Records
    screen: Screen  # what is shown of it in the cell
    start_method: str
    outer: Callable[[int], Frame | None]  # the line of the notebook that calls a task
    items: Items = field(init=False)
    queue: Queue | None = None  # the items, if tasks may add to them
    unfolds: bool = False  # whether tasks may make others ready, which are given out one by one
    own: int = 0  # how many arguments at the end of an item are ours, not the user's
    processors: int = 1  # that this process may use
    threads: int = 1  # that a numerical library may start in each worker process
    timeout: float | None = None  # seconds that one task may take
    retries: int = 0  # how often a failed task is run again
    keep: bool = False  # whether exceptions are kept as values, and the rest goes on
    failed: int | None = None  # the first task that failed: none after it need be run
    over: bool = False  # whether the iterable gives no more
    tell: Callable[[str], None] | None = None  # takes remarks
    function: str = ""  # the name of what a queue's items are given to; "" if code is evaluated
    executor: Executor | None = None  # of the user, that runs it
    process: int = field(default_factory=os.getpid)  # this one, unless its items fork it
    crew: tuple[str, int] = ("serial", 1)  # the backend that runs it, and with how many workers
    serial_threads: int = 1  # that a numerical library has in the notebook, if tasks may call one
    imports: tuple[str, ...] = ()  # modules that new workers load before their first task
    read: Callable[[], None] | None = None  # looks through the code of the tasks, once
    remarks: list[str] = field(default_factory=list)  # that were made before it began

    def have(self, items: Items) -> None:
        """Take these as its items."""
        self.items = items
        self.queue = items if isinstance(items, Queue) else None
        self.unfolds = isinstance(items, Queue | Graph)

    def take(self, count: int, *, backwards: bool = False) -> tuple[int, Sequence[Any]]:
        """Take the next items: the number of the first, and the items, none if it is over.

        If the iterable fails, that is the end of the input, and the run's error unless a task's is
        earlier. After a task has failed, only those before it are given out: serially, one of them
        might have failed first. `backwards` takes the last items of a sequence instead.
        """
        if isinstance(self.items, Queue | Graph):
            first, chunk = self._take_ready(self.items)
            self.records.reserve(first + len(chunk))
            if self.function and chunk and first not in self.records.enqueued:
                args = chunk[0] if self.spread else chunk
                self.records.calls[first] = call_label(self.function, args, {})
            return first, chunk
        first = self.items.taken
        if self.over or not self.wanted(first):
            return first, ()
        if self.failed is not None:
            count, backwards = min(count, self.failed - first), False
        begun = 0.0 if self.items.is_sequence else time.perf_counter()
        try:
            if backwards:
                first, chunk = self.items.take_back(count)
            else:
                chunk = self.items.take(count)
        except BaseException as error:
            self._end_copy()
            if is_press(error):
                raise
            self.over = True  # the iterable is the user's: it may raise `SystemExit`, too
            self.records.input_error = error
            return first, ()
        if begun:
            self._end_copy()
            self._read_since(begun)
        self.records.reserve(first + len(chunk))
        return first, chunk

    def _take_ready(self, items: Queue | Graph) -> tuple[int, Sequence[Any]]:
        """Take a task that may be run now, if there is one; a queue first reads all that it has."""
        if self.over:
            return 0, ()
        fresh = isinstance(items, Queue) and items.given is None
        begun = time.perf_counter() if fresh else 0.0
        first, chunk = items.take_ready(self.wanted)
        self._end_copy()
        if fresh:
            self._read_since(begun)
        return first, chunk

    def _end_copy(self) -> None:
        """End if this is a process that the iterable has forked: it has no part in the workers.

        Serially it goes on, as in a plain loop.
        """
        if os.getpid() != self.process and self.crew[0] != "serial":
            from parmagic.run.workers import forked

            forked.end(self.items.error)

    def _read_since(self, begun: float) -> None:
        """Note that the notebook waited for items, where that took long enough to matter."""
        now = time.perf_counter()
        if now - begun > NOTED:
            self.records.reading.append(Stretch(begun, now))

    def put_for(self, task: int) -> Put:
        """Return what adds to the queue on behalf of a task that runs in this process."""
        number = itertools.count()  # a task that is tried again begins from 0
        lock = threading.Lock()  # it may enqueue from threads of its own

        def put(call: Call) -> None:
            with lock:
                self.enqueue(task, next(number), call.label, call)

        return put

    def enqueue(self, parent: int, number: int, label: str, item: Any) -> None:
        """Put into the queue what the task `parent` enqueued as its `number`-th, from 0."""
        queue = self.queue
        if queue is None:
            return
        with queue.changed:  # another thread that takes it finds whose it is
            task = queue.put(parent, number, item, label)
            if task is not None:
                self.records.enqueued[task] = parent, label

    def wanted(self, task: int) -> bool:
        """Tell whether a task is still to be run, after whatever has failed."""
        return self.failed is None or task < self.failed

    def fail(  # noqa: PLR0913 - one task and its clocks
        self,
        task: int,
        item: Any,
        error: BaseException,
        worker: int = 0,
        clocks: Sequence[float] = (),
        *,
        tries: int = 1,
        go_on: bool = False,
    ) -> None:
        """Record the exception of a task; no more are given out, unless exceptions are kept.

        With `go_on`, the run goes on all the same, and ends with the exception.
        """
        tried = f"tried {tries} times" if tries > 1 and self.retries else ""
        if not (self.keep or go_on) and self.wanted(task):
            self.failed = task
        task_said = "" if go_on else f"raised by {self.called(task, item)}"  # else by the message
        if note := "; ".join(filter(None, [task_said, tried])):
            add_note(error, f"({note})")
        self.records.fail(task, error, worker, clocks)

    def called(self, task: int, item: Any) -> str:
        """Say which task it is: by the statement of a cell, by the item of a map, by its parent."""
        records = self.records
        if task in records.enqueued:
            parent, label = records.enqueued[task]
            by = f"task {parent}, `{records.label_of(parent)}`"
            return f"task {task}, `{label}`, enqueued by {by}; counting from 0"
        if records.labels:
            return f"the task `{records.labels[task]}`"
        given = self.items.total if self.queue is None else self.queue.given
        total = "" if given is None else f" of {given}"
        if self.spread and len(item) == self.own:  # the code reads nothing of its item
            return f"item {task}{total}, counting from 0"
        shown = _short.repr(self.known(item))
        if "\n" in shown:  # a row of a table has a line for each column
            shown = " ".join(shown.split())
        return f"item {task}{total}, counting from 0; the item is {shown}"

    def known(self, item: Any) -> Any:
        """Return an item as the user knows it, of all that a task is given; or the call it is."""
        if self.own:
            item = item[: -self.own]
        if self.records.labels:
            return Call(*item)
        return item[0] if self.spread and len(item) == 1 else item

    def emit(self, task: int, stream: str, text: str) -> None:
        """Show what a task printed in the cell that runs, and keep it in the task's record."""
        self.records.print(task, text)
        self.screen.show(task, stream, text)

    def remark(self, text: str) -> None:
        """Say something before tasks are given out, and keep it in the record."""
        self.remarks.append(text)
        if self.tell is not None:
            self.tell(text)

    def look_at_code(self) -> None:
        """Note what the code tells, once; best while workers are already busy."""
        read, self.read = self.read, None
        if read is not None:
            read()

    def show_progress(self) -> None:
        """Show how far the run is, if anybody watches."""
        elapsed = time.perf_counter() - self.records.begun
        total = self.items.total if self.queue is None else None
        self.screen.see(Stage(*self.crew, self.records.done, total, elapsed))
