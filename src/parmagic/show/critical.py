"""The critical task of a run: the one that ended last, and so decided when the run did."""

from __future__ import annotations

from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, labels_of, spells_of
from parmagic.show.duration import duration
from parmagic.words import one_line

_LONGEST = 40  # characters of its code


def critical(run: Run) -> Spell | None:
    """Return the stretch of time that ended last; None where nobody waited for it."""
    if run.workers < 2 or not run.complete:
        return None
    return max(spells_of(run.tasks), key=lambda spell: spell.finished, default=None)


def critical_said(run: Run, last: Spell) -> str:
    """Say which task it is, and how long it took."""
    took = duration(last.duration)
    if last.tasks > 1:
        return f"critical: tasks {last.first} to {last.first + last.tasks - 1} ({took}) ended last"
    code = one_line(labels_of(run.tasks)[last.first], _LONGEST)
    return f"critical: task {last.first}, {code} ({took}), ended last"
