"""The backend `serial` is what others are held against: it must be as fast as a plain loop."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

import parmagic
from parmagic.measure.spell import spells_of

MANY = 100_000  # tiny tasks


def square(x: int) -> int:
    """Take less time than the clocks would."""
    return x * x


def test_tiny_tasks_run_as_a_plain_loop_runs_them() -> None:
    """The clocks are read so seldom that they cost nothing; otherwise all else would seem fast."""
    run = parmagic.pmap(square, range(MANY), backend="serial")

    assert run.values == [x * x for x in range(MANY)]
    assert len(list(spells_of(run.tasks))) < MANY / 100
    assert [run.tasks[place].index for place in (0, 5, MANY - 1)] == [0, 5, MANY - 1]


def test_several_iterables_too() -> None:
    """As `map` takes them."""
    run = parmagic.pmap(pow, range(1000), [2] * 1000, backend="serial")

    assert run.values == [x**2 for x in range(1000)]


def fail_at_some(x: int) -> int:
    """Fail in the middle of many."""
    if x % 4000 == 3999:
        raise ValueError(x)
    return x


def test_the_first_to_fail_among_tiny_tasks_is_named() -> None:
    """What was before it is kept, and what comes after it does not run."""
    with pytest.raises(ValueError, match="3999") as caught:
        parmagic.pmap(fail_at_some, range(MANY), backend="serial")

    run = parmagic.last_run()
    assert run is not None
    assert list(run.values[:3999]) == list(range(3999))
    assert run.values[4000] is parmagic.PENDING
    assert any("item 3999" in note for note in caught.value.__notes__)


def test_failures_among_tiny_tasks_are_kept_in_their_places() -> None:
    """And the rest goes on, each task once."""
    run = parmagic.pmap(fail_at_some, range(MANY), backend="serial", errors="keep")

    failed = [place for place, value in enumerate(run.values) if isinstance(value, ValueError)]
    assert failed == list(range(3999, MANY, 4000))
    assert all(value == place for place, value in enumerate(run.values) if place not in set(failed))


def print_some(x: int) -> int:
    """Print now and then."""
    if x % 1000 == 999:
        print(f"at {x}")  # noqa: T201 - what is tested
    return x


def test_what_a_tiny_task_prints_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """Though its neighbours print nothing."""
    run = parmagic.pmap(print_some, range(20_000), backend="serial")

    assert [task.index for task in run.tasks if task.stdout] == list(range(999, 20_000, 1000))
    assert run.tasks[1999].stdout == "at 1999\n"
    assert capsys.readouterr().out.splitlines() == [f"at {x}" for x in range(999, 20_000, 1000)]


def interrupt_at_some(x: int) -> int:
    """Press the button in the middle of many."""
    if x == 4321:
        signal.raise_signal(signal.SIGINT)
    return x


def test_an_interrupt_among_tiny_tasks_keeps_those_before_it() -> None:
    """As in a loop that appends."""
    with pytest.raises(KeyboardInterrupt):
        parmagic.pmap(interrupt_at_some, range(MANY), backend="serial")

    run = parmagic.last_run()
    assert run is not None
    assert list(run.values[:4321]) == list(range(4321))
    assert run.values[4322] is parmagic.PENDING


def test_an_iterator_is_read_between_the_tasks_as_a_loop_reads_it() -> None:
    """A task may change what comes next."""
    seen: list[int] = []

    def items() -> Iterator[int]:
        while len(seen) < 5000:
            yield len(seen)

    run = parmagic.pmap(seen.append, items(), backend="serial")

    assert seen == list(range(5000))
    assert len(run.tasks) == 5000
