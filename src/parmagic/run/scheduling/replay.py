"""Shows what tasks warn of and log in workers, as if they did it in the notebook."""

from __future__ import annotations

import builtins
import contextlib
import os
import pickle
import sys
import traceback
import warnings
from typing import Any

from parmagic.here import PACKAGE
from parmagic.main import MAINS
from parmagic.run.job import Job
from parmagic.run.origin import Origin
from parmagic.run.workers.failure import put_together
from parmagic.run.workers.frames import Frame
from parmagic.run.workers.hooks import MOST, Logged, Record, Warned
from parmagic.run.workers.output import Lines, caught


class Replay:
    """Gives the records of one run to the notebook's filters, loggers and handlers."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._left = MOST

    def take(self, task: int, record: Record, origin: Origin) -> None:
        """Show what a task warned of or logged; of a flood, only the beginning."""
        self._left -= 1
        if isinstance(record, int) or self._left < 0:
            self._job.screen.withheld += record if isinstance(record, int) else 1
            return
        self._job.screen.look_away()  # handlers and filters write where they like
        lines = Lines(task, self._job.emit)  # what is printed now is the task's
        with caught(lambda: lines):
            try:
                if isinstance(record, Warned):
                    self._warn(task, record, origin)
                else:
                    _log(record, origin)
            except Exception:  # noqa: BLE001 - a filter of the user's: the run must not end by it
                traceback.print_exc()
        lines.finish()

    def _warn(self, task: int, warned: Warned, origin: Origin) -> None:
        place = self._place(task, warned, origin)
        own = origin.find(warned.filename, warned.line) or place.filename != warned.filename
        module = sys.modules.get("__main__" if own else _module_of(warned.filename))
        name, _ = os.path.splitext(os.path.basename(warned.filename))  # noqa: PTH119, PTH122
        registry = {} if module is None else vars(module).setdefault("__warningregistry__", {})
        warning = _warning(warned)
        try:
            warnings.warn_explicit(
                message=warning,
                category=type(warning),
                filename=place.filename,
                lineno=place.line,
                module=module.__name__ if module else name,  # of none, nothing would be shown
                registry=registry,
            )
        except Warning:  # the notebook makes errors of them: too late for a task that has gone on
            warnings.showwarning(warning, type(warning), place.filename, place.line)

    def _place(self, task: int, warned: Warned, origin: Origin) -> Frame:
        """Say which line warned: of a cell; or of a library, as the worker says it."""
        entry = Frame(*self._job.packer.place)
        outer = self._job.outer(task) or entry
        if warned.filename.startswith(PACKAGE):  # `stacklevel` led out of the task: to who asked
            return outer
        found = origin(Frame(warned.filename, warned.line, first=warned.line))
        if found is None or (found.filename, found.line) == (entry.filename, entry.line):
            return outer  # the task's own code, which calls functions from several lines of a cell
        return found


def _warning(warned: Warned) -> Warning:
    with contextlib.suppress(Exception):
        found = pickle.loads(warned.pickled or b"")
        if isinstance(found, Warning):
            return found
    made = getattr(builtins, warned.base)(warned.text)
    return made if isinstance(made, Warning) else UserWarning(warned.text)


def _module_of(filename: str) -> str:
    """Find the module that this process loaded from a file: filters go by its name."""
    for name, module in list(sys.modules.items()):
        if getattr(module, "__file__", None) == filename and name not in MAINS:
            return name
    return ""


def _log(logged: Logged, origin: Origin) -> None:
    import logging

    attributes: dict[str, Any] = dict(logged.plain)
    for name, data in logged.pickled.items():
        with contextlib.suppress(Exception):
            attributes[name] = pickle.loads(data)
    record = logging.makeLogRecord(attributes)
    frame = Frame(record.pathname, record.lineno, record.funcName or "", record.lineno)
    place = origin(frame)
    if place is not None and origin.find(record.pathname, record.lineno):
        record.pathname, record.lineno = place.filename, place.line
        record.filename = os.path.basename(place.filename)  # noqa: PTH119 - as logging does it
        record.module = os.path.splitext(record.filename)[0]  # noqa: PTH122 - as above
        record.funcName = place.function
    if logged.links:
        error = put_together(logged.links, origin)
        record.exc_info = type(error), error, error.__traceback__
    logger = logging.getLogger(record.name)
    if logger.isEnabledFor(record.levelno):
        logger.handle(record)
