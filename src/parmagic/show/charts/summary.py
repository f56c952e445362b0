"""The usual chart: serial against parallel time as bars, and beside them the timeline."""

from __future__ import annotations

from parmagic.measure.record import Run
from parmagic.show.charts.bars import WORDS, draw_bars, panel_height
from parmagic.show.charts.head import MARGIN, WIDTH, Head
from parmagic.show.charts.page import Page, Picture
from parmagic.show.charts.timeline import AXIS, Timeline, lanes_height, names_width
from parmagic.show.row import rows

_BARS = 3.3  # inches: width of the left panel
_BETWEEN = 0.4  # inches between the panels


def draw_summary(run: Run, alt: str) -> Picture:
    """Return the picture with both panels, or with one where there is nothing to compare."""
    page = Page(WIDTH)
    head = Head(page, run, alt)
    compared = rows(run)
    if len(compared) < 2:  # nothing to compare with: all the room is the timeline's
        compared = []
    bars = panel_height(compared)
    lanes = lanes_height(run, bars - WORDS - AXIS) if len(run.tasks) else 0.0
    body = max(bars, WORDS + lanes + AXIS if lanes else 0.0)
    page.set_height(head.height + body + (MARGIN if body else 0.0))
    head.draw()
    left = MARGIN
    if compared:
        draw_bars(page, compared, left, head.height, _BARS)
        left += _BARS + _BETWEEN
    if lanes:
        left += names_width(page, run)
        Timeline(page, run, left, head.height).draw(WIDTH - MARGIN - left, lanes)
    return page.picture
