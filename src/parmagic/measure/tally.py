"""Sums over the tasks of a run, worked out once: there may be a million tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from parmagic.measure.baseline import CPU_TICK
from parmagic.measure.spell import errors_of, spells_of
from parmagic.measure.task import Task


class Tally(NamedTuple):
    """Counts of tasks, and seconds."""

    finished: int
    failed: int
    first_failed: Task | None
    span: float  # seconds of the longest
    busy: float  # seconds of all
    computed: float  # processor seconds of all: of each at most as long as it took
    latest: float  # seconds from the beginning of the run to the last end of one


def tally_of(tasks: Sequence[Task]) -> Tally:
    """Read the clocks and the errors of tasks."""
    spells = list(spells_of(tasks))
    failed = errors_of(tasks)
    again = len(spells) - len({spell.first for spell in spells})  # tries that another followed
    ran = sum(spell.tasks for spell in spells) - again
    failed_in_a_spell = sum(tasks[index].finished is not None for index in failed)
    busy = sum(spell.duration for spell in spells)
    # A coarse clock charges one task a whole step, and others nothing: of what is shorter than a
    # step it tells nothing.
    computed = sum(
        spell.duration if spell.cpu is None else min(spell.cpu, spell.duration + CPU_TICK)
        for spell in spells
    )
    return Tally(
        finished=ran - failed_in_a_spell,
        failed=len(failed),
        first_failed=tasks[min(failed)] if failed else None,
        span=max((spell.duration / spell.tasks for spell in spells), default=0.0),
        busy=busy,
        computed=min(computed, busy) if busy >= CPU_TICK else busy,
        latest=max((spell.finished for spell in spells), default=0.0),
    )
