"""`enqueue`: a running task adds another one to the queue of its run.

A worker imports this file; it imports nothing that a worker has not imported already.
"""

from __future__ import annotations

import os
import reprlib
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from multiprocessing.process import parent_process
from typing import Any, NamedTuple, NoReturn

from parmagic.errors import QueueError
from parmagic.here import here
from parmagic.run.workers.raised import around
from parmagic.short import Short

NO_QUEUE = (
    "there is no queue to add to: call `enqueue` in a task of `%pmap --queue`, "
    "`%%parallel --queue` or `pmap(..., queue=True)`"
)
_OTHER_THREAD = (
    "there is no queue to add to in this thread: call `enqueue` in the thread that runs the task, "
    "while it runs, or use `--backend pool`, where threads that the task has started may call it"
)
_LONGEST = 80  # characters of a label


class Call(NamedTuple):
    """What was enqueued: a function and its arguments."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def run(self) -> Any:
        """Call the function."""
        return self.function(*self.args, **self.kwargs)

    @property
    def label(self) -> str:
        """The call in a few words."""
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return call_label(name, self.args, self.kwargs)


def call_label(name: str, args: Iterable[Any], kwargs: Mapping[str, Any]) -> str:
    """Write a call in a few words, such as `visit('/a', depth=2)`."""
    given = [*map(_brief, args), *(f"{key}={_brief(one)}" for key, one in kwargs.items())]
    text = f"{name}({', '.join(given)})"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]}...)"


Put = Callable[[Call], None]

_here: ContextVar[Put | None] = ContextVar("parmagic_queue", default=None)
_everywhere: Put | None = None  # in a worker process: also in threads that a task starts
_process = 0  # the one that these are of: a process that a task forks has copies


def enqueue(function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    """Add the task `function(*args, **kwargs)` to the queue of the run that this task belongs to.

    The run ends when the queue is empty. Its values are those of the items first, then those of
    what was enqueued, in the order in which it was. The new task may begin at once, in another
    worker. On processes, its function and arguments must be picklable, as those of any task.

    If a task is tried again, its n-th call of `enqueue` counts only once. On `serial` and `thread`
    the thread of the task itself must call it; elsewhere others that it starts may, while it runs.

    Raises:
        QueueError: No task of a run with a queue is running here.
        TypeError: `function` cannot be called.
        TravelError: The call cannot be sent to another process.

    """
    with here():
        if not callable(function):
            raise TypeError(
                f"enqueue takes a function, then its arguments, as in `enqueue(visit, url)`: "
                f"{reprlib.repr(function)} cannot be called"
            )
        put = _here.get() or _everywhere or _refuse_here
        if os.getpid() != _process and put not in (refuse, refuse_late, _refuse_here):
            put = _refuse_elsewhere
        put(Call(function, args, kwargs))


@around
def adding(put: Put) -> Iterator[None]:
    """Give what this thread enqueues meanwhile to `put`."""
    global _process
    _process = os.getpid()
    token = _here.set(put)
    yield
    _here.reset(token)


def refuse(call: Call) -> None:
    """Refuse what a task of a run without a queue enqueues, even inside of a run with one."""
    raise QueueError(f"`{call.label}` cannot be enqueued: {NO_QUEUE}")


def refuse_late(call: Call) -> NoReturn:
    """Refuse what a thread enqueues after its task has ended."""
    raise QueueError(f"`{call.label}` cannot be enqueued: its task has ended")


def _refuse_here(call: Call) -> None:
    """Refuse what is enqueued where no run is known: in the notebook, or a thread of a task."""
    worker = sys.modules.get("parmagic.run.workers.worker")
    if parent_process() is not None and not getattr(worker, "inside", False):
        _refuse_elsewhere(call)
    if threading.current_thread() is threading.main_thread():
        refuse(call)
    raise QueueError(f"`{call.label}` cannot be enqueued: {_OTHER_THREAD}")


def add_everywhere(put: Put) -> None:
    """Give what any thread of this process enqueues from now on to `put`."""
    global _everywhere, _process
    _everywhere, _process = put, os.getpid()


def _refuse_elsewhere(call: Call) -> None:
    """Refuse what is enqueued by a process that a task has started: nobody would take it."""
    raise QueueError(
        f"`{call.label}` cannot be enqueued here: call `enqueue` in the task itself; a process "
        "that it has started may return what is to be enqueued"
    )


class _Brief(Short):
    """A repr of a few characters, which never asks an object of another library for its own."""

    def repr_instance(self, x: Any, level: int) -> str:  # noqa: ARG002 - overrides
        """Say what kind of thing it is: the repr of a large table takes longer than many a task."""
        if x is None or isinstance(x, bool | float | complex | bytes):
            return repr(x)[: self.maxstring]
        return f"<{type(x).__name__}>"


_brief_repr = _Brief(40, items=3)
_brief_repr.maxlevel = 2
_brief = _brief_repr.repr
