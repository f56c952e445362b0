"""Threads that wait at a lock: their clocks cannot tell that from waiting for a network."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

from parmagic import Run, Task, pmap
from parmagic.measure.traffic import Traffic
from parmagic.show.headline import basis_explained
from runs import run_with

pytestmark = pytest.mark.by_any_method  # all of it is about threads of this process

lock = threading.Lock()
gate = threading.Semaphore(2)


class Account:
    """What has a lock of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()

    def pay(self, amount: int) -> int:
        """Let one thread pay at a time."""
        with self.lock:
            return amount


account = Account()


def locked(x: int) -> int:
    """Hold a lock of the module."""
    with lock:
        return x


def gated(x: int) -> int:
    """Hold one of two places."""
    with gate:
        return x


def paid(x: int) -> int:
    """Call a method that holds a lock."""
    return account.pay(x)


def free(x: int) -> int:
    """Wait for nobody."""
    time.sleep(0.001)
    return x


@pytest.mark.parametrize("function", [locked, gated, paid, account.pay, lambda x: locked(x) + 0])
def test_a_lock_that_tasks_have_is_found(function: Any) -> None:
    """Wherever it is: a global, an attribute, in what a task calls."""
    run = pmap(function, range(4), backend="thread", workers=2)

    assert run.values == [0, 1, 2, 3]
    assert run.traffic.guarded


def test_tasks_without_a_lock_are_not_doubted() -> None:
    """Nor are those of processes, which share none."""
    assert not pmap(free, range(4), backend="thread", workers=2).traffic.guarded
    assert not pmap(free, range(4), backend="pool", workers=2).traffic.guarded
    assert not pmap(locked, range(4), backend="serial").traffic.guarded


def in_turn(**more: Any) -> Run:
    """Build the run of four threads that slept a second each, one after another, in a lock."""
    tasks = [Task(i, "f(x)", i, 0.0, i + 1.0, 0.0) for i in range(4)]
    return run_with(tasks, 4.0, backend="thread", workers=4, **more)


def test_waiting_for_a_lock_is_not_certain_to_be_work() -> None:
    """The tasks took ten seconds by their clocks, and four by that of the wall."""
    run = in_turn(traffic=Traffic(guarded=True))

    assert run.baseline.low == pytest.approx(4.0)
    assert run.baseline.high == pytest.approx(10.0)
    assert run.work == pytest.approx(4.0)
    assert run.baseline.why == ("locks",)
    assert "a lock or the like" in basis_explained(run)
    assert in_turn().baseline.low == pytest.approx(10.0)


def test_tasks_that_wait_for_a_lock_are_not_told_to_wait_together() -> None:
    """Nor that the one that waited longest is long."""
    causes = {one.cause for one in in_turn().advice}

    assert causes == {"span"}
    assert in_turn(traffic=Traffic(guarded=True)).advice == ()
