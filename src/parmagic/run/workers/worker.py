"""What a worker does: it loads packages, runs chunks of tasks, and sends back values.

The messages that come and go are those of `protocol`.

This file imports neither IPython nor matplotlib: what it imports decides how fast a worker starts.
"""

from __future__ import annotations

import math
import os
import pickle
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from parmagic.modules.values.buffers import Parcel, receive
from parmagic.run.workers import enqueue
from parmagic.run.workers.additions import Additions
from parmagic.run.workers.ahead import Ahead, load
from parmagic.run.workers.claims import Claimant
from parmagic.run.workers.coroutine import finish, finish_each
from parmagic.run.workers.failure import take_apart
from parmagic.run.workers.hooks import Hooks, Record
from parmagic.run.workers.loader import Loader
from parmagic.run.workers.outbox import Outbox
from parmagic.run.workers.output import Lines, caught
from parmagic.run.workers.protocol import Order
from parmagic.run.workers.surroundings import Surroundings, follow_imports, forget_edited
from parmagic.run.workers.usage import Delay
from parmagic.run.workers.values import wrapped

inside = False  # whether this process, or this interpreter, is a worker


class Worker:
    """The state of one worker; `child` and `guest` say what is particular to theirs."""

    cpu: Callable[[], float]  # processor seconds of a task, with those of its threads if it can be
    pages: Callable[[], int]  # of memory that it has been given, with others if it must be
    outbox_kind: type[Outbox] = Outbox  # of what sends its messages

    def __init__(self, connection: Connection, folders: list[str]) -> None:
        self._connection = connection
        self._process = os.getpid()
        self.cut_off = False  # whether the connection ended without a word of the notebook's
        self._folders = folders
        self._loader = Loader()
        self._surroundings: Surroundings | None = None
        self._ahead = Ahead(connection)
        self._strayed = False  # whether a module that it imported ahead may have set something
        self._lines: Lines | None = None
        self._delay = Delay()
        self._new = True  # whether it has run nothing yet
        self._received = 0.0  # perf_counter when the last message was there
        self._first = self._last = 0  # indices of the tasks of the chunk that runs
        self._values: list[Any] | None = None  # of the chunk that runs
        self._rest: Iterator[Any] = iter(())  # its items that are still to come
        self._claimant = Claimant()
        self._outbox = self.outbox_kind(self._write)
        self._additions = Additions(self._outbox.send)
        self.hooks = Hooks(self._recorded)

    def follow(self, there: Surroundings, before: Surroundings | None) -> None:
        """Make what tasks see around them, which was as `before`, the same as `there`."""
        raise NotImplementedError

    def go_back(self) -> None:
        """Undo, before another run, what tasks of an earlier one may have set."""

    def drain(self) -> None:
        """Take what was written past Python's streams, if that is caught."""

    def told(self, error: BaseException, *, running: bool) -> BaseException:  # noqa: ARG002
        """Return what is to be said of an exception, of tasks or of what comes before them."""
        from parmagic.run.workers import unattended

        return unattended.told(error)

    def work(self) -> None:
        """Do what the messages say that come, until there are no more."""
        self.hooks.begin()
        self._outbox.send("ready", time.perf_counter())
        try:
            with caught(self.lines):
                while (messages := self.receive()) is not None:
                    for message in messages:
                        self.obey(*message)
                    message = messages = None  # nothing is held while it waits for the next
        finally:
            self._claimant.close()
            self._outbox.close()
            self._delay.close()

    def receive(self) -> Any:
        """Wait for the next messages; None if there will be no more."""
        try:
            if self._ahead.modules and self._ahead.bring_in():
                # All else waits for the next run: tasks of this one may have set it.
                follow_imports(self._surroundings)
                self._strayed = True
                self._outbox.send("ready", time.perf_counter())  # a run may have begun by now
            data = self._connection.recv_bytes()
            messages = pickle.loads(data, buffers=iter(self._connection.recv_bytes, None))
        except (EOFError, OSError):
            self.cut_off = True
            return None
        self._received = time.perf_counter()
        return messages

    def obey(self, kind: str, *details: Any) -> None:
        """Do what a message says."""
        if kind in ("surroundings", "back"):  # a run begins
            forget_edited(self._surroundings)
        if kind == "package":
            self._loader.expect(*details)
        elif kind == "forget":
            self._loader.forget(details)
        elif kind == "import":
            load(*details)
            follow_imports(self._surroundings)
        elif kind == "ahead":
            self._ahead.modules.extend(details)
        elif kind == "surroundings":
            self._follow(Surroundings(*details))
        elif kind == "back":
            if self._strayed and self._surroundings is not None:
                self._follow(self._surroundings)
            else:
                self.go_back()
        else:
            self._run(Order(*details))

    def _follow(self, there: Surroundings) -> None:
        self.follow(there, self._surroundings)
        self.hooks.follow(there.levels)
        self._surroundings = there
        self._strayed = False

    def _run(self, order: Order) -> None:
        """Run a chunk of tasks, and send what became of them."""
        first = order.first
        self._first = self._last = first
        self._outbox.begin_chunk()
        self._values = []
        clocks, links = array("d"), None
        loaded = unpacked = self._received
        # These are counts: what was there before is subtracted first.
        aside = time.thread_time() - self.cpu()
        delayed, faults = 0.0, 0
        running = False
        try:
            task, items, loaded, unpacked = self._load(order)
            self._last = first + len(items) - 1
            self._claimant.use(order.claims)
            if order.queue:
                self._additions.begin(first)
            else:
                enqueue.add_everywhere(enqueue.refuse)
            delayed = -self._delay.seconds()  # not what it waited while it loaded
            faults = -self.pages()
            run = self._run_each if order.each else self._run_all
            call = enqueue.Call.run if order.form == "call" else task
            running = True
            self._rest = iter(items)
            run(order, call, clocks)
            self._end_copy()
        except BaseException as error:  # noqa: BLE001 - SystemExit too: it is the notebook's to see
            self._end_copy(error)
            links = take_apart(self.told(error, running=running))
        if running:
            delayed += self._delay.seconds()  # first: all of it was before `ran`
        ran = time.perf_counter()
        aside += self.cpu() - time.thread_time()
        faults = faults + self.pages() if running else 0
        new, self._new = self._new, False
        self._additions.end()
        self.drain()
        self.hooks.end_chunk()
        values, self._values = self._values or [], None
        self._finish_lines()
        self._outbox.end_chunk()
        data, refused = wrapped(values, self._folders)
        times = self._received, loaded, unpacked, ran, time.perf_counter(), aside, delayed, faults
        passed = (*times, self._loader.given, new)
        self._outbox.send("done", first, tuple(data), clocks.tobytes(), links, refused, passed)

    def _load(self, order: Order) -> tuple[Callable[..., Any], Any, float, float]:
        """Load the code that a chunk runs, and its items; say also when each was there."""
        before = len(sys.modules)
        task = self._loader.task(order.key)
        loaded, known = time.perf_counter(), len(sys.modules)
        items = receive(Parcel(*order.payload))
        unpacked = time.perf_counter()
        if len(sys.modules) > known:  # most of that time was for importing what they are made of
            loaded = unpacked
        if len(sys.modules) > before:
            follow_imports(self._surroundings)
        return task, items, loaded, unpacked

    def _end_copy(self, error: BaseException | None = None) -> None:
        """End if this is a process that a task has forked, and that has come back from it."""
        if os.getpid() != self._process:
            from parmagic.run.workers import forked

            forked.end(error)

    def _run_each(self, order: Order, task: Callable[..., Any], clocks: array[float]) -> None:
        """Run tasks one after another, and read the clocks before and after each."""
        values = self._values = []
        spread = order.form == "parts"
        until = time.perf_counter() + order.patience
        for item in self._rest:
            cpu, started = self.cpu(), time.perf_counter()
            try:
                value = finish(task(*item) if spread else task(item))
            finally:
                finished = time.perf_counter()
                clocks.extend((started, finished, self.cpu() - cpu))
                self.drain()  # before what comes is another task's
            values.append(value)
            if finished > until or (order.claims and not self._claimant.claim()):
                break

    def _run_all(self, order: Order, task: Callable[..., Any], clocks: array[float]) -> None:
        """Run tasks so short that clocks would take longer than they do: one reading for all."""
        values = self._values = []
        spread = order.form == "parts"
        cpu, started = self.cpu(), time.perf_counter()
        until = started + order.patience
        try:
            if order.patience == math.inf:
                finish_each(task, self._rest, values, spread=spread)
            else:
                for item in self._rest:
                    finish_each(task, (item,), values, spread=spread)
                    late = time.perf_counter() > until
                    if late or (order.claims and not self._claimant.claim()):
                        break
        finally:
            finished = time.perf_counter()
            clocks.extend((started, finished, self.cpu() - cpu))

    def lines(self) -> Lines | None:
        """Return where the task that runs now prints; None between tasks."""
        values = self._values  # a thread may ask that outlives its task
        if values is None:
            return None
        # After the last value, what still comes out of C's buffers is the last task's.
        task = min(self._first + len(values), self._last)
        lines = self._lines
        if lines is None or lines.task != task:
            self._finish_lines()
            lines = self._lines = Lines(task, self._outbox.put)
        return lines

    def _recorded(self, record: Record) -> None:
        """Take a warning or a log record; those between tasks were shown in the notebook."""
        lines = self.lines()
        if lines is not None:
            self._outbox.put_record(lines.task, record)

    def leave(self) -> None:
        """Have nothing to do with the notebook: this is a process that a task has forked.

        What it prints, warns of and logs goes where Python usually sends it, which the worker
        reads. If it comes back from the task, no other task follows.
        """
        self._values = None
        for _ in self._rest:
            pass
        self.hooks.end()

    def _finish_lines(self) -> None:
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.finish()

    def _write(self, *message: Any) -> None:
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        self._connection.send_bytes(data)
