"""Finds the cell of a line that a worker names by its module file, or by an earlier cell."""

from __future__ import annotations

from dataclasses import dataclass

from parmagic.modules.package import Package
from parmagic.modules.text import ENTRY
from parmagic.plan.work import TASK
from parmagic.run.workers.frames import Frame


@dataclass(frozen=True)
class Origin:
    """The way back from the code of one package."""

    package: Package
    has_outer: bool = False  # whether the notebook's own frame stands for that of the task

    def find(self, filename: str, line: int) -> tuple[str, int] | None:
        """Return the file name of the cell and its line; None if it is no code of a cell.

        Most code in a worker names its cell itself. But where only comments of a cell were edited,
        the worker still has the code of the earlier cell.
        """
        text = self.package.text
        if filename == str(self.package.path):
            return text.origin(line)
        return text.place_now(filename, line)

    def __call__(self, frame: Frame) -> Frame | None:
        """Lead a frame back to its cell; None for lines that the module file has of no cell.

        A frame of another file stays as it is.
        """
        ours = frame.filename == str(self.package.path)
        place = self.find(frame.filename, frame.line)
        if ours and (place is None or frame.function == "<module>"):
            return Frame(*place) if place else None
        first = self.find(frame.filename, frame.first)
        if place is None or first is None:
            return frame
        if frame.function == ENTRY and self.has_outer:
            return None
        function = TASK if frame.function == ENTRY else frame.function
        return Frame(*place, function, first[1], frame.arguments, frame.values, frame.own)
