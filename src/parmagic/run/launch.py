"""Starts worker processes: spawned, or forked by a server of our own, never by the kernel."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing import process
from typing import Any

from parmagic.run.interrupt import held

_lock = threading.Lock()


def methods() -> tuple[str, ...]:
    """List the ways to start a worker on this platform, the best first."""
    if sys.platform == "win32":
        return ("spawn",)
    # As in CPython: on macOS system libraries start threads that a fork does not survive.
    return ("spawn", "forkserver") if sys.platform == "darwin" else ("forkserver", "spawn")


def start(method: str, target: Callable[..., None], *args: Any) -> process.BaseProcess:
    """Start `target(*args)` in a new process by `method`, one of `methods()`, and return it."""
    # Not daemons: a task may start processes of its own.
    worker: process.BaseProcess
    if method == "forkserver":
        from parmagic.run.server import ServedProcess

        worker = ServedProcess(target=target, args=args, daemon=False)
    else:
        worker = multiprocessing.get_context("spawn").Process(
            target=target, args=args, daemon=False
        )
    with _lock, held(), _main_module_hidden(), _start_method_undecided():
        worker.start()
    return worker


def begin(method: str | None = None) -> None:
    """Start what starts workers by `method`, or by the usual one, before they are needed."""
    if (method or usual_method()) == "forkserver":
        from parmagic.run import server

        with _lock, held(), _main_module_hidden(), _start_method_undecided():
            server.begin()


def usual_method() -> str:
    """Return the start method that the user chose for multiprocessing, if it will do, or ours."""
    chosen = multiprocessing.get_start_method(allow_none=True)
    return chosen if chosen in methods() else methods()[0]


def stop_server() -> None:
    """End the fork server, if there is one; the workers it started must have ended before."""
    server = sys.modules.get("parmagic.run.server")
    if server is not None:
        with _lock:
            server.stop()


@contextlib.contextmanager
def _main_module_hidden() -> Iterator[None]:
    """Keep a new process from running the user's script or notebook file as its main module.

    multiprocessing tells it to if `__main__` has a file or a spec; a worker needs neither.
    """
    main = vars(sys.modules["__main__"])
    hidden = {name: main[name] for name in ("__file__", "__spec__") if main.get(name) is not None}
    try:
        for name in hidden:
            main[name] = None
        yield
    finally:
        main.update(hidden)


@contextlib.contextmanager
def _start_method_undecided() -> Iterator[None]:
    """Leave the user's choice of a start method open if it is: starting a process settles it."""
    undecided = multiprocessing.get_start_method(allow_none=True) is None
    try:
        yield
    finally:
        if undecided:
            multiprocessing.set_start_method(None, force=True)
