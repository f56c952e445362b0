"""A job is what a backend is given: how to run one task, the items, and where records go."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from parmagic.measure.records import Records
from parmagic.modules.package import Packer
from parmagic.run.failure import Frame
from parmagic.run.items import Items

_short = reprlib.Repr()
_short.maxstring = _short.maxother = 80  # characters: one line of a traceback


@dataclass
class Job:
    """The tasks of one run, on their way through a backend."""

    call: Callable[..., Any]  # runs one task in this process
    packer: Packer  # makes what runs one task in another
    items: Items
    spread: bool  # whether an item is the tuple of a task's arguments, or its only argument
    records: Records
    start_method: str
    outer: Callable[[int], Frame | None]  # the line of the notebook that calls a task
    stopped: bool = False
    # Those of the cell, before any backend puts others in their place.
    streams: dict[str, TextIO] = field(
        default_factory=lambda: {"stdout": sys.stdout, "stderr": sys.stderr}
    )

    def take(self, count: int) -> tuple[int, Sequence[Any]]:
        """Take the next items: the number of the first, and the items, none if it is over.

        A failure of the iterable ends the input; it is the run's error unless a task's is earlier.
        """
        first = self.items.taken
        if self.stopped:
            return first, ()
        try:
            chunk = self.items.take(count)
        except Exception as error:  # noqa: BLE001 - the iterable is the user's: it may raise anything
            self.stopped = True
            self.records.input_error = error
            return first, ()
        self.records.reserve(first + len(chunk))
        return first, chunk

    def fail(
        self,
        task: int,
        item: Any,
        error: BaseException,
        worker: int = 0,
        clocks: Sequence[float] = (),
    ) -> None:
        """Record the exception of a task; no more tasks are given out."""
        self.stopped = True
        error.add_note(self.describe(task, item))
        self.records.fail(task, error, worker, clocks)

    def describe(self, task: int, item: Any) -> str:
        """Say which task it is: by the statement of a cell, or by the item of a map."""
        if self.records.labels:
            return f"(raised by the task `{self.records.labels[task]}`)"
        total = "" if self.items.total is None else f" of {self.items.total}"
        return f"(raised by item {task}{total}, counted from 0: {_short.repr(item)})"

    def emit(self, task: int, stream: str, text: str) -> None:
        """Show what a task printed in the cell that runs, and keep it in the task's record."""
        self.records.print(task, text)
        self.streams[stream].write(text)
        self.streams[stream].flush()
