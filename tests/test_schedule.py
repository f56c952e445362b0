"""In which order tasks are given out, and how many at a time."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

import parmagic
from marks import on_workers
from parmagic import pmap
from parmagic.run.backend import IMPORTING
from parmagic.run.backends import pool
from parmagic.run.items import Items
from parmagic.run.scheduling.direction import MANY, Direction
from parmagic.run.scheduling.sizes import (
    LONGEST,
    MOST,
    PROMPT,
    SHARE,
    TOO_LONG,
    UNPROVEN,
    Sizes,
)

LENGTH = 0.004  # seconds of the second task of those that grow, and of what each is longer


@pytest.fixture(scope="module", autouse=True)
def _pool() -> Iterator[None]:
    yield
    pool.close()


def longer_and_longer(known: str, number: int) -> int:
    """Take the longer, the larger the number; all but the outermost wait until these are known."""
    if number not in (0, 23):
        wait_for(known)
    time.sleep(LENGTH * number)
    return number


def wait_for(path: str) -> None:
    """Wait for a file; in vain until the test takes too long."""
    while not Path(path).exists():
        time.sleep(0.01)


def stop_at(number: int) -> int:
    """Raise what ends a loop."""
    if number < 0:
        raise StopIteration
    return number


def fail_from_forty(number: int) -> int:
    """Fail for large numbers, which take longer than small ones."""
    time.sleep(0.001 * number)
    if number >= 40:
        raise LookupError(number)
    return number


@on_workers
def test_what_takes_longest_at_the_end_is_not_left_to_the_end(
    backend: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The last item is probed, and the rest is taken from there."""
    timed: dict[int, float] = {}
    known = tmp_path / "known"
    took = Direction.took

    def as_on_a_machine_of_its_own(self: Direction, first: int, count: int, seconds: float) -> None:
        timed[first] = seconds
        took(self, first, count, LENGTH * sum(range(first, first + count)))
        if first == 23:
            known.touch()

    monkeypatch.setattr(Direction, "took", as_on_a_machine_of_its_own)
    run = pmap(partial(longer_and_longer, str(known)), range(24), backend=backend, workers=2)

    order = sorted(run.tasks, key=lambda task: task.started or 0.0)
    assert run.values == list(range(24))
    assert timed[23] >= 23 * LENGTH
    # In their own order three of the last four, 19 to 22, would be; a worker may be held up.
    assert sum(task.index >= 20 for task in order[-4:]) < 3


@on_workers
def test_the_first_to_fail_serially_is_raised_though_later_ones_fail_before_it(
    backend: str,
) -> None:
    """Also where tasks are taken from the far end: those before the failed one are still run."""
    with pytest.raises(LookupError) as caught:
        pmap(fail_from_forty, list(range(44)), backend=backend, workers=2)

    run = parmagic.last_run()
    assert caught.value.args == (40,)
    assert run is not None
    assert run.error is caught.value
    assert run.values[:40] == list(range(40))


@pytest.mark.parametrize("backend", ["serial", "thread", *IMPORTING])
def test_of_countless_tasks_only_those_reached_have_places(backend: str) -> None:
    """A trillion places would need more memory than there is."""
    with pytest.raises(LookupError):
        pmap(fail_from_forty, range(10**12), backend=backend, workers=2)

    run = parmagic.last_run()
    assert run is not None
    assert run.values[:40] == list(range(40))
    assert len(run.values) < 10**6
    assert "1,000,000,000" not in str(run)


def test_few_items_are_given_out_in_their_order() -> None:
    """So that what they print comes in that order, as far as it can."""
    assert not Direction(MANY * 2 - 1, workers=2).probe(1)
    assert Direction(MANY * 2, workers=2).probe(1)
    assert not Direction(100, workers=1).probe(1)
    assert not Direction(None, workers=2).probe(1)


