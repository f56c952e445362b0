"""The graph of a cell's tasks: its boxes, and how they stand in rows, with the lines between them.

A line that passes a row has a channel there, between the boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

KINDS = {
    "call": "a task",
    "elements": "a task for each element",
    "turns": "a task for each turn",
    "notebook": "the notebook",
}
ABREAST = 4  # boxes in a row
Channel = tuple[str, int]  # "to" or "from" one box: lines that have it in common share a channel
Slot = int | Channel  # a box by its number, or a channel


@dataclass(frozen=True, slots=True)
class Box:
    """A statement of a cell, and the boxes that it waits for."""

    text: str
    kind: str  # one of KINDS
    line: int  # of the cell
    needs: tuple[int, ...]  # their places in the list of boxes; each is before it


class Line(NamedTuple):
    """A line from one box to another, by its channel in the rows between; None without any."""

    start: int
    end: int
    channel: Channel | None


class Layout(NamedTuple):
    """What stands in each row, from left to right, and the lines."""

    rows: list[list[Slot]]
    lines: list[Line]


def levels(boxes: Sequence[Box]) -> list[int]:
    """Return the level of each box: right below the last of those it waits for."""
    found: list[int] = []
    for box in boxes:
        found.append(max((found[need] + 1 for need in box.needs), default=0))
    return found


def told(boxes: Sequence[Box]) -> str:
    """Say in words what the picture shows."""
    parts = []
    for box in boxes:
        after = ", ".join(f"line {boxes[need].line}" for need in box.needs)
        parts.append(f"line {box.line}, {KINDS[box.kind]}" + (f", after {after}" if after else ""))
    return "Graph of the cell: " + "; ".join(parts) + "."


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
    lines = []
    for end, starts in enumerate(_direct_needs(boxes)):
        for start in starts:
            channel: Channel = ("to", end) if len(starts) > 1 else ("from", start)
            passed = rows[row_of[start] + 1 : row_of[end]]
            for slots in passed:
                if channel not in slots:
                    slots.append(channel)
            lines.append(Line(start, end, channel if passed else None))
    return Layout(_untangled(rows, lines), lines)


def _direct_needs(boxes: Sequence[Box]) -> list[tuple[int, ...]]:
    """Return what each box waits for, less what those wait for themselves."""
    reached: list[set[int]] = []  # by each box, over all ways
    for box in boxes:
        reached.append(set(box.needs).union(*(reached[need] for need in box.needs)))
    return [
        tuple(need for need in box.needs if not any(need in reached[other] for other in box.needs))
        for box in boxes
    ]


def _untangled(rows: list[list[Slot]], lines: Sequence[Line]) -> list[list[Slot]]:
    """Order each row by where its lines come from, so that few of them cross."""
    above: dict[Slot, list[Slot]] = {}  # what leads to each, in the rows above it
    for line in lines:
        way: list[Slot] = [line.start, *([line.channel] if line.channel else []), line.end]
        for before, after in pairwise(way):
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
