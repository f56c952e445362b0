"""Tracebacks without the frames that ran the task: what is left is what a plain loop would show."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from parmagic.run.workers.failure import Frame, traceback_of

PACKAGE = str(Path(__file__).parents[2]) + os.sep  # what the names of our own files begin with


def without_ours(traceback: TracebackType | None, outer: Frame | None) -> TracebackType | None:
    """Drop the frames of parmagic's own files that a traceback begins with.

    `outer`, if given, is put before the rest: the statement of a cell that is the task.
    """
    while traceback and traceback.tb_frame.f_code.co_filename.startswith(PACKAGE):
        traceback = traceback.tb_next
    first = traceback_of([outer]) if outer else None
    if first is None:
        return traceback
    return TracebackType(traceback, first.tb_frame, first.tb_lasti, first.tb_lineno)


def with_none_of_ours(traceback: TracebackType | None) -> TracebackType | None:
    """Drop all frames of parmagic's own files, wherever they stand."""
    kept = list[TracebackType]()
    while traceback is not None:
        if not traceback.tb_frame.f_code.co_filename.startswith(PACKAGE):
            kept.append(traceback)
        traceback = traceback.tb_next
    found = None
    for one in reversed(kept):
        found = TracebackType(found, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return found