def test_the_far_end_is_probed_once_and_decides_by_its_length() -> None:
    """Only a last task that is long by itself, too, changes the order."""
    for first, last, backwards in [(0.01, 0.1, True), (0.01, 0.02, False), (1e-6, 1e-4, False)]:
        direction = Direction(100, workers=2)
        assert not direction.probe(0)
        assert direction.probe(1)
        assert not direction.probe(2)
        direction.took(0, 1, first)
        assert not direction.backwards
        direction.took(98, 2, 2 * last)
        assert direction.backwards == backwards


def test_items_are_looked_at_while_numpy_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread, as that which loads matplotlib ahead: it has nothing yet."""
    monkeypatch.setitem(sys.modules, "numpy", ModuleType("numpy"))

    items = Items({1: 2}.keys())

    assert (items.is_sequence, list(items.take(2))) == (False, [1])


def test_items_are_taken_from_both_ends_until_they_meet() -> None:
    """Each once, whatever the order."""
    items = Items(range(10))

    assert list(items.take(3)) == [0, 1, 2]
    assert items.take_back(4) == (6, range(6, 10))
    assert items.remaining == 3
    assert items.take_back(5) == (3, range(3, 6))
    assert list(items.take(5)) == []
    assert items.remaining == 0


def test_a_first_chunk_is_small_where_nothing_is_known() -> None:
    """One task, and then as many as fit into the longest chunk or a fair share."""
    sizes = Sizes(2)
    assert sizes.next(1000) == 1
    sizes.took(1, 0.005)

    assert sizes.next(1000) == int(LONGEST / 0.005)
    assert sizes.next(24) == 24 // (SHARE * 2)
    assert sizes.next(3) == 1


def test_lengths_of_an_earlier_run_make_a_first_chunk_larger_but_not_large() -> None:
    """The same function may take much longer on other items."""
    assert Sizes(2, expected=1e-6).next(1_000_000) == UNPROVEN
    assert Sizes(2, expected=1.0).next(1_000_000) == 1
    few = Sizes(2, expected=1e-6)
    assert [few.next(8), few.next(4)] == [4, 4]


@pytest.mark.parametrize("backend", ["serial", "thread", "pool"])
@pytest.mark.parametrize("before", [0, 2])
def test_an_exception_that_ends_loops_is_a_failure_like_others(backend: str, before: int) -> None:
    """Also where tasks are so short that they are run without a look at the clock between them."""
    for _ in range(before):
        pmap(stop_at, range(40), backend=backend, workers=2)

    with pytest.raises(StopIteration):
        pmap(stop_at, [*range(300), -1, *range(30)], backend=backend, workers=2)

    last = parmagic.last_run()
    assert last is not None
    assert last.values[:300] == list(range(300))


def test_a_worker_is_given_more_ahead_only_if_that_makes_nobody_wait() -> None:
    """Short tasks; or tasks that have all been of one length, but not the last ones."""
    sizes = Sizes(2)
    assert not sizes.ahead(1000)
    sizes.took(1, PROMPT / 2)
    assert sizes.ahead(1000)

    even = Sizes(2)
    for _ in range(3):
        even.took(1, 1.0)
    assert even.ahead(1000)
    assert not even.ahead(3)
    even.took(1, 2.0)
    assert not even.ahead(1000)


def test_the_longer_tasks_are_the_sooner_others_are_given_them() -> None:
    """And only for long ones the clocks are read for each."""
    sizes = Sizes(2)
    assert (sizes.each(), sizes.patience()) == (True, PROMPT)
    sizes.took(1, 0.01)
    assert (sizes.each(), sizes.patience()) == (True, TOO_LONG)

    short = Sizes(2)
    short.took(UNPROVEN, UNPROVEN * 1e-6)
    assert (short.each(), short.patience()) == (False, math.inf)
    assert short.next(30) >= 30  # to give out fewer is not worth a message


def test_a_chunk_has_no_more_items_than_a_notebook_can_hold_beside_others() -> None:
    """However short the tasks, and however many there may be: memory is level over millions."""
    sizes = Sizes(2)
    sizes.took(1, 1e-8)

    assert [sizes.next(None) for _ in range(4)][-1] == MOST
