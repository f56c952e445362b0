"""(b) Twenty runs with a planted cause, and five with nothing wrong: what the advice says."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from benchmarks.truth.workloads import Wanted, double, mixed, multiply, nap, sort, spin, zeros
from parmagic import Run, pmap
from parmagic.run.backends import pool


class Planted(NamedTuple):
    """A run with one cause, and the causes that name it."""

    what: str
    expected: tuple[str, ...]  # none: there is nothing wrong
    run: Callable[[], Run]


class Verdict(NamedTuple):
    """What was advised."""

    what: str
    expected: tuple[str, ...]
    found: tuple[str, ...]
    said: str

    @property
    def right(self) -> bool:
        """Whether the first advice names the cause, or there is none where nothing is wrong."""
        if not self.expected:
            return not self.found
        return bool(self.found) and self.found[0] in self.expected


def verdicts(wanted: Wanted) -> list[Verdict]:
    """Run those that are wanted."""
    from parmagic.show.remedy import advice_lines

    found = []
    for planted in PLANTED:
        if not wanted(planted.what):
            continue
        _warm()
        run = planted.run()
        said = next(iter(advice_lines(run)), "none").removeprefix("advice: ")
        causes = tuple(one.cause for one in run.advice)
        found.append(Verdict(planted.what, planted.expected, causes, said))
        gc.collect()
    return found


def _warm() -> None:
    pmap(spin, [200_000] * 4)


def _cold(*args: Any, **options: Any) -> Run:
    pool.close()
    return pmap(*args, **options)


def _slowly(count: int, seconds: float) -> Iterator[float]:
    for _ in range(count):
        yield nap(seconds)


def head(array: Any) -> float:
    """Read one number of what it is given."""
    return float(array[0])


def _threads_each(count: int, run: Callable[[], Run]) -> Run:
    """Run with so many threads asked for in each worker's numerical library."""
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(count)
    pool.close()
    try:
        pmap(multiply, [50] * 4)
        return run()
    finally:
        del os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"]
        pool.close()


CPUS = len(os.sched_getaffinity(0))

PLANTED = (
    Planted("Python on 2 threads", ("gil",), lambda: _gil(2)),
    Planted("Python on 4 threads", ("gil",), lambda: _gil(4)),
    Planted("waiting, 2 workers", ("waiting",), lambda: pmap(nap, [0.1] * 16, workers=2)),
    Planted(
        "waiting, 2 threads",
        ("waiting",),
        lambda: pmap(nap, [0.1] * 16, backend="thread", workers=2),
    ),
    # Where serial would save no time to speak of, it is said that each task should do more.
    Planted("1,000,000 tiny tasks", ("short", "grain"), lambda: pmap(double, range(1_000_000))),
    Planted(
        "100,000 tiny tasks on threads",
        ("short",),
        lambda: pmap(double, range(100_000), backend="thread", workers=2),
    ),
    Planted(
        "one long task of 9",
        ("span",),
        lambda: pmap(spin, [*[200_000] * 8, 12_000_000], workers=2),
    ),
    Planted("one long task of 2", ("span",), lambda: pmap(spin, [400_000, 12_000_000], workers=2)),
    Planted("3 tasks, 2 workers", ("imbalance",), lambda: pmap(spin, [6_000_000] * 3, workers=2)),
    Planted(
        "a process for each short task",
        ("processes",),
        lambda: pmap(spin, [400_000] * 24, backend="process", workers=2),
    ),
    Planted("first run of a pool", ("start-up",), lambda: _cold(spin, [1_500_000] * 4, workers=2)),
    Planted("results of 30 MB", ("results",), lambda: pmap(zeros, [30_000_000] * 8)),
    Planted("results of 20 MB of bytes", ("results",), lambda: pmap(bytes, [20_000_000] * 8)),
    Planted(
        "items of 20 MB of bytes",
        ("items",),
        lambda: pmap(head, [bytes([number]) * 20_000_000 for number in range(8)]),
    ),
    Planted(
        "items of 40 MB in arrays",
        ("items",),
        lambda: pmap(head, [np.full(5_000_000, float(number)) for number in range(8)]),
    ),
    Planted(
        "items that come slowly",
        ("starvation",),
        lambda: pmap(spin, (int(1e5 + x) for x in _slowly(12, 0.05))),
    ),
    Planted(
        "items that come slowly, threads",
        ("starvation",),
        lambda: pmap(spin, (int(1e5 + x) for x in _slowly(12, 0.05)), backend="thread"),
    ),
    Planted(
        "4 times as many workers as processors",
        ("workers",),
        lambda: pmap(spin, [3_000_000] * 4 * CPUS, workers=4 * CPUS),
    ),
    Planted(
        "8 times as many workers as processors",
        ("workers",),
        lambda: pmap(spin, [3_000_000] * 8 * CPUS, workers=8 * CPUS),
    ),
    Planted(
        "a numerical library with 4 threads a worker",
        ("blas",),
        lambda: _threads_each(4, lambda: pmap(multiply, [900] * 12, workers=CPUS)),
    ),
    Planted("computing on a pool", (), lambda: pmap(spin, [1_500_000] * 16, workers=2)),
    Planted("many tasks on a pool", (), lambda: pmap(spin, [50_000] * 600, workers=2)),
    Planted(
        "waiting together on threads",
        (),
        lambda: pmap(nap, [0.5] * 8, backend="thread", workers=8),
    ),
    Planted(
        "sorting in numpy on threads",
        (),
        lambda: pmap(sort, [3_000_000] * 16, backend="thread", workers=2),
    ),
    Planted("half waiting on a pool", (), lambda: pmap(mixed, [500_000] * 40, workers=2)),
)


def _gil(workers: int) -> Run:
    return pmap(spin, [500_000] * 32, backend="thread", workers=workers)
