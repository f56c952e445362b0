"""One bar made of parts, each with its name in it or, where it is too thin, beside it on a line."""

from __future__ import annotations

from typing import Any, NamedTuple

from parmagic.show.breakdown import Share
from parmagic.show.charts.ink import NEAR_BLACK, is_dark
from parmagic.show.charts.page import Page

_THICK = 0.62  # inches
_ROW = 0.2  # inches of a name beside the bar
_INSIDE = 0.16  # inches that a name in the bar leaves free
_SIZE = 0.9  # of the user's font size
_FROM_LINE = 0.05  # inches from a line to its name
_INTO = 0.1  # inches that a line reaches into its row


class _Piece(NamedTuple):
    share: Share
    start: float  # inches from the left end of the bar
    end: float

    @property
    def middle(self) -> float:
        return (self.start + self.end) / 2


class Stack:
    """A bar on a page: laid out first, so that the page can get its height."""

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
        # Names to the right of their lines stand below the bar, the first lowest; those that
        # would leave the page stand above it, the last highest, to the left of theirs: so no line
        # crosses a name.
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
        ink = "white" if is_dark(style["facecolor"]) else NEAR_BLACK
        # Letters on a pattern are read on a patch of its ground.
        back = {"facecolor": style["facecolor"], "edgecolor": "none", "pad": 1.5}
        more: dict[str, Any] = {"color": ink}
        if style.get("hatch"):
            more["bbox"] = back
        self._page.write(x, bar + 0.12, share.name, _SIZE, weight="bold", **more)
        self._page.write(x, bar + 0.34, share.amount, _SIZE, **more)
