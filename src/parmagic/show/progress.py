"""One line that says how far a long run is, written over as it goes on, and gone at its end."""

from __future__ import annotations

import sys

from parmagic.run.watch import Stage
from parmagic.show.duration import duration
from parmagic.words import crew, plain, plural

PATIENCE = 2.0  # seconds that nobody minds waiting without a word
PAUSE = 0.5  # seconds between two lines


class Progress:
    """Writes the line to the standard output: a `run.watch.Watch`."""

    def __init__(self) -> None:
        self._last = 0.0  # seconds of the run at the last look, whether anything was shown or not
        self._next = PATIENCE  # seconds of the run, from which on it is time for another line
        self._width = 0  # characters that are shown

    def see(self, stage: Stage) -> None:
        """Write the line over the last one, if that is old enough."""
        if stage.elapsed < self._last:  # another run, of a comparison
            self._next = PATIENCE
        self._last = stage.elapsed
        if stage.elapsed < self._next:
            return
        self._next = stage.elapsed + PAUSE
        text = plain(progress(stage), getattr(sys.stdout, "encoding", None))
        self._write(f"\r{text.ljust(self._width)}")
        self._width = len(text)

    def look_away(self) -> None:
        """Wipe the line out: what is written next begins where it began."""
        if self._width:
            self._write(f"\r{' ' * self._width}\r")
            self._width = 0

    @staticmethod
    def _write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def progress(stage: Stage) -> str:
    """Say how far a run is: `37 of 150 tasks on pool × 2, 8 s so far, about 24 s to go`."""
    tasks = plural(stage.done, "task")
    if stage.total is not None:
        tasks = f"{stage.done:,} of {plural(stage.total, 'task')}"
    where, spent = crew(stage.backend, stage.workers), duration(round(stage.elapsed))
    said = f"{tasks} on {where}, {spent} so far"
    if not stage.total or not stage.done:
        return said
    left = round(stage.elapsed / stage.done * (stage.total - stage.done))
    return f"{said}, about {duration(left)} to go" if left else said
