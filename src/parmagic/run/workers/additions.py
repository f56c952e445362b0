"""What running tasks add to the queue of their run, on its way from a worker to the notebook."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from functools import partial

from parmagic.errors import TravelError
from parmagic.run.workers.enqueue import Call, add_everywhere, refuse_late
from parmagic.run.workers.values import dumped, wrap_named


class Additions:
    """Sends what tasks enqueue, also from threads that they start; thread-safe."""

    def __init__(self, send: Callable[..., None]) -> None:
        self._send = send
        self._lock = threading.Lock()
        self._numbers: Iterator[int] | None = None  # of what the task that runs adds, from 0

    def begin(self, task: int) -> None:
        """Send what this process enqueues from now on, on behalf of a task that is about to run."""
        self._numbers = itertools.count()
        add_everywhere(partial(self._put, task, self._numbers))

    def end(self) -> None:
        """Refuse what is enqueued from now on: the task has ended."""
        add_everywhere(refuse_late)
        with self._lock:
            self._numbers = None

    def _put(self, task: int, numbers: Iterator[int], call: Call) -> None:
        try:
            # Without files, which the first worker would remove: the call may have to be run again.
            payload = wrap_named([call], ())
        except Exception as error:
            raise _not_enqueued(call) from error
        with self._lock:
            if self._numbers is not numbers:  # it took long to pickle
                refuse_late(call)
            self._send("enqueue", task, next(numbers), call.label, tuple(payload))


def _not_enqueued(call: Call) -> TravelError:
    """Make the error for a call that cannot be sent to the worker that would run it."""
    from parmagic.modules.values.culprit import OR_THREAD, blame

    what, name = (call, "call") if _can_be_sent(call.function) else (call.function, call.label)
    because = blame(what, name, lambda part: dumped([part]))
    return TravelError(
        f"`{call.label}` cannot be enqueued {because}: it is sent to another process, so give it "
        f"what can be pickled{OR_THREAD}"
    )


def _can_be_sent(value: object) -> bool:
    try:
        dumped([value])
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        return False
    return True
