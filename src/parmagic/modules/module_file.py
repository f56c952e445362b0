"""A module file of a run: what its workers imported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, repr=False, eq=False)
class ModuleFile:
    """Plain Python through which workers had what the tasks need."""

    text: str
    cells: tuple[str, ...]  # where its lines come from, in their order, e.g. ("In[2]", "In[4]")
    _place: Callable[[], str]
    _origin: Callable[[int], tuple[str, int] | None]

    @property
    def path(self) -> Path:
        """A file that can be read, and run alone.

        It is there as long as this is, but not after the extension is unloaded. Beside it lie the
        data that it reads, as they were, unless they are large.
        """
        return Path(self._place())

    def origin(self, line: int) -> tuple[str, int] | None:
        """Return the cell and its line, e.g. ("In[4]", 2), that a line of the file came from.

        Code in a worker names the cell itself; in processes that a task starts, and where the file
        is run alone, it names the lines of the file.
        """
        return self._origin(line)

    def __repr__(self) -> str:
        lines = self.text.count("\n")
        return f"<ModuleFile: {lines} lines from {', '.join(self.cells) or 'no cell'}>"
