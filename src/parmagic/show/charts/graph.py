"""The picture of a cell's task graph: what stands side by side runs at the same time."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.path import Path

from parmagic.show.charts.ink import PARALLEL, blend
from parmagic.show.charts.page import Page, Picture
from parmagic.show.graph import ABREAST, KINDS, Box, Slot, laid_out, levels, told

_WIDTH = 7.2  # inches
_EDGE = 0.2
_HEIGHT = 0.3  # of a box
_STEP = 0.62  # from one row of boxes to the next
_GAP = 0.18  # between boxes of a row
_CHANNEL = 0.1  # for lines that pass a row
_MOST = 60  # boxes that are drawn
_SHADOW = 0.045  # how far the boxes behind a box of many tasks stand out
_MANY = ("elements", "turns")
_Place = tuple[float, float, float]  # left, top, width


def draw_graph(boxes: Sequence[Box]) -> Picture:
    """Draw the boxes in rows, with an arrow to each from those it waits for."""
    shown = boxes[:_MOST]
    page = Page(_WIDTH)
    layout = laid_out(shown)
    places = _places(shown, layout.rows)
    bottom = max(top for row in places for _, top, _ in row.values()) + _HEIGHT
    page.set_height(bottom + 0.62)
    axes = page.axes(0, 0, _WIDTH, page.height)
    axes.set(xlim=(0, _WIDTH), ylim=(page.height, 0))  # in inches
    at = {slot: place for row in places for slot, place in row.items() if isinstance(slot, int)}
    row_of = {slot: number for number, row in enumerate(places) for slot in row}
    for line in layout.lines:
        passed = places[row_of[line.start] + 1 : row_of[line.end]]
        channels = [row[line.channel] for row in passed] if line.channel else []
        above = 2 * _SHADOW if shown[line.end].kind in _MANY else 0.0
        _arrow(axes, page, [at[line.start], *channels, at[line.end]], above + 0.01)
    for number, box in enumerate(shown):
        _box(axes, page, box, at[number])
    _key(page, shown, bottom + 0.25, len(boxes) - len(shown))
    page.picture.alt = told(boxes)
    page.picture.title = "Task graph"
    return page.picture


def _places(boxes: Sequence[Box], rows: Sequence[Sequence[Slot]]) -> list[dict[Slot, _Place]]:
    """Give each box and each channel its place, row by row."""
    places: list[dict[Slot, _Place]] = []
    known = levels(boxes)
    level_of = [next(known[slot] for slot in row if isinstance(slot, int)) for row in rows]
    top = _EDGE
    for number, row in enumerate(rows):
        count = sum(isinstance(slot, int) for slot in row)
        # A level of one row fills the page; in several rows all boxes are as wide as in a full one.
        abreast = ABREAST if level_of.count(level_of[number]) > 1 else count
        passed = (len(row) - count) * (_CHANNEL + _GAP)
        width = (_WIDTH - 2 * _EDGE - (abreast - 1) * _GAP - passed) / abreast
        left, found = _EDGE, dict[Slot, _Place]()
        for slot in row:
            wide = width if isinstance(slot, int) else _CHANNEL
            found[slot] = left, top, wide
            left += wide + _GAP
        places.append(found)
        same = number + 1 < len(rows) and level_of[number + 1] == level_of[number]
        top += _HEIGHT + _GAP if same else _STEP
    return places


def _box(axes: Axes, page: Page, box: Box, place: _Place) -> None:
    left, top, width = place
    face, edge = _colours(page, box.kind)
    for depth in (2, 1, 0) if box.kind in _MANY else (0,):
        shift = depth * _SHADOW
        corner = left + shift, top - shift
        size = width - 2 * _SHADOW, _HEIGHT
        axes.add_patch(Rectangle(corner, *size, facecolor=face, edgecolor=edge, zorder=3 - depth))
    text = page.cut(box.text, width - 2 * _SHADOW - 0.16, 0.8, family="monospace")
    page.write(left + 0.08, top + 0.085, text, 0.8, family="monospace")


def _colours(page: Page, kind: str) -> tuple[str, str]:
    """Return the colours of a kind of box: of its face, and of its edge."""
    if kind == "notebook":
        return page.ink.faint, page.ink.muted
    return blend(PARALLEL, page.ink.background, 0.15), PARALLEL


def _arrow(axes: Axes, page: Page, way: Sequence[_Place], above: float) -> None:
    """Draw an arrow from the first place to the last, straight down through those in between."""
    middles = [(left + width / 2, top) for left, top, width in way]
    (x0, y0), *between, (x1, y1) = middles
    points = [(x0, y0 + _HEIGHT)]
    for x, y in between:
        points += [(x, y), (x, y + _HEIGHT)]
    arrow = FancyArrowPatch(
        path=Path([*points, (x1, y1 - above)]), arrowstyle="-|>", mutation_scale=8, linewidth=1,
        color=page.ink.muted, zorder=0,
    )  # fmt: skip
    axes.add_patch(arrow)


def _key(page: Page, boxes: Sequence[Box], top: float, hidden: int) -> None:
    """Say below what the boxes are."""
    left = _EDGE
    for kind in [one for one in KINDS if any(box.kind == one for box in boxes)]:
        face, edge = _colours(page, kind)
        for depth in (1, 0) if kind in _MANY else (0,):
            shift = depth * _SHADOW
            page.swatch(
                left + shift, top + 0.02 - shift, 0.16, 0.11, facecolor=face, edgecolor=edge
            )
        page.write(left + 0.28, top, KINDS[kind], 0.8, color=page.ink.muted)
        left += 0.28 + page.length(KINDS[kind], 0.8) + 0.25
    if hidden:
        page.write(left, top, f"and {hidden} more", 0.8, color=page.ink.muted)
