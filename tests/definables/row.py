"""A row of the table of what a notebook can define."""

from __future__ import annotations

import sys
from typing import NamedTuple

import IPython

# IPython 7 is older than Python 3.12: there it neither reads `x = !ls` nor has `%autoreload`.
OUTGROWN = IPython.version_info < (8,) and sys.version_info >= (3, 12)

CELLS = "# %%\n"  # what separates the cells of a row


class Row(NamedTuple):
    """Cells that define `task`, and what it is called with.

    The serial value is `[task(x) for x in items]` in the notebook itself. `same` compares it,
    called `serial`, with what workers gave, called `found`.
    """

    name: str  # what is defined, as a sentence would call it
    source: str  # cells, separated by lines `# %%`
    items: str = "[1, 2]"
    same: str = "found == serial and list(map(type, found)) == list(map(type, serial))"
    wants: str = ""  # a module without which the row means nothing
    since: tuple[int, int] = (3, 11)  # the Python from which on it can be written
    asynchronous: bool = False  # the serial value is awaited
    outgrown: bool = False  # an IPython that is older than this Python cannot run it

    @property
    def cells(self) -> list[str]:
        """The cells, in the order they are run."""
        return self.source.lstrip("\n").split(CELLS)
