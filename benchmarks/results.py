"""What a run of the benchmarks found: every observation, and medians computed from them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.scenario import Scenario

LIMIT = "the limit"  # stands among the contenders


@dataclass
class Cell:
    """One contender in one scenario."""

    values: list[float] = field(default_factory=list)  # one for each round, in the unit
    measured: list[list[float]] = field(default_factory=list)  # each timed call, as measured
    note: str = ""  # why there is no value, or what else is to be said
    failed: bool = False

    @property
    def median(self) -> float | None:
        """The median of the rounds; None if there is none, or if it was wrong or cut."""
        return statistics.median(self.values) if self.values and not self.failed else None


@dataclass
class Row:
    """One scenario, with the cell of each contender in the order of the table."""

    scenario: Scenario
    peers: frozenset[str]  # those of which the best is what parmagic is compared with
    forks: frozenset[str]
    cells: dict[str, Cell] = field(default_factory=dict)
    busy: list[float] = field(default_factory=list)  # per cent, by others, before each round

    def cell(self, name: str) -> Cell:
        """Return the cell of a contender, an empty one if it has none yet."""
        return self.cells.setdefault(name, Cell())

    def median(self, name: str) -> float | None:
        """Return the median of a contender, or None."""
        return self.cells[name].median if name in self.cells else None

    def best(self, names: Iterable[str] | None = None) -> tuple[str, float] | None:
        """Return the best of some contenders, by default of the peers, with its median."""
        medians = {name: self.median(name) for name in (self.peers if names is None else names)}
        found = {name: median for name, median in medians.items() if median is not None}
        if not found:
            return None
        pick = max if self.scenario.more_is_better else min
        name = pick(found, key=lambda one: found[one])
        return name, found[name]

    def ratio(self, name: str) -> float | None:
        """Return how many times as much as the best peer one takes: below 1 is better."""
        return self._times(self.median(name), (self.best() or ("", None))[1])

    def limit_ratio(self, name: str) -> float | None:
        """Return how many times as much as the limit one takes."""
        if self.scenario.unit in {"of the limit", "× the limit"}:
            return None  # it already is that
        return self._times(self.median(name), self.median(LIMIT))

    def goal(self) -> float | None:
        """Return the number to reach, in the unit of the scenario."""
        goal = self.scenario.goal
        if goal is None:
            return None
        if goal.forks:
            return (self.best(self.forks) or ("", None))[1]
        return goal.number

    def reached(self, name: str) -> bool | None:
        """Return whether a contender reaches the goal; None if there is nothing to compare."""
        median, goal = self.median(name), self.goal()
        if median is None or goal is None:
            return None
        return median >= goal if self.scenario.more_is_better else median <= goal

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        scenario = self.scenario
        return {
            "scenario": scenario.name,
            "title": scenario.title,
            "unit": scenario.unit,
            "goal": scenario.goal.text if scenario.goal else None,
            "goal_number": self.goal(),
            "limit": scenario.limit.text if scenario.limit else None,
            "busy_with_others_per_cent": self.busy,
            "contenders": {
                name: {
                    "median": cell.median,
                    "rounds": cell.values,
                    "measured": cell.measured,
                    "note": cell.note,
                    "ratio_to_best_peer": self.ratio(name),
                    "ratio_to_limit": self.limit_ratio(name),
                }
                for name, cell in self.cells.items()
            },
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any], like: Row) -> Row:
        """Make it of what `to_dict` returned; `like` is an empty row of the same scenario."""
        row = cls(like.scenario, like.peers, like.forks, busy=data["busy_with_others_per_cent"])
        for name, cell in data["contenders"].items():
            failed = cell["median"] is None
            row.cells[name] = Cell(cell["rounds"], cell["measured"], cell["note"], failed)
        return row

    def _times(self, one: float | None, other: float | None) -> float | None:
        if not one or not other:
            return None
        return other / one if self.scenario.more_is_better else one / other
