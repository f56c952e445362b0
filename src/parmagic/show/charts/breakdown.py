"""The breakdown of a run: one bar of workers × elapsed, with the name of each part.

A name stands in its part or, where that is too thin, beside the bar at the end of a line.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from parmagic.measure.record import Run
from parmagic.show.breakdown import Share, efficiency_said, shares, whole_said
from parmagic.show.charts.head import MARGIN, ROOM, WIDTH, Head
from parmagic.show.charts.ink import NEAR_BLACK, PARALLEL, Ink, blend, is_dark
from parmagic.show.charts.page import Page, Picture

_LINE = 0.24  # inches from the words above the bar to it
_BELOW = 0.1  # inches from the bar to the words below it
_ROW = 0.2  # inches of a line of these, or of a name beside the bar
_SIZE = 0.9  # of the user's font size
_THICK = 0.62  # inches
_INSIDE = 0.16  # inches that a name in the bar leaves free
_FROM_LINE = 0.05  # inches from a line to its name
_INTO = 0.1  # inches that a line reaches into its row


def draw_breakdown(run: Run, alt: str) -> Picture:
    """Return the picture of the breakdown."""
    page = Page(WIDTH)
    head = Head(page, run, alt)
    found = shares(run.breakdown.parts) if len(run.tasks) else []
    bar = _Bar(page, found, ROOM)
    words = page.wrap(efficiency_said(run), ROOM, 3, _SIZE) if found else []
    body = _LINE + bar.height + _BELOW + _ROW * len(words) + MARGIN if found else 0.0
    page.set_height(head.height + body)
    head.draw()
    if found:
        muted = page.ink.muted
        page.write(MARGIN, head.height, whole_said(run), _SIZE, color=muted)
        bar.draw(MARGIN, head.height + _LINE, part_styles(page.ink))
        below = head.height + _LINE + bar.height + _BELOW
        for line in words:
            page.write(MARGIN, below, line, _SIZE, color=muted)
            below += _ROW
    return page.picture


def part_styles(ink: Ink) -> dict[str, dict[str, Any]]:
    """Return how each part looks: told apart by lightness and pattern as well as by colour."""
    return {
        "useful work": {"facecolor": PARALLEL, "linewidth": 0},
        "start-up": _hatched("#E69F00", "////", ink),
        "transfer": _hatched("#56B4E9", "\\\\\\\\", ink),
        "unfinished": _hatched(PARALLEL, "++++", ink),
        "contention": _hatched("#D55E00", "xxxx", ink),
        "other programs": _hatched("#D55E00", "||||", ink),
        "imbalance": _hatched(ink.muted, "....", ink),
        "starvation": _hatched("#CC79A7", "oo", ink),
        "overhead": _hatched("#009E73", "----", ink),
        "notebook": {"facecolor": "#F0E442", "linewidth": 0},
    }


def _hatched(colour: str, pattern: str, ink: Ink) -> dict[str, Any]:
    pale = blend(colour, ink.background, 0.35)
    return {"facecolor": pale, "edgecolor": colour, "hatch": pattern, "linewidth": 0.5}


class _Piece(NamedTuple):
    share: Share
    start: float  # inches from the left end of the bar
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


class _Bar:
    """The bar on a page: laid out first, so that the page can get its height."""

    def __init__(self, page: Page, found: list[Share], width: float) -> None:
        self._page = page
        self._width = width
        pieces: list[_Piece] = []
        at = 0.0
        for share in found:
            pieces.append(_Piece(share, at, at + width * share.fraction))
            at += width * share.fraction
        self._pieces = pieces
        beside = [piece for piece in pieces if not self._fits(piece)]
        # No line crosses a name: names to the right of their lines stand below the bar, the first
        # lowest; those that have no room there stand above it, to the left, the last highest.
        self._below = [piece for piece in beside if self._has_room(piece)]
        self._above = [piece for piece in beside if not self._has_room(piece)]
        self.height = _THICK + _ROW * (len(self._above) + len(self._below))

    def _fits(self, piece: _Piece) -> bool:
        share, room = piece.share, piece.end - piece.start - _INSIDE
        lines = (share.name, share.amount)
        return max(self._page.length(line, _SIZE, weight="bold") for line in lines) <= room

    def _has_room(self, piece: _Piece) -> bool:
        wide = self._page.length(piece.share.said, _SIZE) + _FROM_LINE
        return piece.middle + wide <= self._width

    def draw(self, left: float, top: float, styles: dict[str, dict[str, Any]]) -> None:
        """Put the bar on the page; `styles` has matplotlib's properties of each part."""
        bar = top + _ROW * len(self._above)
        for row, piece in enumerate(self._above):
            height = _ROW * (row + 1)
            self._line(left + piece.middle, bar, bar - height + _INTO)
            self._name(piece, left, bar - height, "right")
        for row, piece in enumerate(reversed(self._below)):
            low = bar + _THICK + _ROW * row
            self._line(left + piece.middle, bar + _THICK, low + _INTO)
            self._name(piece, left, low + _FROM_LINE, "left")
        for piece in self._pieces:
            style = styles[piece.share.name]
            self._page.swatch(left + piece.start, bar, piece.end - piece.start, _THICK, **style)
            if self._fits(piece):
                self._inside(piece, left, bar, style)

    def _line(self, x: float, start: float, end: float) -> None:
        style = {"color": self._page.ink.muted, "linewidth": 0.8, "solid_capstyle": "butt"}
        self._page.line([x, x], [start, end], **style)

    def _name(self, piece: _Piece, left: float, top: float, side: str) -> None:
        away = _FROM_LINE if side == "left" else -_FROM_LINE
        self._page.write(left + piece.middle + away, top, piece.share.said, _SIZE, ha=side)

    def _inside(self, piece: _Piece, left: float, bar: float, style: dict[str, Any]) -> None:
        share, x = piece.share, left + piece.start + _INSIDE / 2
        ground = style["facecolor"]
        more: dict[str, Any] = {"color": "white" if is_dark(ground) else NEAR_BLACK}
        if style.get("hatch"):  # letters on a pattern are read on a patch of its ground
            more["bbox"] = {"facecolor": ground, "edgecolor": "none", "pad": 1.5}
        self._page.write(x, bar + 0.12, share.name, _SIZE, weight="bold", **more)
        self._page.write(x, bar + 0.34, share.amount, _SIZE, **more)
