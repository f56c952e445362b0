"""Runs a plan with several numbers of workers, one after another."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from parmagic.errors import TravelError
from parmagic.measure.record import Run
from parmagic.run.rounds import in_rounds, typical


def sweep(counts: Sequence[int], once: Callable[[int], Run], repeat: int = 1) -> Run:
    """Run with each number of workers; the fastest run has all of them as its `sweep`.

    The most workers come first: then all others find theirs warm. A run that fails ends the sweep,
    and is returned.
    """
    done: dict[int, Run] = {}
    for runs in filter(None, in_rounds(sorted(set(counts), reverse=True), repeat, once)):
        run = typical(runs)
        if run.error is not None:
            return run
        done.setdefault(run.workers, run)  # there are no more workers than tasks
    runs_of_each = tuple(done[count] for count in sorted(done))
    return replace(min(runs_of_each, key=lambda run: run.elapsed), sweep=runs_of_each)


def start_ahead(method: str, workers: int) -> None:
    """Start the pool's workers, so that no run of a sweep has to."""
    from parmagic.run.backends import pool

    with contextlib.suppress(OSError, TravelError):  # the run itself will say so
        pool.prepare(method, workers)
