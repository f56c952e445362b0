"""The time that workers spent on start-up and transfer, as stretches of their lanes."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from parmagic.measure.record import Run
from parmagic.measure.spell import spells_of
from parmagic.measure.traffic import Passage, Stretch

STARTUP, TRANSFER = "start-up", "transfer"  # as in the breakdown


class Gap(NamedTuple):
    """A stretch of a lane, in seconds, by the part of the breakdown that it belongs to."""

    lane: int
    start: float
    end: float
    part: str


def gaps(run: Run, least: float) -> list[Gap]:
    """Return the stretches of at least so many seconds."""
    return [gap for gap in _all(run, least) if gap.end - gap.start >= least]


def _all(run: Run, least: float) -> Iterator[Gap]:
    lanes: defaultdict[int, list[Passage]] = defaultdict(list)
    for passage in run.traffic.passages:
        lanes[passage.worker].append(passage)
    if not lanes:  # threads have no clocks but those of their tasks
        yield from _before_first(run)
    moving = sorted(run.traffic.moving)
    for lane, passages in lanes.items():
        yield from _of_lane(
            lane, sorted(passages, key=attrgetter("received")), moving, run.elapsed, least
        )


def _of_lane(
    lane: int, passages: Iterable[Passage], moving: Sequence[Stretch], elapsed: float, least: float
) -> Iterator[Gap]:
    now = 0.0
    for one in passages:
        now, _, ready, received, loaded, unpacked, ran, packed = one.cut(now, elapsed)
        for start, end, part in (
            (now, ready, STARTUP),
            (received, loaded, STARTUP),
            (loaded, unpacked, TRANSFER),
            (ran, packed, TRANSFER),
        ):
            if end - start >= least:
                yield Gap(lane, start, end, part)
        if received - ready >= least:
            yield from _moved(lane, ready, received, moving)
        now = packed
    yield from _moved(lane, now, elapsed, moving)


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
    return (Gap(lane, 0.0, started, STARTUP) for lane, started in first.items())
