"""The key of a chart: small swatches with what they mean, in as many rows as they need."""

from __future__ import annotations

from typing import Any, NamedTuple

from parmagic.show.charts.page import Page

ROW = 0.2  # inches
SIZE = 0.9  # of the user's font size
_SWATCH = 0.22  # inches
_STEP = 0.13  # inches: width of one swatch of a scale
_THICK = 0.13  # inches
_AFTER = 0.07  # inches from a swatch to its words
_BETWEEN = 0.22  # inches from one entry to the next


class KeyEntry(NamedTuple):
    """Swatches, of a scale several, as matplotlib's properties of a patch, and what they mean."""

    swatches: tuple[dict[str, Any], ...]
    said: str


class KeyLines:
    """Entries arranged in rows."""

    def __init__(self, page: Page, entries: list[KeyEntry], room: float) -> None:
        self._page = page
        self._placed: list[tuple[float, int, KeyEntry]] = []  # inches from the left, row
        at, row = 0.0, 0
        for entry in entries:
            fixed = _swatches(entry) + _AFTER
            said = page.cut(entry.said, room - fixed, SIZE)
            wide = fixed + page.length(said, SIZE)
            if at and at + wide > room:
                at, row = 0.0, row + 1
            self._placed.append((at, row, entry._replace(said=said)))
            at += wide + _BETWEEN
        self.height = ROW * (row + 1) if entries else 0.0

    def draw(self, left: float, top: float) -> None:
        """Put the entries on the page."""
        for at, row, entry in self._placed:
            x, y = left + at, top + row * ROW
            each = _STEP if len(entry.swatches) > 1 else _SWATCH
            for number, style in enumerate(entry.swatches):
                self._page.swatch(x + number * each, y, each, _THICK, **style)
            x += _swatches(entry) + _AFTER
            self._page.write(x, y, entry.said, SIZE, color=self._page.ink.muted)


def _swatches(entry: KeyEntry) -> float:
    count = len(entry.swatches)
    return _SWATCH if count == 1 else _STEP * count
