"""Runs the coroutine that a task of an `async def` returns, wherever the task runs."""

from __future__ import annotations

import _thread
import contextvars
import sys
import threading
from collections.abc import Callable, Iterable
from types import CoroutineType
from typing import Any

from parmagic.here import without_first
from parmagic.run.workers.raised import set_traceback


def finish(value: Any) -> Any:
    """Run `value` to its end if it is a coroutine, and return what it returns; else `value`."""
    if type(value) is not CoroutineType:
        return value
    import asyncio  # most tasks do not need it

    try:
        if asyncio._get_running_loop() is None:  # noqa: SLF001 - the public one raises
            return asyncio.run(value)
        return _Helper(value).result()
    except BaseException as error:
        loop = str(sys.modules["asyncio"].__file__).rpartition("__init__")[0]
        # Its traceback begins with the event loop, and what runs that.
        set_traceback(error, without_first(error.__traceback__, __file__, threading.__file__, loop))
        raise


def finish_each(
    task: Callable[..., Any], items: Iterable[Any], values: list[Any], *, spread: bool
) -> None:
    """Run a task for each item, and append what it returns to `values`.

    A plain loop, with no second pass over the values: tasks may be as short as can be.
    """
    if spread:
        for item in items:
            value = task(*item)
            values.append(finish(value) if type(value) is CoroutineType else value)
    else:
        for item in items:
            value = task(item)
            values.append(finish(value) if type(value) is CoroutineType else value)


def acts_for() -> int:
    """Return the thread for which this one runs a coroutine: itself, as a rule."""
    current = threading.current_thread()
    return current.caller if isinstance(current, _Helper) else threading.get_ident()


class _Helper(threading.Thread):
    """Runs a coroutine for a thread whose own event loop is running, as that of a kernel."""

    def __init__(self, coroutine: CoroutineType[Any, Any, Any]) -> None:
        # An interpreter may have no daemons.
        super().__init__(daemon=getattr(_thread, "daemon_threads_allowed", lambda: True)())
        self.caller = threading.get_ident()
        self._coroutine = coroutine
        self._variables = contextvars.copy_context()  # a thread has a `_context` of its own
        self._value: Any = None
        self._error: BaseException | None = None
        self._cancel: Callable[[], object] = coroutine.close
        self._over = threading.Event()  # `join` does not always wait again after an interrupt

    def run(self) -> None:
        """Run the coroutine in an event loop of its own."""
        self._variables.run(self._run)

    def _run(self) -> None:
        import asyncio

        async def body() -> Any:
            loop, task = asyncio.get_running_loop(), asyncio.current_task()
            assert task is not None  # noqa: S101 - for mypy: this is one
            self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
            return await self._coroutine

        try:
            self._value = asyncio.run(body())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error = error
        finally:
            self._over.set()

    def result(self) -> Any:
        """Wait for the end; an interrupt cancels the coroutine."""
        try:
            self.start()
            self._over.wait()
        except KeyboardInterrupt:
            self._cancel()
            self._over.wait()
            raise
        if self._error is not None:
            raise self._error
        return self._value
