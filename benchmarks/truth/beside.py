"""How much slower plain loops are beside each other: no clock of a task can tell that apart.

Processors that share a core, a cache or a clock rate slow each other down, and those of a virtual
machine may share them with somebody else's.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

from benchmarks.truth.workloads import spin
from parmagic.run import cpus

ROUNDS = 15
TURNS = 2_500_000  # of a loop: about 0.1 s


class Beside(NamedTuple):
    """Times of one loop beside others, one on each processor, over its time alone."""

    processes: int
    least: float
    middle: float
    most: float


def beside() -> Beside:
    """Measure it, alone and beside others in turns."""
    count = cpus.available()
    found = []
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(timed, [TURNS] * 4 * count))  # starts them
        for _ in range(ROUNDS):
            alone = pool.submit(timed, TURNS).result()
            together = statistics.fmean(pool.map(timed, [TURNS] * count))
            again = pool.submit(timed, TURNS).result()
            found.append(2 * together / (alone + again))
    return Beside(count, min(found), statistics.median(found), max(found))


def timed(count: int) -> float:
    """Return the seconds of a plain loop."""
    begun = time.perf_counter()
    spin(count)
    return time.perf_counter() - begun
