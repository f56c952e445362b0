"""The time that workers spent on start-up and transfer, as stretches of their lanes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from parmagic.measure.record import Run
from parmagic.measure.spell import spells_of
from parmagic.measure.traffic import Stretch

STARTUP, TRANSFER = "start-up", "transfer"  # as in the breakdown


class Gap(NamedTuple):
    """A stretch of a lane, in seconds, by the part of the breakdown that it belongs to."""

    lane: int
    start: float
    end: float
    part: str


def gaps(run: Run, least: float) -> list[Gap]:
    """Return the stretches of at least `least` seconds."""
    return [gap for gap in _all(run) if gap.end - gap.start >= least]


def _all(run: Run) -> Iterator[Gap]:
    ends: dict[int, float] = {}  # of what was yielded of each lane
    moving = sorted(run.traffic.moving)
    for one in sorted(run.traffic.passages, key=attrgetter("received")):
        lane = one.worker
        clocks = one.cut(ends.get(lane, 0.0), run.elapsed)
        begun, born, ready, received, loaded, unpacked, ran, packed = clocks
        # Where tasks make others, a process is started only when there is a task for it.
        yield Gap(lane, born if run.traffic.unfolds and not begun else begun, ready, STARTUP)
        yield from _moved(lane, ready, received, moving)
        yield Gap(lane, received, loaded, STARTUP)
        yield Gap(lane, loaded, unpacked, TRANSFER)
        yield Gap(lane, ran, packed, TRANSFER)
        ends[lane] = packed
    for lane, end in ends.items():
        yield from _moved(lane, end, run.elapsed, moving)
    if not ends:  # threads have no clocks but those of their tasks
        yield from _before_first(run)


def _moved(lane: int, start: float, end: float, moving: Sequence[Stretch]) -> Iterator[Gap]:
    """Yield when in an interval the notebook sent and received; `moving` is in order."""
    at = max(0, bisect_right(moving, start, key=lambda one: one.start) - 1)
    while at < len(moving) and moving[at].start < end:
        yield Gap(lane, max(start, moving[at].start), min(end, moving[at].end), TRANSFER)
        at += 1


def _before_first(run: Run) -> Iterator[Gap]:
    first: dict[int, float] = {}
    for spell in spells_of(run.tasks):
        first[spell.worker] = min(spell.started, first.get(spell.worker, spell.started))
    # Threads are started together: one that begins later has waited for a task that others make.
    most = min(first.values(), default=0.0) if run.traffic.unfolds else run.elapsed
    return (Gap(lane, 0.0, min(started, most), STARTUP) for lane, started in first.items())
