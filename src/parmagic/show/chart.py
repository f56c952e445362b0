"""Draw a run: serial against parallel time as bars, and beside them the timeline of its tasks.

The figure is an object of its own: pyplot is not imported, and no setting of matplotlib is changed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from parmagic.show.alt import alt_text
from parmagic.show.chart_bars import WORDS, draw_bars, panel_height
from parmagic.show.chart_page import Page, Picture
from parmagic.show.chart_timeline import AXIS, Timeline, lanes_height, names_width
from parmagic.show.file import format_of
from parmagic.show.headline import headline
from parmagic.show.row import rows

if TYPE_CHECKING:
    import os

    from parmagic.measure.record import Run

__all__ = ["alt_text", "draw", "picture", "save"]

WIDTH = 9.2  # inches: as wide as a notebook's output on a common screen
_MARGIN = 0.2  # inches
_BARS = 3.3  # inches: width of the left panel
_BETWEEN = 0.4  # inches between the panels
_LINE = 0.22  # inches: a line of the headline
_TITLE_SIZE = 1.15  # of the user's font size
_TITLE_LINES = 3


def draw(run: Run) -> Picture:
    """Return the picture of a run as a new matplotlib Figure."""
    page = Page(WIDTH)
    page.picture.alt = alt_text(run)
    page.picture.title = headline(run)
    room = WIDTH - 2 * _MARGIN
    title = page.wrap(headline(run), room, _TITLE_LINES, _TITLE_SIZE, weight="bold")
    top = _MARGIN + _LINE * len(title) + (_LINE if run.code else 0) + 0.2
    compared = rows(run)
    if len(compared) < 2:  # nothing to compare with: all the room is the timeline's
        compared = []
    bars = panel_height(compared)
    lanes = lanes_height(run, bars - WORDS - AXIS) if len(run.tasks) else 0.0
    body = max(bars, WORDS + lanes + AXIS if lanes else 0.0)
    page.set_height(top + body + (_MARGIN if body else 0.0))
    _head(page, run, title)
    left = _MARGIN
    if compared:
        draw_bars(page, compared, left, top, _BARS)
        left += _BARS + _BETWEEN
    if lanes:
        left += names_width(page, run)
        Timeline(page, run, left, top).draw(WIDTH - _MARGIN - left, lanes)
    return page.picture


def _head(page: Page, run: Run, title: list[str]) -> None:
    """Write the headline and, below it, the code that ran."""
    for index, line in enumerate(title):
        page.write(_MARGIN, _MARGIN + index * _LINE, line, _TITLE_SIZE, weight="bold")
    if run.code:
        code = f"{run.cell}: {run.code}" if run.cell else run.code
        style = {"family": "monospace", "color": page.ink.muted}
        room = WIDTH - 2 * _MARGIN
        line = page.cut(" ".join(code.split()), room, 0.9, **style)
        page.write(_MARGIN, _MARGIN + len(title) * _LINE + 0.02, line, 0.9, **style)


def picture(run: Run, format: str = "png") -> bytes:  # noqa: A002 - as matplotlib names it
    """Return the picture as the bytes of a png, svg or pdf file."""
    return draw(run).rendered(format)


def save(run: Run, path: str | os.PathLike[str]) -> None:
    """Write the picture to a file whose suffix says how: .png, .svg or .pdf.

    Raises:
        ValueError: if the suffix is another one.

    """
    kind = format_of(path)
    Path(path).expanduser().write_bytes(picture(run, kind))
