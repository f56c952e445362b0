"""One line that says how far a long run is, written over as it goes on, and gone at its end.

The same line tells how far the reading of a cell is, if that takes long.
"""

from __future__ import annotations

import shutil
import sys
from typing import TextIO

from parmagic.run.screen import Stage
from parmagic.show.duration import duration
from parmagic.words import crew, plain, plural

PATIENCE = 2.0  # seconds before the first line
PAUSE = 0.5  # seconds between two lines
RARELY = 60.0  # seconds, at most, between two where none is written over: in a file


class Progress:
    """Writes the line to the standard output: a `run.screen.Watch`.

    Or to another stream; to a file, where nothing can be taken back, in lines of their own.
    """

    def __init__(self, stream: TextIO | None = None, *, over: bool = True) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._over = over  # whether a line can be written over
        self._last = 0.0  # seconds of the run at the last look, whether anything was shown or not
        self._next = PATIENCE  # seconds of the run, from which on it is time for another line
        self._width = 0  # characters that are shown

    def see(self, stage: Stage) -> None:
        """Write the line over the last one, if that is old enough."""
        if self._is_time(stage.elapsed):
            self._write_over(progress(stage))

    def see_reading(self, functions: int, elapsed: float) -> None:
        """Write how many functions have been read so far, if it is time to."""
        if self._is_time(elapsed):
            count, spent = plural(functions, "function"), duration(round(elapsed))
            self._write_over(f"reading the code that the cell calls: {count}, {spent} so far")

    def _is_time(self, elapsed: float) -> bool:
        if elapsed < self._last:  # another run, of a comparison
            self._next = PATIENCE
        self._last = elapsed
        if elapsed < self._next:
            return False
        self._next = elapsed + (PAUSE if self._over else min(elapsed, RARELY))
        return True

    def _write_over(self, line: str) -> None:
        text = plain(line, getattr(self._stream, "encoding", None))
        if not self._over:
            self._write(f"{text}\n")
            return
        text = self._fit(text)
        self._write(f"\r{text.ljust(self._width)}")
        self._width = len(text)

    def _fit(self, text: str) -> str:
        """Leave out the end of a line that a terminal would break: half of it would stay."""
        if self._stream not in (sys.__stdout__, sys.__stderr__):
            return text
        room = shutil.get_terminal_size().columns - 1
        while len(text) > room and ", " in text:
            text = text.rpartition(", ")[0]
        return text[:room]

    def look_away(self) -> None:
        """Wipe the line out: what is written next begins where it began."""
        if self._width:
            self._write(f"\r{' ' * self._width}\r")
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def watch() -> Progress:
    """Return what shows how far a run of `pmap` is: where there is one, in a terminal."""
    over = sys.stdout.isatty()
    stream = sys.stdout if over else sys.stderr
    return Progress(stream, over=over or stream.isatty())


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
