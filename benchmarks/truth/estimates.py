"""(a) The estimated serial time against the measured one, on every backend."""

from __future__ import annotations

import statistics
import time
from typing import NamedTuple

from benchmarks.truth.workloads import WORKLOADS, Wanted, Workload
from parmagic import pmap
from parmagic.measure.baseline import Baseline
from parmagic.run.backend import BACKENDS

WITHIN = 0.05  # of the measured time, for processes
ROUNDS = 5
PARALLEL = tuple(name for name in BACKENDS if name != "serial")


class Estimate(NamedTuple):
    """One workload on one backend; times are seconds, of the round that is off by the median."""

    workload: str
    backend: str
    measured: float
    low: float
    high: float
    noise: float = 0.0  # how far two serial runs are apart, as a part of the measured time

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


def estimates(wanted: Wanted) -> list[Estimate]:
    """Measure and estimate every wanted workload on every backend."""
    return [one for workload in WORKLOADS if wanted(workload.name) for one in _of(workload)]


class _Round(NamedTuple):
    """What a run estimates, and what plain loops take just before and just after it; seconds."""

    before: float
    estimated: Baseline
    after: float


def _of(workload: Workload) -> list[Estimate]:
    """Take turns: what changes on the machine meanwhile strikes serial and parallel runs alike."""
    backends = [name for name in PARALLEL if name != "process" or len(workload.items) <= 100]
    found: dict[str, list[_Round]] = {name: [] for name in backends}
    _serial(workload)  # what is loaded once
    for _ in range(ROUNDS):
        before = _serial(workload)
        for name in backends:
            estimated = pmap(workload.function, workload.items, backend=name).baseline
            after = _serial(workload)
            found[name].append(_Round(before, estimated, after))
            before = after
    return [_median(workload.name, name, found[name]) for name in backends]


def _serial(workload: Workload) -> float:
    """Time a plain loop, which keeps its values as all runs do."""
    function = workload.function
    begun = time.perf_counter()
    values = [function(item) for item in workload.items]
    seconds = time.perf_counter() - begun
    del values
    return seconds


def _median(workload: str, backend: str, found: list[_Round]) -> Estimate:
    """Take the round whose estimate is off by the median: so one disturbed round does not count."""
    noise = statistics.median(abs(one.after - one.before) / one.before for one in found)
    rounds = []
    for before, estimated, after in found:
        bounds = estimated.low, estimated.high
        rounds.append(Estimate(workload, backend, (before + after) / 2, *bounds, noise))
    middle = statistics.median_low([one.off for one in rounds])
    return next(one for one in rounds if one.off == middle)
