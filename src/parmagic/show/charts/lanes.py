"""The timeline by itself, as wide as the page: coloured by function or by length, with its key."""

from __future__ import annotations

from typing import Any

from parmagic.measure.record import Run
from parmagic.measure.spell import Spell
from parmagic.show.charts.bars import WORDS
from parmagic.show.charts.breakdown import part_styles
from parmagic.show.charts.dye import dye_of
from parmagic.show.charts.head import MARGIN, ROOM, WIDTH, Head
from parmagic.show.charts.key import KeyEntry, KeyLines
from parmagic.show.charts.page import Page, Picture
from parmagic.show.charts.timeline import AXIS, Timeline, lanes_height, names_width
from parmagic.show.gap import STARTUP, TRANSFER, Gap, gaps
from parmagic.show.lane import critical, critical_said, timeline_end
from parmagic.show.shade import shades_of

_TALLEST = 5.4  # inches of all lanes
_BELOW_KEY = 0.06  # inches
_SEEN = 0.03  # inches of a hatched stretch that can be told from the gap between two blocks


def draw_timeline(run: Run, alt: str) -> Picture:
    """Return the picture of the timeline."""
    page = Page(WIDTH)
    head = Head(page, run, alt)
    left = MARGIN + names_width(page, run)
    width = WIDTH - MARGIN - left
    found = gaps(run, _SEEN * timeline_end(run) / width)
    styles = part_styles(page.ink)
    dye = dye_of(run, shades_of(run), page.ink)
    last = critical(run)
    key = KeyLines(page, [*dye.key(), *_entries(page, run, styles, found, last)], ROOM)
    lanes = lanes_height(run, 0.0, _TALLEST) if len(run.tasks) else 0.0
    body = key.height + _BELOW_KEY + WORDS + lanes + AXIS + MARGIN if lanes else 0.0
    page.set_height(head.height + body)
    head.draw()
    if lanes:
        key.draw(MARGIN, head.height)
        top = head.height + key.height + _BELOW_KEY
        timeline = Timeline(page, run, left, top, dye)
        timeline.draw(width, lanes)
        timeline.hatch(found, styles)
        if last is not None:
            timeline.outline(last)
    return page.picture


def _entries(
    page: Page, run: Run, styles: dict[str, dict[str, Any]], found: list[Gap], last: Spell | None
) -> list[KeyEntry]:
    """Return what the key says beside colours: what is hatched, and what is outlined."""
    parts = [part for part in (STARTUP, TRANSFER) if any(gap.part == part for gap in found)]
    entries = [KeyEntry((styles[part],), part) for part in parts]
    if last is not None:
        outline = {"facecolor": "none", "edgecolor": page.ink.text, "linewidth": 1.5}
        entries.append(KeyEntry((outline,), critical_said(run, last)))
    return entries
