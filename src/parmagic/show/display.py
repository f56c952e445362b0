"""The chart of a run as IPython shows it: a picture in a notebook, bars of text in a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import Any

from parmagic.measure.record import Run
from parmagic.show.alt import told
from parmagic.show.headline import headline
from parmagic.show.kinds import USUAL
from parmagic.show.row import Row, rows
from parmagic.words import plain

WIDTH = 78  # characters of a line
SHORTEST = 10  # characters of the longest bar, however long the words beside it are
_EIGHTHS = ["", *"▏▎▍▌▋▊▉"]  # of a character


class Chart:
    """A run's chart, to be given to `IPython.display.display`."""

    def __init__(self, run: Run, picture: bool, kind: str = USUAL) -> None:
        self._run = run
        self._picture = picture
        self._kind = kind

    def __repr__(self) -> str:
        # The last column is left free: some terminals wrap a line that fills it.
        width = WIDTH if self._picture else min(WIDTH, shutil.get_terminal_size().columns - 1)
        encoding = getattr(sys.stdout, "encoding", None)
        if self._kind == USUAL:
            return bars(self._run, width, encoding)
        return plain("\n".join(textwrap.wrap(told(self._run, self._kind), width)), encoding)

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the text, and the picture with its size and alternative text."""
        del include, exclude  # IPython drops what it does not want
        if not self._picture:
            return {"text/plain": repr(self)}, {}
        from parmagic.show.charts.chart import draw

        data, metadata = draw(self._run, self._kind).bundle()
        return {**data, "text/plain": repr(self)}, metadata


def bars(run: Run, width: int = WIDTH, encoding: str | None = "utf-8") -> str:
    """Return one line for each backend: its name, a bar as long as its time, the time, the factor.

    Where serial time is only bounded, its bar is solid up to the least and light up to the most.
    """
    found = rows(run)
    if not len(run.tasks):
        return plain(headline(run), encoding)
    name = max(len(row.name) for row in found)
    time = max(len(row.time) for row in found)
    words = [f"{row.time:>{time}}  {_note(row)}".rstrip() for row in found]
    longest = max(SHORTEST, width - name - max(map(len, words)) - 4)
    scale = longest / (max(row.high for row in found) or 1.0)
    lines = [
        f"{row.name:{name}}  {_bar(row, scale):{longest}}  {text}"
        for row, text in zip(found, words, strict=True)
    ]
    return plain("\n".join(lines), encoding)


def _note(row: Row) -> str:
    return f"({row.note})" if row.serial and row.note else row.note


def _bar(row: Row, scale: float) -> str:
    """Draw a bar; one that is too short to see is still a mark, also in ASCII."""
    if row.high > row.low:
        solid = max(1, round(row.low * scale))
        return "█" * solid + "░" * (round(row.high * scale) - solid)
    whole, part = divmod(max(4, round(row.low * scale * 8)), 8)
    return f"{'█' * whole}{_EIGHTHS[part]}"
