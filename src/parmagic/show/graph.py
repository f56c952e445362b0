"""The graph of a cell's tasks, as data: what `--explain` draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KINDS = {
    "call": "a task",
    "elements": "a task for each element",
    "turns": "a task for each turn",
    "notebook": "the notebook",
}


@dataclass(frozen=True, slots=True)
class Box:
    """A statement of a cell, and the boxes that it waits for."""

    text: str
    kind: str  # one of KINDS
    line: int  # of the cell
    needs: tuple[int, ...]  # their places in the list of boxes; each is before it


def levels(boxes: Sequence[Box]) -> list[int]:
    """Return the level of each box: right below the last of those it waits for."""
    found: list[int] = []
    for box in boxes:
        found.append(max((found[need] + 1 for need in box.needs), default=0))
    return found


def direct_needs(boxes: Sequence[Box]) -> list[tuple[int, ...]]:
    """Return what each box waits for, less what those wait for themselves."""
    reached: list[set[int]] = []  # by each box, over all ways
    for box in boxes:
        reached.append(set(box.needs).union(*(reached[need] for need in box.needs)))
    return [
        tuple(need for need in box.needs if not any(need in reached[other] for other in box.needs))
        for box in boxes
    ]


def told(boxes: Sequence[Box]) -> str:
    """Say in words what the picture shows."""
    parts = []
    for box in boxes:
        after = ", ".join(f"line {boxes[need].line}" for need in box.needs)
        parts.append(f"line {box.line}, {KINDS[box.kind]}" + (f", after {after}" if after else ""))
    return "Graph of the cell: " + "; ".join(parts) + "."
