"""Lays a task graph out in rows, with channels through which lines pass rows that they skip."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from parmagic.show.graph import Box, direct_needs, levels

ABREAST = 4  # boxes in a row
Channel = tuple[str, int]  # "to" or "from" one box: lines that have it in common share a channel
Slot = int | Channel  # a box by its number, or a channel


class Line(NamedTuple):
    """A line from one box to another, through channels in the rows between."""

    start: int
    end: int
    through: tuple[Channel, ...]  # one for each row that it passes


class Layout(NamedTuple):
    """What stands in each row, from left to right, and the lines."""

    rows: list[list[Slot]]
    lines: list[Line]


def laid_out(boxes: Sequence[Box]) -> Layout:
    """Put boxes into rows: those of a row run at the same time, and lines only go down."""
    rows: list[list[Slot]] = []
    row_of: dict[int, int] = {}
    by_level: dict[int, list[int]] = {}
    for at, level in enumerate(levels(boxes)):
        by_level.setdefault(level, []).append(at)
    for level in sorted(by_level):
        members = by_level[level]
        for start in range(0, len(members), ABREAST):
            row = members[start : start + ABREAST]
            row_of |= dict.fromkeys(row, len(rows))
            rows.append([*row])
    needs = direct_needs(boxes)
    lines = []
    for end, starts in enumerate(needs):
        for start in starts:
            channel: Channel = ("to", end) if len(starts) > 1 else ("from", start)
            passed = range(row_of[start] + 1, row_of[end])
            for number in passed:
                if channel not in rows[number]:
                    rows[number].append(channel)
            lines.append(Line(start, end, (channel,) * len(passed)))
    return Layout(_untangled(rows, lines), lines)


def _untangled(rows: list[list[Slot]], lines: Sequence[Line]) -> list[list[Slot]]:
    """Order each row by where its lines come from, so that few of them cross."""
    above: dict[Slot, list[Slot]] = {}  # what leads to each, in the rows above it
    for line in lines:
        way: list[Slot] = [line.start, *line.through, line.end]
        for before, after in pairwise(way):
            if before != after:
                above.setdefault(after, []).append(before)
    place: dict[Slot, float] = {}  # from 0.0, left, to 1.0
    found = []
    for row in rows:
        usual = {slot: (at + 0.5) / len(row) for at, slot in enumerate(row)}
        wanted = dict(usual)
        for slot in row:
            # A channel goes on from where it is in the row above.
            known = [place[one] for one in (slot, *above.get(slot, ())) if one in place]
            if known:
                wanted[slot] = sum(known) / len(known)
        ordered = sorted(row, key=lambda slot: (wanted[slot], usual[slot]))
        place |= {slot: (at + 0.5) / len(row) for at, slot in enumerate(ordered)}
        found.append(ordered)
    return found
