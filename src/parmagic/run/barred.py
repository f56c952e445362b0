"""Says which backends cannot run the tasks of a job, so that none of them is advised."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parmagic.modules.values.data import made_here
from parmagic.run.backend import IMPORTING, THREADS
from parmagic.run.job import Job

LONG = 0.02  # seconds; nothing is said of a shorter run
COMPUTES = 0.3  # part of a run's time; threads that had or wanted a processor for less only waited


def barred(job: Job, name: str, elapsed: float, items: Any) -> tuple[str, ...]:
    """Return the names of those that a job which ran on `name` for so long could not run on."""
    found = [] if job.timeout is None else ["thread", "serial"]
    if name in ("thread", THREADS) and elapsed > LONG:
        used = sum(sum(clocks[2::3]) for *_, clocks in job.records.clocks)
        used += sum(job.records.delayed)  # on a busy machine they waited for one
        if used > COMPUTES * elapsed and not _can_travel(job, items):
            found += IMPORTING
    return tuple(found)


def _can_travel(job: Job, items: Any) -> bool:
    """Tell whether the code, an item and a value can be sent to another process."""
    try:
        job.packer.found()
        if isinstance(items, Sequence) and len(items):
            made_here(items[0])
        made_here(next(iter(job.records.values), None))
    except Exception:  # noqa: BLE001 - a class may raise anything as it is pickled
        return False
    return True
