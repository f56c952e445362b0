"""Functions that keep their values: a plain loop computes each once, several workers may not."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from parmagic import Run, Task, pmap
from parmagic.measure.traffic import Traffic
from parmagic.show.headline import basis_explained
from runs import run_with

pytestmark = pytest.mark.by_any_method  # it is the notebook that looks


@functools.cache
def cached(x: int) -> int:
    """Keep every value."""
    return x


def plain(x: int) -> int:
    """Keep nothing."""
    return x


@pytest.mark.parametrize(
    ("function", "items", "reused"),
    [
        (cached, [1, 2, 1, 2], True),
        (functools.lru_cache(maxsize=2)(plain), ["a", "a"], True),
        (cached, [1, 2, 3], False),
        (cached, range(4), False),
        (cached, [(1, 2), (1, 2)], False),  # only code of theirs says whether objects are equal
        (plain, [1, 1], False),
    ],
)
def test_a_cache_and_repeated_items_are_found(function: Any, items: Any, *, reused: bool) -> None:
    """Both are needed: else a loop computes as much as workers do."""
    assert pmap(function, items, backend="thread", workers=2).traffic.reused is reused


def both(**more: Any) -> Run:
    """Build the run of two workers that have both computed the same for a second, twice."""
    tasks = [Task(i, "f(x)", i % 2, i // 2, i // 2 + 1.0, 1.0) for i in range(4)]
    return run_with(tasks, 2.0, backend="pool", workers=2, cpus=2, **more)


def test_what_two_workers_have_computed_a_loop_may_compute_once() -> None:
    """What one of them has computed is certain, all of it is not."""
    run = both(traffic=Traffic(reused=True))

    assert run.baseline.low < 2.0
    assert run.baseline.low > 1.7
    assert run.baseline.high == pytest.approx(4.0)
    assert run.baseline.why == ("cache",)
    assert "a cache of its own" in basis_explained(run)
    assert both().baseline.low == pytest.approx(4.0)
