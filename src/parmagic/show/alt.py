"""Say in words what the picture of a run shows, for those who cannot see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parmagic.show.duration import duration
from parmagic.show.headline import headline
from parmagic.show.lane import busy_share, lanes
from parmagic.show.row import Row, rows
from parmagic.show.text import plural

if TYPE_CHECKING:
    from parmagic.measure.record import Run


def alt_text(run: Run) -> str:
    """Return the alternative text: the headline, the bars, and what the timeline shows."""
    sentences = [headline(run)]
    compared = rows(run)
    if len(compared) > 1:
        sentences.append(f"Bars: {'; '.join(map(_bar, compared))}")
    if len(run.tasks):
        sentences.append(_timeline(run))
    return ". ".join(sentences) + "."


def _bar(row: Row) -> str:
    return f"{row.name} {row.time}, {row.note}" if row.note else f"{row.name} {row.time}"


def _timeline(run: Run) -> str:
    said = (
        f"Timeline: {plural(len(run.tasks), 'task')} in {plural(lanes(run), 'lane')}, one for each "
        f"worker, {100 * busy_share(run):.0f} % busy; the longest task took {duration(run.span)}"
    )
    return f"{said}; {plural(run.failed, 'task')} failed, marked by a cross" if run.failed else said
