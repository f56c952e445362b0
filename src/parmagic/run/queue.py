"""The queue of a run: the items it was given, and what its tasks add; first in, first out."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from parmagic.errors import QueueError
from parmagic.run.graph import Graph
from parmagic.run.interrupt import is_press
from parmagic.run.items import Items
from parmagic.words import DONE

LOOK = 0.1  # seconds to wait for a thread that has the lock


class Queue(Items):
    """Items that tasks may add to while they run. Thread-safe.

    The input is read to its end before the first is taken, so that the items given are the first.
    If it is a graph, what of it is ready comes before what tasks have added.
    """

    def __init__(self, source: Iterable[Any] | Graph, most: int | None) -> None:
        super().__init__(iter(()))
        self.given: int | None = None  # how many there were at the beginning
        self._graph = source if isinstance(source, Graph) else None
        self._source = () if isinstance(source, Graph) else source
        self._most = most
        self._waiting: deque[Any] = deque()
        self._added: dict[int, int] = {}  # how many each task has enqueued
        self._refused = 0
        self._first = ""  # what was refused first
        self._closed = self._quiet = False  # whether the run is over, and was interrupted
        self.changed = threading.Condition()  # also the lock of all the rest

    def take_ready(self, wanted: Callable[[int], bool]) -> tuple[int, Sequence[Any]]:
        """Take the first task that is wanted and ready; no item if there is none."""
        if self.given is None:
            self._fill()
        with self.changed:
            if self._graph is not None:
                task, chunk = self._graph.take_ready(wanted)
                if chunk:
                    return task, chunk
            task = self.taken
            if not self._waiting or not wanted(task):
                return task, ()
            self.taken += 1
            return task, (self._waiting.popleft(),)

    def put(self, parent: int, number: int, item: Any, label: str) -> int | None:
        """Add what the task `parent` enqueued as its `number`-th; return the number of the task.

        None if it was added before, when the task was tried for the first time, or if the queue
        may not grow any more.
        """
        with self.changed:
            if self._closed and self._quiet:
                return None
            if self._closed:
                raise QueueError(f"`{label}` cannot be enqueued: the run has ended")
            if number < self._added.get(parent, 0):
                return None
            self._added[parent] = number + 1
            task = self.taken + len(self._waiting)
            if self._most is not None and task >= self._most:
                self._refuse(parent, label)
                return None
            self._waiting.append(item)
            self.total = task + 1
            self.changed.notify()
            return task

    def close(self, *, quietly: bool) -> None:
        """Take nothing more: threads that tasks have started may go on, and try to add.

        After an interrupt, tasks themselves may go on in threads: then it is `quietly` ignored.
        """
        self._quiet = quietly
        self._closed = True
        # Wait for a thread that is just adding, but not for ever: one that reads the input may have
        # the lock.
        if self.changed.acquire(timeout=LOOK):
            self.changed.release()

    def _fill(self) -> None:
        if self._graph is not None:
            self.taken = self._graph.total or 0
        enough = None if self._most is None else self._most + 1
        try:
            for item in islice(self._source, enough):
                self._waiting.append(item)
        except BaseException as error:
            if is_press(error):
                raise
            self.error = error  # the iterable is the user's: it may raise `SystemExit`, too
        self.total = self.given = self.taken + len(self._waiting)
        if self._most is not None and self.total > self._most:
            self.error = QueueError(
                f"more items were given than `--max-tasks {self._most}` allows: nothing was run"
            )
            self._waiting.clear()
            self._graph = None
            self.total = self.given = self.taken = 0

    def _refuse(self, parent: int, label: str) -> None:
        self._refused += 1
        if self._refused == 1:
            self._first = f"`{label}`, enqueued by task {parent}"
        left = "was left out," if self._refused == 1 else "were left out, the first"
        self.error = QueueError(
            f"the queue grew past `--max-tasks {self._most}`: {self._refused:,} more {left} "
            f"{self._first}; {DONE}"
        )
