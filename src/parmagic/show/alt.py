"""Say in words what the picture of a run shows, for those who cannot see it."""

from __future__ import annotations

from parmagic.measure.record import Run
from parmagic.show.breakdown import breakdown_said
from parmagic.show.duration import duration
from parmagic.show.headline import headline
from parmagic.show.lane import busy_share, critical, critical_said
from parmagic.show.row import rows
from parmagic.show.scaling import sweep_lines
from parmagic.show.shade import shades_of
from parmagic.words import plural


def alt_text(run: Run, kind: str = "summary") -> str:
    """Return the alternative text: the headline, and what the chart below it shows."""
    return " ".join(filter(None, [f"{headline(run)}.", told(run, kind)]))


def told(run: Run, kind: str) -> str:
    """Return what a chart shows below its headline, in words."""
    sentences: list[str] = []
    compared = rows(run) if kind == "summary" else []
    if len(compared) > 1:
        sentences.append(f"Bars: {'; '.join(f'{row.name} {row.words}' for row in compared)}")
    if kind == "sweep":
        sentences += sweep_lines(run)
    elif kind == "breakdown":
        sentences += breakdown_said(run)
    elif len(run.tasks):
        sentences.append(_timeline(run))
        if kind == "timeline":
            sentences += _colours(run)
    return "".join(f"{sentence}. " for sentence in sentences).rstrip()


def _colours(run: Run) -> list[str]:
    """Say what the colours of the timeline mean, and which task is outlined."""
    shades = shades_of(run)
    ends = f"{duration(shades.shortest)} to {duration(shades.longest)}"
    said = {
        "function": [f"Colours tell the functions apart: {', '.join(shades.names)}"],
        "duration": [f"Colours tell how long a task took, from {ends}"],
    }.get(shades.by, [])
    last = critical(run)
    return [*said, f"Outlined, {critical_said(run, last)}"] if last else said


def _timeline(run: Run) -> str:
    said = (
        f"Timeline: {plural(len(run.tasks), 'task')} in {plural(run.workers, 'lane')}, one for "
        f"each worker, {100 * busy_share(run):.0f} % busy; the longest task took "
        f"{duration(run.span)}"
    )
    return f"{said}; {plural(run.failed, 'task')} failed, marked by a cross" if run.failed else said
