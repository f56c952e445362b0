"""(c) What the first few tasks forecast of a run, against what it then takes."""

from __future__ import annotations

import statistics
from typing import Literal, NamedTuple

from benchmarks.truth.workloads import Wanted, Workload, mixed, nap, sort, spin, text, zeros
from parmagic import pmap

WITHIN = 0.15  # of the measured time, on regular work
ROUNDS = 3

REGULAR = (
    Workload("pure Python", spin, [1_500_000] * 24),
    Workload("few long tasks", spin, [3_000_000] * 8),
    Workload("waiting", nap, [0.06] * 24),
    Workload("half computing, half waiting", mixed, [800_000] * 24),
    Workload("numpy sort", sort, [1_000_000 + number for number in range(24)]),
    Workload("text", text, [300_000] * 24),
)
# What memory allows, the first tasks cannot tell.
MEMORY = (Workload("results of 40 MB", zeros, [40_000_000] * 16),)
IRREGULAR = (
    Workload("pure Python, growing", spin, [100_000 * (1 + number) for number in range(24)]),
    Workload("pure Python, up and down", spin, [300_000 * (1 + 3 * n % 7) for n in range(24)]),
    Workload("the first is long", spin, [6_000_000, *[600_000] * 23]),
    Workload("waiting, uneven", nap, [0.02 * (1 + number % 5) for number in range(24)]),
)
Kind = Literal["regular", "memory", "irregular"]
KINDS: dict[Kind, tuple[Workload, ...]] = {
    "regular": REGULAR,
    "memory": MEMORY,
    "irregular": IRREGULAR,
}
BACKENDS = ("serial", "thread", "pool", "process")


class Forecasted(NamedTuple):
    """One run on one backend; times are seconds, of a median round."""

    workload: str
    backend: str
    sampled: int  # tasks
    kind: Kind
    low: float
    middle: float
    high: float
    measured: float

    @property
    def off(self) -> float:
        """How far the middle lies from the measured time, as a part of that."""
        return self.middle / self.measured - 1

    @property
    def holds(self) -> bool:
        """Whether it is near enough; but on regular work, whether the interval covers it."""
        if self.kind == "regular":
            return abs(self.off) <= WITHIN
        return self.low <= self.measured <= self.high


def forecasts(wanted: Wanted) -> list[Forecasted]:
    """Forecast and measure every wanted workload on every backend."""
    return [
        _of(workload, backend, kind)
        for kind, workloads in KINDS.items()
        for workload in workloads
        if wanted(workload.name)
        for backend in BACKENDS
    ]


def _of(workload: Workload, backend: str, kind: Kind) -> Forecasted:
    pmap(
        workload.function, workload.items[:2], backend=backend
    )  # what is loaded once, and the workers
    rounds = [_round(workload, backend, kind) for _ in range(ROUNDS)]
    middle = statistics.median_low([one.off for one in rounds])
    return next(one for one in rounds if one.off == middle)


def _round(workload: Workload, backend: str, kind: Kind) -> Forecasted:
    run = pmap(workload.function, workload.items, backend=backend, forecast=True)
    forecast = run.forecast
    assert forecast is not None, "more tasks than are run ahead"  # noqa: S101 - as it says
    expected = forecast.elapsed
    return Forecasted(
        workload.name,
        backend,
        forecast.ran,
        kind,
        *expected,
        run.elapsed,
    )
