"""A run as text, and as HTML with where its serial time comes from, its picture, its tasks."""

from __future__ import annotations

import base64
import heapq
from collections.abc import Iterable, Sequence
from html import escape

from parmagic.measure.record import Run
from parmagic.measure.spell import errors_of, spells_of
from parmagic.measure.task import Task, error_text
from parmagic.show.duration import duration
from parmagic.show.forecast import why_lines
from parmagic.show.headline import basis_explained, comparison_lines, headline
from parmagic.show.remedy import advice_lines
from parmagic.words import one_line, plural

MOST_TASKS = 5  # tasks of each kind in the table
_LONGEST = 60  # characters of a label or an error in the table
_HEADS = ("task", "code", "worker", "started", "took", "CPU", "error")


def text(run: Run) -> str:
    """Return what `print(run)` shows."""
    said = [headline(run), *why_lines(run), *comparison_lines(run), *advice_lines(run)]
    return "\n".join(said)


def html(run: Run) -> str:
    """Return the HTML representation of a run."""
    from parmagic.show.charts.chart import draw

    said = [headline(run), *why_lines(run), *comparison_lines(run)]
    if run.complete and run.backend != "serial" and len(run.tasks):
        said.append(basis_explained(run))
    said += advice_lines(run)
    lines = "<br>".join(
        f"<strong>{escape(s)}</strong>" if s is said[0] else escape(s) for s in said
    )
    image = ""
    if len(run.tasks):
        drawn = draw(run)
        width, _ = drawn.pixels()
        data = base64.b64encode(drawn.rendered()).decode("ascii")
        image = (
            f'<img alt="{escape(drawn.alt)}" width="{width}" style="max-width: 100%" '
            f'src="data:image/png;base64,{data}">'
        )
    return f"<div><p>{lines}</p>{image}{_table(run)}</div>"


def _table(run: Run) -> str:
    """Return a table of the first few failed tasks, and of the longest."""
    ill = errors_of(run.tasks)
    failed = [run.tasks[index] for index in sorted(ill)[:MOST_TASKS]]
    # Of tasks that were timed together, one stands for all: they are taken to be equally long.
    spells = (spell for spell in spells_of(run.tasks) if spell.tasks > 1 or spell.first not in ill)
    slowest = heapq.nlargest(MOST_TASKS, spells, key=lambda spell: spell.duration / spell.tasks)
    longest = [run.tasks[first] for first in dict.fromkeys(spell.first for spell in slowest)]
    if not failed and not longest:
        return ""
    shown = plural(len(failed) + len(longest), "task")
    caption = f"{shown} of {len(run.tasks):,}: those that took longest"
    if failed:
        caption = f"{shown} of {len(run.tasks):,}: those that failed, and those that took longest"
    return table(_HEADS, map(_row, [*failed, *longest]), caption)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Return an HTML table of texts."""
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    lines = [("th", heads), *(("td", row) for row in rows)]
    body = "".join(
        f"<tr>{''.join(f'<{tag}>{escape(text)}</{tag}>' for text in texts)}</tr>"
        for tag, texts in lines
    )
    return f"<table>{above}{body}</table>"


def _row(task: Task) -> tuple[str, ...]:
    return (
        str(task.index),
        one_line(task.label, _LONGEST),
        "" if task.worker is None else str(task.worker),
        "" if task.started is None else duration(task.started),
        duration(task.duration),
        "" if task.cpu is None else duration(task.cpu),
        "" if task.error is None else one_line(error_text(task.error), _LONGEST),
    )
