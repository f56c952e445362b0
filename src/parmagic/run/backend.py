"""What a backend is, and the table of those there are."""

from __future__ import annotations

import importlib
import sys
from concurrent import futures
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, cast

from parmagic.run import clients
from parmagic.run.interrupt import held

if TYPE_CHECKING:
    from parmagic.run.job import Job

# An interpreter must have a GIL of its own, and be talked to through a file number.
INTERPRETERS = sys.version_info >= (3, 14) and sys.platform != "win32"
PROCESSES = ("process", "pool")  # those whose workers can be ended
# Those whose workers import module files.
IMPORTING = (*PROCESSES, *(("interpreter",) if INTERPRETERS else ()))
BACKENDS = ("serial", "thread", *IMPORTING)  # whose workers are ours: these are always to be had
DASK = "dask"  # the workers of the client that is open
NAMES = (*BACKENDS, DASK)
DEFAULT = "pool"
EXECUTOR, THREADS = "executor", "thread executor"  # what a run on one of the user's is called
HIRED = (EXECUTOR, THREADS, DASK)  # those whose workers are the user's
# Those whose tasks are sent to where only module files say what they need.
SENDING = (*IMPORTING, EXECUTOR, DASK)
INSIDE = ("serial", "thread", THREADS)  # those whose tasks share the notebook's own objects
AUTO = "auto"  # the one that a forecast chooses
CHOICES = (*NAMES, AUTO)


def missing(name: str) -> str:
    """Say why a backend that others have is missing here; empty if it is not missing."""
    if name == DASK:
        return clients.missing()
    if name != "interpreter" or INTERPRETERS:
        return ""
    import platform  # here: it takes longer to import than this file

    here = f"this is {platform.python_version()} on {platform.system()}"
    where = " and another system than Windows" if sys.platform == "win32" else ""
    return f"`{name}` needs Python 3.14 or newer{where}: {here}; use `pool`"


class Backend(Protocol):
    """Something that runs the tasks of a job; one file of this folder each."""

    def run(self, job: Job, workers: int) -> None:
        """Run tasks until the job has no more to give, and record each in `job.records`.

        A task's exception is recorded, not raised. KeyboardInterrupt is raised, with nothing
        left running and everything finished recorded.
        """


def chosen(backend: object) -> tuple[Any, Executor | None]:
    """Return the name of the backend that was asked for, and the executor if it is one."""
    executor = executor_of(backend)
    return (backend, None) if executor is None else (name_of(executor), executor)


def is_executor(value: object) -> bool:
    """Tell whether a value is an executor, or a client of dask's, which gives one."""
    return isinstance(value, Executor) or clients.is_client(value)


def executor_of(value: object) -> Executor | None:
    """Return the executor that a value is, or that a client of dask's gives; else None.

    No other object is asked: it might do anything.
    """
    if isinstance(value, Executor):
        return value
    return clients.executor_of(value) if clients.is_client(value) else None


def name_of(executor: Executor) -> str:
    """Return what a run on an executor is called."""
    if clients.gives(executor):
        return DASK
    interpreters = getattr(futures, "InterpreterPoolExecutor", ())  # since Python 3.14
    if isinstance(executor, interpreters):  # a ThreadPoolExecutor, too
        return EXECUTOR
    return THREADS if isinstance(executor, ThreadPoolExecutor) else EXECUTOR


def size_of(executor: Executor) -> int | None:
    """Return how many workers an executor has, if it says so."""
    size = getattr(executor, "_max_workers", None)
    return size if isinstance(size, int) and size > 0 else None


@cache
def find(name: str) -> Backend:
    """Return the backend of this name; its file is imported only now."""
    name = EXECUTOR if name in HIRED else name
    with held():  # an import that is interrupted can leave a module locked for ever
        return cast("Backend", importlib.import_module(f"parmagic.run.backends.{name}"))
