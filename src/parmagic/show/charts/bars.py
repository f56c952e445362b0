"""The left panel of the chart: serial against parallel time, as bars with their words above."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from parmagic.show.charts.ink import PARALLEL, SERIAL, blend
from parmagic.show.charts.page import Page
from parmagic.show.row import Row

WORDS = 0.225  # inches from the top of a row to its bar
_BAR = 0.22  # inches
_LEAST = 0.02  # inches of a bar that must not be overlooked
_ROW = 0.61  # inches from one row to the next
_SIZES = (1.0, 0.9, 0.8)  # of the user's font size, for words beside a name
_GAP = 0.15  # inches between them, at least
_CAP = 0.05  # inches of half the end of a whisker


def panel_height(rows: list[Row]) -> float:
    """Return the inches that the panel needs."""
    return _ROW * (len(rows) - 1) + WORDS + _BAR if rows else 0.0


def draw_bars(page: Page, rows: list[Row], left: float, top: float, width: float) -> None:
    """Draw the rows from the top of the panel down."""
    height = panel_height(rows)
    axes = page.axes(left, top, width, height)
    axes.set(xlim=(0, width), ylim=(height, 0))  # in inches
    longest = max(row.end for row in rows) or 1.0
    for index, row in enumerate(rows):
        _words(page, row, left, top + index * _ROW, width)
        certain = max(width * row.low / longest, _LEAST)
        for bar in _bar(page, row, certain, width * row.high / longest):
            bar.set_y(index * _ROW + WORDS)
            axes.add_patch(bar)
        if len(row.rounds) > 1:
            ends = [width * min(row.rounds) / longest, width * max(row.rounds) / longest]
            _whisker(page, axes, ends, index * _ROW + WORDS + _BAR / 2)


def _whisker(page: Page, axes: Axes, ends: list[float], middle: float) -> None:
    """Draw a line from the least to the most time of several rounds; it is seen on the bar, too."""
    for colour, wide in ((page.ink.background, 3.0), (page.ink.text, 1.2)):
        style: dict[str, Any] = {"color": colour, "linewidth": wide, "clip_on": False}
        axes.plot(ends, [middle] * 2, **style)
        for end in ends:
            axes.plot([end] * 2, [middle - _CAP, middle + _CAP], **style)


def _bar(page: Page, row: Row, certain: float, most: float) -> list[Rectangle]:
    """Return a solid bar, and a hatched one for what is not certain."""
    colour = SERIAL if row.serial else PARALLEL
    pale = blend(colour, page.ink.background, 0.15)
    if not row.complete:  # its time cannot be compared
        return [Rectangle((0, 0), certain, _BAR, facecolor=pale, edgecolor=colour, hatch="....")]
    solid = Rectangle((0, 0), certain, _BAR, facecolor=colour, linewidth=0)
    if row.high <= row.low:
        return [solid]
    rest = most - certain
    hatched = Rectangle((certain, 0), rest, _BAR, facecolor=pale, edgecolor=colour, hatch="////")
    return [solid, hatched]


def _words(page: Page, row: Row, left: float, top: float, width: float) -> None:
    """Write the name at the left, and at the right the time and what it means."""
    # All of a verdict in small letters is better than a part of it: its point is at its end.
    sizes = [*((row.words, size, 1.0) for size in _SIZES)]
    sizes += [(row.note or row.time, _SIZES[-1], name) for name in (1.0, _SIZES[-1])]
    for said, size, named in sizes:
        room = width - page.length(row.name, named, weight="bold") - _GAP
        if page.length(said, size) <= room:
            break
    page.write(left, top, row.name, named, weight="bold")
    page.write(left + width, top, page.cut(said, room, size), size, ha="right")
