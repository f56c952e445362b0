"""Runs the first few tasks of a job here, with clocks, and forecasts the rest by them.

They are part of the run: their values stand in their places, and a backend runs what is left.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from parmagic.errors import TravelError
from parmagic.measure.costs import FIRST, START, UNKNOWN, Costs
from parmagic.measure.forecast import Forecast
from parmagic.measure.spell import spells_of
from parmagic.measure.tally import tally_of
from parmagic.modules.folder import buffer_folders
from parmagic.modules.values.buffers import Parcel, discard
from parmagic.run import cpus
from parmagic.run.backend import AUTO, IMPORTING
from parmagic.run.backends.serial import run_until
from parmagic.run.chunk import Unsendable, payload_of
from parmagic.run.job import Job
from parmagic.run.knock import Knock
from parmagic.run.manner import Manner
from parmagic.run.processes.load_times import usual
from parmagic.run.workers.usage import Delay
from parmagic.run.workers.values import wrap_named

FEW = 3  # tasks that are run ahead, at least
SHARE = 4  # fewer, where that is more than a fourth of the tasks that each worker will have
LONG = 1.0  # seconds after which fewer will do
SOON = 0.05  # seconds for which short tasks are run ahead
MOST = 1000  # tasks that are run ahead, at most
TOGETHER = 64  # short tasks that share a reading of the clocks, at most
WEIGHED = 0.02  # seconds of pickling items and values to learn their sizes
_ASIDE = 0.25  # of the tasks' processor time: if other threads took less, that is the notebook's


class Packed(NamedTuple):
    """What became of packing what a worker imports."""

    seconds: float
    refusal: str  # why it cannot be done; empty if it can


def packed(job: Job, name: str) -> Packed:
    """Pack what workers import; TravelError where the backend that was asked for needs it."""
    begun = time.perf_counter()
    refusal = ""
    try:
        job.packer.pack()
    except TravelError as error:
        if name in IMPORTING:
            raise
        refusal = str(error)
    return Packed(time.perf_counter() - begun, refusal)


def sample(job: Job, manner: Manner, pack: Packed) -> Forecast | None:
    """Run the first tasks, and forecast; None if none is left to forecast, or one failed."""
    taster = _Taster(job, manner)
    clocks = time.process_time(), time.thread_time()
    delay = Delay()
    delayed = -delay.seconds()  # without what it has waited before
    knock = Knock()
    try:
        run_until(job, taster.enough, TOGETHER)
        delayed += delay.seconds()
    finally:
        knock.end()
        delay.close()
    cpu = time.process_time() - clocks[0] - knock.cpu
    own = time.thread_time() - clocks[1]
    tasks = job.records.tasks()
    spells = list(spells_of(tasks))
    total = job.items.total
    if job.failed is not None or job.over or not spells or total == len(job.records.values):
        return None
    # Reading the clocks for each of the shortest tasks makes them longer.
    timed = [spell for spell in spells if spell.tasks > 1] or spells
    weight, reading = taster.weighed(), taster.reading
    known = tally_of(tasks)
    done, computed = known.busy, known.computed
    # While it waited for a processor, it had something to compute.
    computing = min(done, computed + delayed)
    forecast = Forecast(
        tasks=total,
        ran=sum(spell.tasks for spell in spells),
        done=done,
        seconds=tuple(spell.duration / spell.tasks for spell in timed),
        cpu=computed * cpu / own if cpu - own > _ASIDE * own > 0 else computing,
        sent=weight.sent,
        returned=weight.returned,
        packing=weight.seconds,
        piped=weight.piped,
        barred=pack.refusal or weight.refusal,
        costs=_costs(manner.start_method or "", pack.seconds, usual(job.packer.code)),
        asked=manner.workers or 1,
        backend=manner.backend,
        workers=manner.workers or 1,
        held=knock.held(computing / done) if done > 0 else UNKNOWN,
        auto=manner.backend == AUTO,
        read=sum(reading),
        # The median: the first item may take longer, if it opens a file, say.
        reading=statistics.median(reading),
    )
    if not forecast.auto:
        return forecast
    best = forecast.best
    return replace(forecast, backend=best.backend, workers=best.workers)


def unsaid(job: Job, *, auto: bool) -> str:
    """Say in one line why the first tasks gave no forecast."""
    done = len(job.records.values)
    if job.failed is not None:
        why = "a task failed while looking"
    elif job.records.input_error is not None:
        why = "the items ended with an exception while looking"
    elif not done:
        why = "there are no tasks"
    elif done == 1:
        why = "the only task was done while looking"
    else:
        why = f"all {done:,} tasks were done while looking"
    return f"auto: serial, because {why}" if auto else f"no forecast: {why}"


def _costs(method: str, packing: float, loading: float) -> Costs:
    from parmagic.run.backends import pool

    warm = pool.warm(method)
    interpreter = sys.modules.get("parmagic.run.backends.interpreter")
    return Costs(
        processors=cpus.available(),
        gil=cpus.has_gil(),
        start=START[method],
        first=0.0 if warm else FIRST[method],
        warm=warm,
        packed=packing,
        loading=loading,
        interpreters=0 if interpreter is None else interpreter.warm(),
    )


class _Weight(NamedTuple):
    """What an item and a value weigh, on average of some."""

    sent: float = 0.0  # bytes of an item
    returned: float = 0.0  # bytes of a value
    piped: float = 0.0  # bytes of both that are no large buffers in a file
    seconds: float = 0.0  # to pickle both, and to write what goes into a file
    refusal: str = ""  # why one of them cannot be pickled; empty if they can


class _Taster:
    """Says when enough tasks have been run, and what their items and values weigh."""

    def __init__(self, job: Job, manner: Manner) -> None:
        self._job = job
        self._begun = time.perf_counter()
        self._items: list[Any] = []
        total, workers = job.items.total, manner.workers or 1
        self._few = FEW if total is None else min(FEW, total // (SHARE * workers))

    def enough(self, items: Sequence[Any]) -> bool:
        """Learn of the items of tasks that were run, and say whether they were the last."""
        self._items.extend(items)
        spent = time.perf_counter() - self._begun
        if len(self._items) < self._few:
            return spent > LONG
        return spent > SOON or len(self._items) >= MOST

    @property
    def reading(self) -> list[float]:
        """How long it took to read each item, in no order."""
        noted = [one.end - one.start for one in self._job.records.reading]
        return noted + [0.0] * (len(self._items) - len(noted))

    def weighed(self) -> _Weight:
        """Pickle some items and values."""
        sent: list[int] = []
        returned: list[int] = []
        piped = 0
        begun = now = time.perf_counter()
        values, packer = self._job.records.values, self._job.packer
        for task, item in enumerate(self._items):
            try:
                parcels = payload_of(task, [item], packer.private), _parcel(values[task])
            except Unsendable as refusal:
                return _Weight(refusal=str(refusal.error))
            except Exception as error:  # noqa: BLE001 - a class may raise anything as it is pickled
                kind = type(values[task]).__name__
                return _Weight(refusal=f"a value ({kind}) cannot be sent back: {error}")
            for sizes, parcel in zip((sent, returned), parcels, strict=True):
                discard(parcel)
                sizes.append(parcel.size)
                piped += len(parcel.pickle) if parcel.path else parcel.size
            now = time.perf_counter()
            if now - begun > WEIGHED:
                break
        count = len(sent)
        means = statistics.fmean(sent), statistics.fmean(returned), piped / count
        return _Weight(*means, (now - begun) / count)


def _parcel(value: Any) -> Parcel:
    return wrap_named([None if isinstance(value, BaseException) else value], buffer_folders())
