"""Gives work to an executor of the user's, and says what it means if that fails."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Executor, Future
from typing import Any

from parmagic.errors import PlanError, WorkerDied


def submit(executor: Executor, work: Callable[..., Any], *args: Any) -> Future[Any]:
    """Have an executor call `work`.

    Raises:
        WorkerDied: It has failed before.
        PlanError: It takes no work, as one that was shut down.

    """
    try:
        return executor.submit(work, *args)
    except futures.BrokenExecutor as error:
        raise broken(error) from None
    except Exception as error:  # noqa: BLE001 - dask has errors of its own for this
        raise PlanError(f"the executor takes no tasks ({_brief(error)}): make a new one") from None


def broken(error: BaseException) -> WorkerDied:
    """Make the error for an executor that has failed by `error`."""
    remedy = "make a new one; " if isinstance(error, futures.BrokenExecutor) else ""
    return WorkerDied(
        f"the executor has failed ({_brief(error)}): {remedy}if a task ends its process, "
        "`-b pool` says which, and goes on without it"
    )


def _brief(error: BaseException) -> str:
    """Return the first sentence of what an exception says."""
    text, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {text.split('. ')[0].rstrip('.')}"
