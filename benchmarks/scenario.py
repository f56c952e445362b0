"""What is measured: the cells of one small notebook, the clock around a call, and the goal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

Unit = Literal["ms", "s", "MiB", "copies", "of the limit", "× the limit"]
Way = Literal["processes", "threads", "magic"]

_FACTORS = {"ms": 1000.0}  # from seconds; what is no time comes in its own unit


@dataclass(frozen=True)
class Goal:
    """What parmagic is to reach."""

    text: str
    number: float | None = None  # in the unit of the scenario
    forks: bool = False  # the number is the best median of the pools that fork the notebook


@dataclass(frozen=True)
class Limit:
    """What nobody can beat on this machine, measured in the same run."""

    text: str
    code: str  # an expression; a notebook evaluates it after the set-up, in seconds or the unit
    start: str = ""  # a cell before it; the code is then timed as the calls of a contender are


@dataclass(frozen=True)
class Scenario:
    """One row of the table."""

    name: str
    title: str
    unit: Unit
    setup: str  # a cell: imports and definitions, before any worker
    functions: tuple[str, ...]  # what the set-up defines for workers to call; the last is timed
    items: str
    expect: str  # an expression that is true if `value` is right
    round: Callable[[Any], list[float]]  # given a `stage.Stage`, returns what it measured
    goal: Goal | None = None  # None: shown for completeness
    limit: Limit | None = None
    data: str = ""  # a cell with big data, made after the workers are warm
    change: str = ""  # a cell between two timed calls; `{turn}` is the number of the next
    remark: str = ""  # an expression: what else is to be said of `value`, or ""
    wrong: str = "wrong values"  # what to say where `expect` is false
    repeats: int = 1  # timed cells in one notebook; their median is one observation
    loop: int = 1  # calls in one timed cell
    way: Way = "processes"

    @property
    def function(self) -> str:
        """The function that the timed call maps."""
        return self.functions[-1]

    @property
    def more_is_better(self) -> bool:
        """Whether the larger number wins."""
        return self.unit == "of the limit"

    def value(self, measured: float, limit: float | None) -> float:
        """Turn what was measured into the unit of this scenario."""
        if self.unit in {"of the limit", "× the limit"}:
            if limit is None:
                raise ValueError(f"{self.name} is relative to its limit, which was not measured")
            return limit / measured if self.more_is_better else measured / limit
        return measured * _FACTORS.get(self.unit, 1.0)
