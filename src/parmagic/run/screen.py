"""What a run shows in its cell while it goes on: what its tasks print, and how far it is."""

from __future__ import annotations

import time
from typing import NamedTuple, Protocol, TextIO

from parmagic.run.workers.output import stream

SHOWN = 5_000  # lines of output that a run shows; a notebook with many more cannot be used
NESTED = "a task called pmap: inside a worker that runs serially\n"  # each worker prints it once
PAUSE = 0.05  # seconds between two messages to a front end, which loses some if they are too many


class Stage(NamedTuple):
    """How far a run is."""

    backend: str
    workers: int
    done: int  # tasks, the failed ones too
    total: int | None  # None: nobody knows; a queue may grow
    elapsed: float  # seconds


class Watch(Protocol):
    """Shows how far a run is; called in the notebook's own thread, some times a second."""

    def see(self, stage: Stage) -> None:
        """Show how far it is, if it is time to."""

    def look_away(self) -> None:
        """Take away what was shown: something else is about to be."""


class Screen:
    """The output of one cell, for one run."""

    def __init__(self, watch: Watch | None) -> None:
        # Those of the cell, before any backend puts others in their place.
        self._streams: dict[str, TextIO] = {name: stream(name) for name in ("stdout", "stderr")}
        self._watch = watch
        self._shown = 0  # lines that tasks printed, and that were shown
        self._hidden = 0  # and that were not, because they were too many
        self._cut = 0  # the task that printed the first of these
        self._nested = False  # whether one of the tasks has called pmap
        self._flushed = 0.0  # seconds on the clock
        self._waits: set[str] = set()  # streams that are to be flushed
        self.whole_lines = True  # serially, a line may be of several tasks
        self.withheld = 0  # warnings and log records that were not shown: they were too many

    def show(self, task: int, name: str, text: str) -> None:
        """Show what a task printed, or as much of it as there is room for."""
        if NESTED in text:
            text = text.replace(NESTED, "", text.count(NESTED) - (not self._nested))
            self._nested = True
            if not text:
                return
        if self.whole_lines and not text.endswith("\n"):
            text += "\n"  # or the next task's line would be on it
        if not self._hidden:
            self._cut = task
        if not (text := self._beginning(text)):
            return
        self.write(name, text)
        self._waits.add(name)
        self._flush_in_time()

    def write(self, name: str, text: str) -> None:
        """Write to a stream of the cell, whatever was written before."""
        self.look_away()
        target = self._streams[name]
        try:
            target.write(text)
        except UnicodeEncodeError:  # a terminal with `LC_ALL=C`: no reason to lose the run
            target.write(text.encode(target.encoding, "replace").decode(target.encoding))

    def _beginning(self, text: str) -> str:
        """Return as much of a task's output as is still to be shown, and count both parts.

        Once something was hidden all the rest is: what is shown has no holes.
        """
        room = 0 if self._hidden else SHOWN - self._shown
        lines = text.count("\n")
        if self._hidden or lines > room:
            text = "".join(f"{line}\n" for line in text.split("\n", room)[:room])
        shown = min(lines, room)
        self._shown += shown
        self._hidden += lines - shown
        return text

    def _flush_in_time(self) -> None:
        now = time.perf_counter()
        if self._waits and now - self._flushed > PAUSE:
            self._flush()
            self._flushed = now

    def _flush(self) -> None:
        for name in self._waits:
            self._streams[name].flush()
        self._waits.clear()

    def see(self, stage: Stage) -> None:
        """Show how far the run is to whoever watches, and flush what was printed."""
        self._flush_in_time()
        if self._watch is not None:
            self._watch.see(stage)

    def look_away(self) -> None:
        """Have whoever watches take away what it shows: something else is about to be shown."""
        if self._watch is not None:
            self._watch.look_away()

    def end(self) -> None:
        """Say how much of what tasks printed was not shown."""
        self.look_away()
        if self._hidden:
            self.write(
                "stdout",
                f"... {self._hidden:,} more lines were printed: the run's tasks have them, "
                f"e.g. `import parmagic; parmagic.last_run().tasks[{self._cut}].stdout`\n",
            )
        if self.withheld:
            self.write(
                "stderr",
                f"... {self.withheld:,} more warnings and log records of tasks are not shown\n",
            )
        self._flush()
