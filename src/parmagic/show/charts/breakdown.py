"""The breakdown of a run: one bar of workers × elapsed, of which each part is named in place."""

from __future__ import annotations

from typing import Any

from parmagic.measure.record import Run
from parmagic.show.breakdown import efficiency_said, shares, whole_said
from parmagic.show.charts.head import MARGIN, ROOM, WIDTH, Head
from parmagic.show.charts.ink import PARALLEL, Ink, blend
from parmagic.show.charts.page import Page, Picture
from parmagic.show.charts.stack import Stack

_LINE = 0.24  # inches from the words above the bar to it
_BELOW = 0.1  # inches from the bar to the words below it
_ROW = 0.2  # inches of a line of these
_SIZE = 0.9  # of the user's font size


def draw_breakdown(run: Run, alt: str) -> Picture:
    """Return the picture of the breakdown."""
    page = Page(WIDTH)
    head = Head(page, run, alt)
    found = shares(run.breakdown.parts) if len(run.tasks) else []
    stack = Stack(page, found, ROOM)
    words = page.wrap(efficiency_said(run), ROOM, 3, _SIZE) if found else []
    body = _LINE + stack.height + _BELOW + _ROW * len(words) + MARGIN if found else 0.0
    page.set_height(head.height + body)
    head.draw()
    if found:
        muted = page.ink.muted
        page.write(MARGIN, head.height, whole_said(run), _SIZE, color=muted)
        stack.draw(MARGIN, head.height + _LINE, part_styles(page.ink))
        below = head.height + _LINE + stack.height + _BELOW
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
