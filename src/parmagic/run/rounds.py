"""Runs a plan several times, in one way after another, so that their times can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from parmagic.measure.record import Run

Way = TypeVar("Way")  # a backend by its name, or a number of workers


def has_failed(run: Run) -> bool:
    """Tell whether something ended a run early."""
    return run.error is not None


def in_rounds(
    ways: Sequence[Way],
    repeat: int,
    once: Callable[[Way], Run],
    ends: Callable[[Run], bool] = has_failed,
) -> list[list[Run]]:
    """Run in each way in turn, and that so many times; return the runs of each.

    Rounds alternate: what changes on the machine meanwhile strikes all of them alike. The first
    run that fails, or that `ends` says so of, ends it all, and is the last in its list.
    """
    runs: list[list[Run]] = [[] for _ in ways]
    for _ in range(repeat):
        for way, of_way in zip(ways, runs, strict=True):
            run = once(way)
            of_way.append(run)
            if ends(run):
                return runs
    return runs


def typical(runs: Sequence[Run]) -> Run:
    """Return the run that took the median time, of two the faster, with the times of all.

    If one failed, it is that one.
    """
    if runs[-1].error is not None:
        return runs[-1]
    middle = sorted(runs, key=lambda run: run.elapsed)[(len(runs) - 1) // 2]
    return replace(middle, rounds=tuple(run.elapsed for run in runs)) if len(runs) > 1 else middle
