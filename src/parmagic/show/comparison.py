"""Two runs side by side, as a sentence and a table."""

from __future__ import annotations

from html import escape

from parmagic.measure.comparison import Change, Comparison
from parmagic.measure.record import Run
from parmagic.show.duration import duration
from parmagic.show.headline import place, spread, stopped
from parmagic.show.page import table
from parmagic.show.verdict import as_ratio

_HEADS = ("", "before", "after", "change")


def sentence(both: Comparison) -> str:
    """Say both times and their ratio: `pool × 2 in 949 ms, then pool × 4 in 510 ms: 1.86× faster`.

    Where the runs did not do the same number of tasks, that is said instead of a ratio.
    """
    one, other = both.before, both.after
    times = f"{_time(one)}, then {_time(other)}"
    if both.comparable:
        return f"{times}: {as_ratio(both.ratio)}"
    for name, run in (("first", one), ("second", other)):
        if not run.complete:
            return f"{times}: the {name} run is not complete ({stopped(run)})"
    return f"{times}: {len(one.tasks):,} tasks, then {len(other.tasks):,}"


def text(both: Comparison) -> str:
    """Return the sentence, and below it a table."""
    rows = [_HEADS, *map(_cells, both.changes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = []
    for first, *numbers in rows:
        cells = [f"{cell:>{width}}" for cell, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([f"{first:<{widths[0]}}", *cells]))
    return "\n".join([sentence(both), *_notes(both), *lines])


def html(both: Comparison) -> str:
    """Return the same as HTML."""
    notes = "".join(f"<br>{escape(note)}" for note in _notes(both))
    numbers = table(_HEADS, map(_cells, both.changes))
    return f"<div><p><strong>{escape(sentence(both))}</strong>{notes}</p>{numbers}</div>"


def _notes(both: Comparison) -> list[str]:
    """Say what makes the two hard to compare."""
    one, other = both.before, both.after
    notes = []
    if one.code != other.code:
        notes.append(f"the code differs: {one.code}, then {other.code}")
    if one.cpus != other.cpus:
        notes.append(f"the machine differs: {one.cpus} processors, then {other.cpus}")
    return notes


def _time(run: Run) -> str:
    return f"{place(run)} in {duration(run.elapsed)}{spread(run.rounds)}"


def _cells(change: Change) -> tuple[str, str, str, str]:
    return (
        f"{change.name} (workers × time)" if change.unit == "worker s" else change.name,
        _number(change.before, change.unit),
        _number(change.after, change.unit),
        _changed(change),
    )


def _number(value: float, unit: str) -> str:
    if unit:
        return duration(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.2f}"


def _changed(change: Change) -> str:
    difference = change.after - change.before
    if _number(change.before, change.unit) == _number(change.after, change.unit):
        return "="
    sign = "+" if difference > 0 else "-"
    return f"{sign}{_number(abs(difference), change.unit)}"
