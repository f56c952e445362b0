"""Runs a plan several times, on one backend after another, so that their times can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from parmagic.measure.record import Run


def in_rounds(names: Sequence[str], repeat: int, once: Callable[[str], Run]) -> list[list[Run]]:
    """Run on each backend in turn, and that so many times; return the runs of each backend.

    Rounds alternate: what changes on the machine meanwhile strikes all of them alike. The first
    run that fails ends it all, and is the last in its list.
    """
    runs: list[list[Run]] = [[] for _ in names]
    for _ in range(repeat):
        for name, of_name in zip(names, runs, strict=True):
            run = once(name)
            of_name.append(run)
            if run.error is not None:
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
