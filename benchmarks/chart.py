"""The chart: each contender's ratio to the best peer, one line for each scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from benchmarks.contenders import OURS
from benchmarks.results import LIMIT, Row
from benchmarks.table import number

_OUR_COLOUR, _PEER_COLOUR, _GOAL_COLOUR = "#0072B2", "#777777", "#D55E00"
_MARKS = "s^vDP<>X*pdh"
_FARTHEST = 1000.0  # times the best peer; what is farther right is drawn at the edge
_LINE_HEIGHT = 0.36  # inches
_WIDTH = 9.5  # inches
_DPI = 150


def draw(rows: Sequence[Row], path: Path) -> None:
    """Write the chart as a picture; scenarios without a peer are left out."""
    shown = [row for row in rows if row.best() is not None]
    if not shown:
        return
    figure = Figure(figsize=(_WIDTH, 1.9 + _LINE_HEIGHT * len(shown)), layout="constrained")
    axes = figure.subplots()
    marks = _marks(shown)
    for place, row in enumerate(shown):
        _draw_row(axes, place, row, marks)
    axes.axvline(1, color="black", linewidth=0.8, zorder=1)
    axes.set_yticks(range(len(shown)), [row.scenario.title for row in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    _scale(axes)
    _legend(figure, marks)
    figure.savefig(path, dpi=_DPI)


def _marks(rows: Sequence[Row]) -> dict[str, str]:
    names = dict.fromkeys(name for row in rows for name in row.cells if name not in {OURS, LIMIT})
    return {name: _MARKS[place % len(_MARKS)] for place, name in enumerate(names)}


def _draw_row(axes: Any, place: int, row: Row, marks: dict[str, str]) -> None:
    axes.axhline(place, color="#dddddd", linewidth=0.6, zorder=0)
    for name, mark in marks.items():
        ratio = row.ratio(name)
        if ratio is not None:
            axes.plot(
                min(ratio, _FARTHEST), place, mark, color=_PEER_COLOUR, mfc="none", markersize=6
            )
    goal, best = row.goal(), row.best()
    if goal and best:
        times = best[1] / goal if row.scenario.more_is_better else goal / best[1]
        axes.plot(times, place, "|", color=_GOAL_COLOUR, markersize=15, markeredgewidth=2)
    ours = row.ratio(OURS)
    if ours is not None:
        axes.plot(min(ours, _FARTHEST), place, "o", color=_OUR_COLOUR, markersize=10, zorder=3)
        axes.annotate(
            number(ours),
            (min(ours, _FARTHEST), place),
            (0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=7,
            color=_OUR_COLOUR,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},  # the line at 1 is below
        )


def _scale(axes: Any) -> None:
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda times, _: f"{times:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=7)
    axes.tick_params(axis="y", labelsize=8, length=0)
    axes.set_xlabel("times what the best peer takes (log scale): left of 1 is better")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _legend(figure: Figure, marks: dict[str, str]) -> None:
    from matplotlib.lines import Line2D

    def entry(name: str, mark: str, colour: str, fill: str, size: float) -> Line2D:
        return Line2D(
            [], [], color=colour, marker=mark, mfc=fill, linestyle="none", ms=size, label=name
        )

    handles = [
        entry(OURS, "o", _OUR_COLOUR, _OUR_COLOUR, 9),
        entry("goal", "|", _GOAL_COLOUR, "none", 12),
        *(entry(name, mark, _PEER_COLOUR, "none", 6) for name, mark in marks.items()),
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=5, fontsize=8, frameon=False)
