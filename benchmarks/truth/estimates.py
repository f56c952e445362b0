"""(a) The estimated serial time against the measured one, on every backend."""

from __future__ import annotations

import statistics
from typing import NamedTuple

from benchmarks.truth.workloads import WORKLOADS, Workload
from parmagic import Run, pmap
from parmagic.run.backend import BACKENDS

WITHIN = 0.05  # of the measured time, for processes
ROUNDS = 3
PARALLEL = tuple(name for name in BACKENDS if name != "serial")


class Estimate(NamedTuple):
    """One workload on one backend; times are seconds, medians of the rounds."""

    workload: str
    backend: str
    measured: float
    low: float
    high: float

    @property
    def off(self) -> float:
        """How far the measured time lies outside the estimate, as a part of it."""
        if self.measured < self.low:
            return self.low / self.measured - 1
        return self.high / self.measured - 1 if self.measured > self.high else 0.0

    @property
    def exact(self) -> bool:
        """Whether the estimate is one number."""
        return self.high <= self.low * 1.05

    @property
    def holds(self) -> bool:
        """Whether it is as near as it should be: a bound must hold, but for what clocks differ."""
        return abs(self.off) <= WITHIN


def estimates() -> list[Estimate]:
    """Measure and estimate every workload on every backend."""
    return [one for workload in WORKLOADS for one in _of(workload)]


def _of(workload: Workload) -> list[Estimate]:
    """Take turns: what changes on the machine meanwhile strikes serial and parallel runs alike."""
    backends = [name for name in PARALLEL if name != "process" or len(workload.items) <= 100]
    measured: dict[str, list[float]] = {name: [] for name in backends}
    found: dict[str, list[Run]] = {name: [] for name in backends}
    for _ in range(ROUNDS):
        before = _serial(workload)
        for name in backends:
            found[name].append(pmap(workload.function, workload.items, backend=name))
            after = _serial(workload)
            measured[name].append((before + after) / 2)  # just before it, and just after
            before = after
    return [_median(workload.name, name, measured[name], found[name]) for name in backends]


def _serial(workload: Workload) -> float:
    return pmap(workload.function, workload.items, backend="serial").work


def _median(workload: str, backend: str, measured: list[float], found: list[Run]) -> Estimate:
    """Take the round whose estimate is off by the median: so one disturbed round does not count."""
    rounds = [
        Estimate(workload, backend, seconds, run.baseline.low, run.baseline.high)
        for seconds, run in zip(measured, found, strict=True)
    ]
    middle = statistics.median_low([one.off for one in rounds])
    return next(one for one in rounds if one.off == middle)
