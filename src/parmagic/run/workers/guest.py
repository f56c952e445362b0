"""What a worker in an interpreter of its own does. The process is that of the notebook.

So what belongs to the whole process is left alone: folder, environment, signals, file numbers.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import socket
import threading
import time
import warnings
from multiprocessing.connection import Connection

from parmagic.errors import TravelError
from parmagic.run.workers import worker
from parmagic.run.workers.raised import add_note
from parmagic.run.workers.surroundings import Surroundings, follow
from parmagic.run.workers.usage import pages_of_thread

_REFUSED = re.compile(r"module (\S+) does not support loading in subinterpreters")
_DEEP = 20  # exceptions of a chain that are looked at


class Stopped(SystemExit):
    """The notebook has no use any more for what runs."""


class Guest(worker.Worker):
    """A worker that shares its process with the notebook, and with others."""

    # Those of the process are everybody's.
    cpu = staticmethod(time.thread_time)
    pages = staticmethod(pages_of_thread)

    def follow(self, there: Surroundings, before: Surroundings | None) -> None:
        """Follow the notebook in what is this interpreter's alone."""
        follow(there, before, shared=True)

    def told(self, error: BaseException, *, running: bool) -> BaseException:
        """Say what to do where a module cannot be imported here."""
        name = refused(error)
        if name is None:
            return super().told(error, running=running)
        message = cannot_be_loaded(name)
        if not running:
            return TravelError(message)
        add_note(error, message)
        return error


def serve(connection: int, control: int, folders: list[str]) -> None:
    """Run what comes through `connection` until it says stop; what runs is stopped by `control`.

    Both are file numbers, which the caller closes.
    """
    worker.inside = True
    ear, over = socket.socket(fileno=control), threading.Event()
    args = ear, over, threading.get_ident()
    watch = threading.Thread(target=_stop_when_told, args=args)
    watch.start()
    try:
        with Connection(os.dup(connection)) as line:
            Guest(line, folders).work()
    finally:
        over.set()
        ear.shutdown(socket.SHUT_RDWR)
        watch.join()
        ear.detach()
        # Python 3.14 never frees the memory of an interpreter that ends with a filter that has a
        # pattern, as a kernel's have.
        warnings.resetwarnings()
        warnings.simplefilter("ignore")


def _stop_when_told(ear: socket.socket, over: threading.Event, worker_thread: int) -> None:
    """Raise an exception in the other threads of this interpreter when the notebook says so."""
    ear.recv(1)
    if over.is_set():
        return
    import ctypes  # hardly any worker is ever stopped

    others = {thread.ident for thread in threading.enumerate()} - {threading.get_ident(), None}
    for thread in {worker_thread, *others}:
        # SystemExit itself ends a thread silently, but not an exception derived from it.
        error = Stopped if thread == worker_thread else SystemExit
        number = ctypes.c_ulong(thread or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(number, ctypes.py_object(error))


class Refused(Exception):  # noqa: N818 - it carries the name of a module
    """A module cannot be loaded by an interpreter beside the notebook's own."""


def attempt(modules: tuple[str, ...]) -> None:
    """Import modules silently; raise `Refused` at the first that cannot be loaded here."""
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,  # noqa: PTH123 - slow to import
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        for module in modules:
            try:
                importlib.import_module(module)
            except Exception as error:  # noqa: BLE001 - what else is wrong, the tasks will say
                if name := refused(error):
                    raise Refused(name) from None


def refused(error: BaseException | None) -> str | None:
    """Return the module that cannot be loaded by an interpreter, if that is behind an exception."""
    for _ in range(_DEEP):
        if error is None:
            break
        found = _REFUSED.search(str(error)) if isinstance(error, ImportError) else None
        if found:
            return found[1]
        error = error.__cause__ or error.__context__
    return None


def cannot_be_loaded(module: str) -> str:
    """Say what to do about a module that only the notebook's own interpreter can load."""
    package = module.partition(".")[0]
    part = "" if package == module else f" (because of {module})"
    return (
        f"`{package}` cannot be imported by an interpreter beside the notebook's own{part}: "
        "use `-b pool`"
    )
