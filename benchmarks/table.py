"""The tables: what parmagic reaches, and every contender in every scenario."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from benchmarks.contenders import OURS
from benchmarks.results import LIMIT, Cell, Row

NOTHING = "–"
_LONGEST_NOTE = 60  # characters; the whole is in results.json
_ANSWERS = {True: "yes", False: "**no**", None: NOTHING}
_HEAD = (
    "scenario",
    "goal",
    OURS,
    "reached",
    "best peer",
    "× best peer",
    "limit",
    "× limit",
)


def summary(rows: Iterable[Row]) -> list[list[str]]:
    """Return the table of goals, the first line its head."""
    return [list(_HEAD), *(_goal_line(row) for row in rows)]


def everyone(rows: Sequence[Row]) -> list[list[str]]:
    """Return a line for each scenario and a column for each contender."""
    names = list(dict.fromkeys(name for row in rows for name in row.cells if name != LIMIT))
    lines = [
        [f"{row.scenario.name}, {row.scenario.unit}", *(_full(row, name) for name in names)]
        for row in rows
    ]
    return [["scenario", *names], *lines]


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Write a table as Markdown."""
    head, *body = ["| " + " | ".join(line) + " |" for line in lines]
    rule = "| " + " | ".join("---" for _ in lines[0]) + " |"
    return "\n".join([head, rule, *body])


def plain(lines: Sequence[Sequence[str]]) -> str:
    """Write a table for a terminal."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [
        "  ".join(word.ljust(width) for word, width in zip(line, widths, strict=True))
        for line in lines
    ]
    return "\n".join(line.replace("**", "").rstrip() for line in padded)


def number(value: float | None, suffix: str = "") -> str:
    """Write a number with three digits that count."""
    if value is None:
        return NOTHING
    digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return digits + suffix


def _goal_line(row: Row) -> list[str]:
    scenario, best = row.scenario, row.best()
    limit = f"{scenario.limit.text}: {number(row.median(LIMIT))}" if scenario.limit else NOTHING
    return [
        f"{scenario.title}, {scenario.unit}",
        scenario.goal.text if scenario.goal else NOTHING,
        _spread(row.cells.get(OURS, Cell())),
        _ANSWERS[row.reached(OURS)],
        f"{best[0]} {number(best[1])}" if best else NOTHING,
        number(row.ratio(OURS)),
        limit,
        number(row.limit_ratio(OURS)),
    ]


def _full(row: Row, name: str) -> str:
    cell = row.cells.get(name, Cell())
    ratio = row.ratio(name)
    behind = f", {number(ratio)} ×" if ratio is not None else ""
    return f"{_spread(cell)}{behind}"


def _spread(cell: Cell) -> str:
    if cell.median is None:
        return textwrap.shorten(cell.note, _LONGEST_NOTE, placeholder=" …") or NOTHING
    note = f", {cell.note}" if cell.note else ""
    if len(cell.values) == 1:
        return f"{number(cell.median)}{note}"
    return f"{number(cell.median)} ({number(min(cell.values))}–{number(max(cell.values))}){note}"
