"""(a) The estimated serial time against the measured one, on every backend.

Each round has a process of its own, with workers of its own. Where a process lies in memory makes
the same loop faster or slower in it than in another, by as much as a tenth, as long as it lives: in
one process alone, it would be that luck which is measured.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from benchmarks.truth.workloads import WORKLOADS, Wanted, Workload
from parmagic import pmap
from parmagic.measure.baseline import Baseline
from parmagic.run.backend import BACKENDS
from parmagic.run.backends import pool
from parmagic.run.workers.usage import Delay

WITHIN = 0.05  # of the measured time, for processes
ROUNDS = 5
PARALLEL = tuple(name for name in BACKENDS if name != "serial")


class Estimate(NamedTuple):
    """One workload on one backend; times are seconds, of the round that is off by the median."""

    workload: str
    backend: str
    measured: tuple[float, float]  # the least and the most; one number twice if they are near
    low: float
    high: float
    noise: float = 0.0  # how far two serial runs are apart, as a part of the measured time
    waited: float = 0.0  # part of these in which they could have run, and other programs did
    luck: tuple[float, float] = (1.0, 1.0)  # least and most of a process, over their median

    @property
    def off(self) -> float:
        """How far the measured time lies outside the estimate, as a part of it."""
        least, most = self.measured
        if most < self.low:
            return self.low / most - 1
        return self.high / least - 1 if least > self.high else 0.0

    @property
    def exact(self) -> bool:
        """Whether the estimate is one number."""
        return self.high <= self.low * (1 + WITHIN)

    @property
    def holds(self) -> bool:
        """Whether it is as near as it should be: a bound must hold, but for what clocks differ."""
        return abs(self.off) <= WITHIN


def estimates(wanted: Wanted) -> list[Estimate]:
    """Measure and estimate every wanted workload on every backend."""
    return [one for workload in WORKLOADS if wanted(workload.name) for one in _of(workload)]


class Serial(NamedTuple):
    """A plain loop; seconds."""

    took: float
    waited: float  # for a processor


class _Round(NamedTuple):
    """What a run estimates, and what plain loops take just before and just after it; seconds."""

    before: Serial
    estimated: Baseline
    after: Serial


def _of(workload: Workload) -> list[Estimate]:
    found: dict[str, list[_Round]] = {}
    for _ in range(ROUNDS):
        # No `multiprocessing.Pool`, whose processes may have none of their own.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            for name, one in process.submit(_round, workload).result().items():
                found.setdefault(name, []).append(one)
    return [_median(workload.name, name, rounds) for name, rounds in found.items()]


def _round(workload: Workload) -> dict[str, _Round]:
    """Take turns: what changes on the machine meanwhile strikes serial and parallel runs alike."""
    backends = [name for name in PARALLEL if name != "process" or len(workload.items) <= 100]
    _serial(workload)  # what is loaded once
    for name in backends:
        pmap(workload.function, workload.items, backend=name)
    found = {}
    before = _serial(workload)
    for name in backends:
        estimated = pmap(workload.function, workload.items, backend=name).baseline
        after = _serial(workload)
        found[name] = _Round(before, estimated, after)
        before = after
    pool.close()
    return found


def _serial(workload: Workload) -> Serial:
    """Time a plain loop, which keeps its values as all runs do."""
    function, delay = workload.function, Delay()
    waited, begun = -delay.seconds(), time.perf_counter()
    values = [function(item) for item in workload.items]
    seconds = time.perf_counter() - begun
    waited += delay.seconds()
    delay.close()
    del values
    return Serial(seconds, waited)


def _median(workload: str, backend: str, found: list[_Round]) -> Estimate:
    """Take the round whose estimate is off by the median: so one disturbed round does not count."""
    every = [loop for one in found for loop in (one.before, one.after)]
    waited = sum(loop.waited for loop in every) / sum(loop.took for loop in every)
    apart = [abs(one.after.took - one.before.took) / one.before.took for one in found]
    noise = statistics.median(apart)
    measured = [_measured(one) for one in found]
    means = [statistics.fmean(one) for one in measured]
    middle = statistics.median(means)
    known = noise, waited, (min(means) / middle, max(means) / middle)
    rounds = [
        Estimate(workload, backend, loops, one.estimated.low, one.estimated.high, *known)
        for loops, one in zip(measured, found, strict=True)
    ]
    off = statistics.median_low([one.off for one in rounds])
    return next(one for one in rounds if one.off == off)


def _measured(one: _Round) -> tuple[float, float]:
    """Return the serial time as far as two loops tell it: where they differ, it is between them."""
    least, most = sorted((one.before.took, one.after.took))
    middle = (least + most) / 2
    return (middle, middle) if most <= least * (1 + WITHIN) else (least, most)
