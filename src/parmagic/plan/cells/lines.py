"""Writes the lines of a function where a cell has them, so that a traceback names the cell's."""

from __future__ import annotations


class Lines:
    """The lines of a function whose first is a certain line of the cell."""

    def __init__(self, first: int, head: list[str]) -> None:
        self._first = first
        self._lines = head
        # What may be written on the last line as well: of which line of the cell, how far to the
        # right, and what stands between.
        self._open: tuple[int, int, str] | None = None

    @property
    def next(self) -> int:
        """The line of the cell that the next one is."""
        return self._first + len(self._lines)

    def add(self, text: str, line: int, depth: int) -> None:
        """Write a statement, or the head of a block: beside another, if it is so in the cell."""
        before, self._open = self._open, (line, depth, "; ")
        if before is not None and before[:2] == (line, depth):
            self._lines[-1] += before[2] + text
            return
        self._lines += [*[""] * (line - self.next), "    " * depth + text]

    def begin(self, text: str, line: int, depth: int, *, beside: bool) -> None:
        """Write the head of a block, whose statements may stand beside it."""
        self.add(text, line, depth)
        self._open = (line, depth + 1, " ") if beside else None

    def end(self, *lines: str) -> str:
        """Return all of it, with last lines that are not the cell's."""
        return "\n".join([*self._lines, *lines]) + "\n"
