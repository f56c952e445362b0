"""What several threads of one run do at the same moment."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

import parmagic
from parmagic import enqueue
from parmagic.run.queue import Queue

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.by_any_method  # threads are started in one way alone


def slowly(act: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that lets other threads go on before it returns."""

    def method(*args: Any) -> Any:
        found = act(*args)
        time.sleep(0.05)
        return found

    return method


def second(number: int) -> float:
    """Fail for 0."""
    return 1 / number


def first(number: int) -> None:
    """Add one that fails."""
    enqueue(second, number)


def root(number: int) -> None:
    """Add one that adds one."""
    enqueue(first, number)


def test_who_takes_a_task_finds_by_which_it_was_enqueued(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may begin it before the one that enqueued it goes on."""
    monkeypatch.setattr(Queue, "put", slowly(Queue.put))

    with pytest.raises(ZeroDivisionError) as raised:
        parmagic.pmap(root, [0], backend="thread", workers=2, queue=True)

    expected = "task 2, `second(0)`, enqueued by task 1, `first(0)`"
    assert expected in "".join(raised.value.__notes__)


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that counts this of threads")
def test_how_often_threads_wait_is_counted() -> None:
    """As for the GIL: who hands it over again and again computes for that alone."""
    traffic = parmagic.pmap(time.sleep, [0.002] * 10, backend="thread", workers=2).traffic

    assert traffic.waits >= 10
