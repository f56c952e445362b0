"""Draw every kind of chart, of made-up runs of many shapes, in light and dark, to be looked at.

    python -m benchmarks.gallery FOLDER

Nothing is measured here: the runs are made of numbers, the same ones each time.
"""

from __future__ import annotations

import argparse
import heapq
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl

from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.scaling import Law
from parmagic.measure.traffic import Passage, Traffic
from parmagic.run.several import sweep
from parmagic.show.charts.chart import save
from parmagic.show.kinds import KINDS, SWEEP

STYLES: dict[str, dict[Any, Any]] = {
    "light": {},
    "dark": {"figure.facecolor": "#111111", "text.color": "#e8e8e8"},
}
WORKERS = (2, 16, 64)
TASKS = (1, 100, 10_000)
SWEEPS = {  # serial fraction, what workers cost each other, numbers of workers, processors
    "even": (0.002, 0.0, (1, 2, 4), 64),
    "serial": (0.2, 0.0, (1, 2, 4, 8), 64),
    "peaked": (0.03, 0.01, (1, 2, 4, 8, 16), 64),
    "two": (0.1, 0.0, (1, 2), 64),
    "many": (0.01, 0.0001, (1, 2, 4, 8, 16, 32, 64), 64),
    "beyond": (0.02, 0.0, (1, 2, 3, 4), 2),
    "few-beyond": (0.02, 0.0, (1, 2, 4, 8, 16, 32), 8),
    "one": (0.02, 0.0, (1, 2, 4), 1),
}
_WORK = 20.0  # seconds of a swept run
NAMES = ("simulate", "load", "clean", "fit", "score", "plot", "store")  # of functions


def run_of(count: int, workers: int, functions: int = 1, spread: float = 1.0, **more: Any) -> Run:
    """Make a run up: `spread` is how much the tasks' lengths differ, 0 for not at all."""
    luck = random.Random(count * 1000 + workers)  # noqa: S311 - no secret, the same each time
    workers = min(workers, count)
    free = [(0.04 + 0.01 * lane, lane) for lane in range(workers)]  # when each has started
    heapq.heapify(free)
    records = Records(0.0, "simulate(seed)")
    records.reserve(count)
    labels = []
    passages = []
    travel = 0.4 / count  # seconds: one part in fifty of a usual task
    for index in range(count):
        received, lane = heapq.heappop(free)
        start = received + travel
        took = 20.0 / count * luck.lognormvariate(0.0, spread)
        records.finish(index, [None], lane, [start, start + took, took])
        labels.append(f"a{index} = {NAMES[index % functions]}({index})")
        packed = start + took + travel
        ready = 0.04 + 0.01 * lane
        clocks = (0.0, ready, received, received, start, start + took, packed)
        passages.append(Passage(lane, *clocks, sent=2_000, returned=1_000_000))
        heapq.heappush(free, (packed, lane))
    if functions > 1:
        records.labels = labels
    usual: dict[str, Any] = {
        "code": "simulate(seed) for seed in range(n)",
        "backend": "pool",
        "workers": workers,
        "values": [None] * count,
        "tasks": records.tasks(),
        "elapsed": max(at for at, _ in free) + 0.01,
        "cpus": 64,
        "gil": True,
        "cell": "In[4]",
        "start_method": "forkserver",
        "traffic": Traffic(tuple(passages)),
    }
    return Run(**usual | more)


def runs() -> Iterator[tuple[str, Run]]:
    """Yield the runs by the names of their files."""
    for workers in WORKERS:
        for count in TASKS:
            yield f"{count}-tasks-{workers}-workers", run_of(count, workers)
            yield f"{count}-calls-{workers}-workers", run_of(count, workers, functions=7)
    for name, (serial, crosstalk, counts, cpus) in SWEEPS.items():
        yield name, _swept(Law(serial, crosstalk), counts, cpus)
    yield "alike", run_of(8, 2, spread=0.0)
    yield "compared", _compared()
    yield "bounded", _threads()
    failed = run_of(30, 4)
    tasks = [
        replace(task, error=ValueError()) if task.index in (3, 17) else task
        for task in failed.tasks
    ]
    yield "failed", replace(failed, tasks=tasks)


def _swept(law: Law, counts: tuple[int, ...], cpus: int) -> Run:
    """Make a sweep up that follows a law as far as there are processors, and stays there."""
    return sweep(counts, lambda count: _even(count, _WORK / law.speedup(min(count, cpus)), cpus))


def _even(workers: int, elapsed: float, cpus: int) -> Run:
    """Make a run of equal tasks up that takes so long; what is left of its time, workers wait."""
    count = 64
    took, turns = _WORK / count, -(-count // workers)
    records = Records(0.0, "simulate(seed)")
    records.reserve(count)
    for index in range(count):
        start = index // workers * elapsed / turns
        records.finish(index, [None], index % workers, [start, start + took, took])
    return replace(
        run_of(count, workers, elapsed=elapsed, cpus=cpus, traffic=Traffic()),
        tasks=records.tasks(),
    )


def _compared() -> Run:
    """Make up a comparison of backends in rounds: one is bounded, one was stopped."""
    rounds: dict[str, Any] = {"serial": 20.0, "serial_rounds": (19.0, 20.0, 23.0)}
    run = run_of(40, 16, spread=0.3, elapsed=2.0, rounds=(1.9, 2.0, 3.1), **rounds)
    others = tuple(
        replace(run, backend=backend, elapsed=elapsed, rounds=(elapsed, elapsed, 1.2 * elapsed))
        for backend, elapsed in (("interpreter", 2.4), ("process", 2.9), ("thread", 21.4))
    )
    return replace(run, others=others)


def _threads() -> Run:
    """Make up threads that take turns: their serial time is only bounded."""
    run = run_of(12, 4, spread=0.3, backend="thread", traffic=Traffic())
    tasks = [replace(task, cpu=task.duration / 4) for task in run.tasks]
    long = "summarize(read(path, columns=['site', 'time', 'value']), by='site', how=median)"
    return replace(run, tasks=tasks, code=f"{long} for path in sorted(folder.glob('**/*.csv'))")


def main() -> None:
    """Write the pictures, and say how long each took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, run in runs():
        for kind in KINDS if run.sweep else (one for one in KINDS if one != SWEEP):
            for style, settings in STYLES.items():
                path = folder / f"{kind}-{name}-{style}.png"
                with mpl.rc_context(settings):
                    begun = time.perf_counter()
                    save(run, path, kind)
                    took = time.perf_counter() - begun
                print(f"{1000 * took:6.0f} ms  {path.name}")  # noqa: T201 - that is its output


if __name__ == "__main__":
    main()
