"""The picture of a cell's task graph: what stands side by side runs at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.patches import FancyArrowPatch, Rectangle

from parmagic.show.chart_ink import PARALLEL, blend
from parmagic.show.chart_page import Page
from parmagic.show.graph import KINDS, Box, levels, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from parmagic.show.chart_page import Picture

_WIDTH = 7.2  # inches
_EDGE = 0.2
_HEIGHT = 0.3  # of a box
_STEP = 0.62  # from one row of boxes to the next
_GAP = 0.18  # between boxes of a row
_ABREAST = 4  # boxes in a row
_MOST = 60  # boxes that are drawn
_SHADOW = 0.045  # how far the boxes behind a box of many tasks stand out
_MANY = ("elements", "turns")
_Place = tuple[float, float, float]  # left, top, width


def draw_graph(boxes: Sequence[Box]) -> Picture:
    """Draw the boxes in rows, with an arrow to each from those it waits for."""
    shown = boxes[:_MOST]
    page = Page(_WIDTH)
    places = _places(shown)
    bottom = max(top for _, top, _ in places) + _HEIGHT
    page.set_height(bottom + 0.62)
    axes = page.axes(0, 0, _WIDTH, page.height)
    axes.set(xlim=(0, _WIDTH), ylim=(page.height, 0))  # in inches
    for box, place in zip(shown, places, strict=True):
        for need in box.needs:
            above = 2 * _SHADOW if box.kind in _MANY else 0.0
            _arrow(axes, page, places[need], place, above + 0.01)
    for box, place in zip(shown, places, strict=True):
        _box(axes, page, box, place)
    _key(page, shown, bottom + 0.25, len(boxes) - len(shown))
    page.picture.alt = told(boxes)
    page.picture.title = "Task graph"
    return page.picture


def _places(boxes: Sequence[Box]) -> list[_Place]:
    """Give each box its place: a row for each level, more than one where a level has many."""
    by_level: dict[int, list[int]] = {}
    for at, level in enumerate(levels(boxes)):
        by_level.setdefault(level, []).append(at)
    places: dict[int, _Place] = {}
    top = _EDGE
    for level in sorted(by_level):
        members = by_level[level]
        for start in range(0, len(members), _ABREAST):
            row = members[start : start + _ABREAST]
            # A level of one row fills the page; in several rows all boxes are equally wide.
            abreast = min(len(members), _ABREAST)
            width = (_WIDTH - 2 * _EDGE - (abreast - 1) * _GAP) / abreast
            for column, at in enumerate(row):
                places[at] = _EDGE + column * (width + _GAP), top, width
            top += _STEP if start + _ABREAST >= len(members) else _HEIGHT + _GAP
    return [places[at] for at in range(len(boxes))]


def _box(axes: Axes, page: Page, box: Box, place: _Place) -> None:
    left, top, width = place
    task = box.kind != "notebook"
    edge = PARALLEL if task else page.ink.muted
    face = blend(PARALLEL, page.ink.background, 0.15) if task else page.ink.faint
    behind = (2, 1, 0) if box.kind in _MANY else (0,)
    for depth in behind:
        shift = depth * _SHADOW
        corner = left + shift, top - shift
        size = width - 2 * _SHADOW, _HEIGHT
        axes.add_patch(Rectangle(corner, *size, facecolor=face, edgecolor=edge, zorder=3 - depth))
    text = page.cut(box.text, width - 2 * _SHADOW - 0.16, 0.8, family="monospace")
    page.write(left + 0.08, top + 0.085, text, 0.8, family="monospace")


def _arrow(axes: Axes, page: Page, start: _Place, end: _Place, above: float) -> None:
    ends = [(left + width / 2, top) for left, top, width in (start, end)]
    (x0, y0), (x1, y1) = ends
    arrow = FancyArrowPatch(
        (x0, y0 + _HEIGHT), (x1, y1 - above), arrowstyle="-|>", mutation_scale=8, linewidth=1,
        color=page.ink.muted, shrinkA=0, shrinkB=0, zorder=0,
    )  # fmt: skip
    axes.add_patch(arrow)


def _key(page: Page, boxes: Sequence[Box], top: float, hidden: int) -> None:
    """Say below what the boxes are."""
    left = _EDGE
    for kind in [one for one in KINDS if any(box.kind == one for box in boxes)]:
        task = kind != "notebook"
        edge = PARALLEL if task else page.ink.muted
        face = blend(PARALLEL, page.ink.background, 0.15) if task else page.ink.faint
        for depth in (1, 0) if kind in _MANY else (0,):
            shift = depth * _SHADOW
            page.swatch(
                left + shift, top + 0.02 - shift, 0.16, 0.11, facecolor=face, edgecolor=edge
            )
        page.write(left + 0.28, top, KINDS[kind], 0.8, color=page.ink.muted)
        left += 0.28 + page.length(KINDS[kind], 0.8) + 0.25
    if hidden:
        page.write(left, top, f"and {hidden} more", 0.8, color=page.ink.muted)
