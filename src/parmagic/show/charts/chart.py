"""Draw a run: one picture for each kind of chart.

The figure is an object of its own: pyplot is not imported, and no setting of matplotlib is changed.
"""

from __future__ import annotations

import os
from pathlib import Path

from parmagic.measure.record import Run
from parmagic.show.alt import alt_text
from parmagic.show.charts.breakdown import draw_breakdown
from parmagic.show.charts.lanes import draw_timeline
from parmagic.show.charts.page import Picture
from parmagic.show.charts.summary import draw_summary
from parmagic.show.charts.sweep import draw_sweep
from parmagic.show.kinds import USUAL, format_of, kind_called

_DRAWN_BY = {
    "summary": draw_summary,
    "timeline": draw_timeline,
    "breakdown": draw_breakdown,
    "sweep": draw_sweep,
}


def draw(run: Run, kind: str = USUAL) -> Picture:
    """Return the picture of a run; a PlanError if there is no such kind of chart."""
    return _DRAWN_BY[kind_called(kind)](run, alt_text(run, kind))


def picture(run: Run, format: str = "png", kind: str = USUAL) -> bytes:  # noqa: A002 - as matplotlib names it
    """Return the picture as the bytes of a png, svg or pdf file."""
    return draw(run, kind).rendered(format)


def save(run: Run, path: str | os.PathLike[str], kind: str = USUAL) -> None:
    """Write the picture to a file that ends in .png, .svg or .pdf; a ValueError if it does not."""
    suffix = format_of(path)
    Path(path).expanduser().write_bytes(picture(run, suffix, kind))
