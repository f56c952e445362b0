"""(d) What a sweep with 1 to 4 workers forecasts for 8 and 16, against what these then take."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.truth.workloads import Wanted, Workload, nap, sort, spin
from parmagic import pmap
from parmagic.run import cpus

SWEPT = (1, 2, 4)  # workers
LEAST = 8  # processors; with fewer, there is nothing to hold a forecast against

WORKLOADS = (
    Workload("pure Python", spin, [1_000_000] * 192),
    Workload("one long task", spin, [12_000_000, *[1_000_000] * 150]),
    Workload("waiting", nap, [0.05] * 192),
    Workload("numpy sort", sort, [1_000_000 + number for number in range(96)]),
)


class Forecast(NamedTuple):
    """Speed-up against one worker: what was forecast, and what was measured."""

    workload: str
    workers: int
    low: float
    middle: float
    high: float
    measured: float

    @property
    def holds(self) -> bool:
        """Whether the measured speed-up lies within what was forecast."""
        return self.low <= self.measured <= self.high


def sweeps(wanted: Wanted) -> list[Forecast]:
    """Sweep each wanted workload, then run it with more workers; empty where there are too few."""
    if cpus.available() < LEAST:
        return []
    return [one for workload in WORKLOADS if wanted(workload.name) for one in _of(workload)]


def _of(workload: Workload) -> list[Forecast]:
    scaling = pmap(workload.function, workload.items, sweep=SWEPT).scaling
    if scaling is None:
        return []
    found = []
    for point in scaling.forecast:
        if point.workers <= cpus.available():
            pmap(workload.function, workload.items, workers=point.workers)  # starts the workers
            run = pmap(workload.function, workload.items, workers=point.workers)
            measured = scaling.seconds / run.elapsed
            found.append(
                Forecast(
                    workload.name, point.workers, point.low, point.middle, point.high, measured
                )
            )
    return found
