"""The time of workers that was not spent in tasks, as stretches of their lanes."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from parmagic.measure.spell import spells_of

if TYPE_CHECKING:
    from parmagic.measure.record import Run

STARTUP, BETWEEN = "start-up", "transfer, overhead"  # as in the breakdown


class Gap(NamedTuple):
    """A stretch of a lane, in seconds, by the part of the breakdown that it belongs to."""

    lane: int
    start: float
    end: float
    part: str


def gaps(run: Run, least: float) -> list[Gap]:
    """Return the stretches of at least so many seconds before a worker's first task and between.

    Where the notebook ran statements of a cell in between, its workers' gaps are not only theirs:
    those between tasks are left out.
    """
    lanes: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for spell in spells_of(run.tasks):
        lanes[spell.worker].append((spell.started, spell.finished))
    found: list[Gap] = []
    for lane, stretches in lanes.items():
        end, part = 0.0, STARTUP
        for started, finished in sorted(stretches):
            if started - end >= least and not (part == BETWEEN and run.between):
                found.append(Gap(lane, end, started, part))
            end, part = max(end, finished), BETWEEN
    return found
