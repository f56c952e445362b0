"""Keeps the file of the last run's large data, because it is probably wanted again.

Filling a file in memory for the first time takes far longer than filling it again; and where the
data are still the same, it need not be filled at all.
"""

from __future__ import annotations

import itertools
import mmap
import os
import sys
import threading
import weakref
from collections.abc import Sequence

from parmagic.modules.lock import own
from parmagic.modules.values.buffers import (
    Collector,
    Parcel,
    copy,
    discard,
    parcel_of,
    same,
    views_of,
)

# Held by runs of several threads from `put` to `lend`; a finalizer may come at any time.
lock = own(threading.RLock())
_last: Parcel | None = None
_views: list[memoryview] = []  # of its file, once it has been used again
_lent: dict[int, str] = {}  # the files that packages use, each by a number
_numbers = itertools.count()


def put(data: bytes, collector: Collector, folders: Sequence[str]) -> Parcel:
    """Make a parcel of a package's data, in the file of the last one if that fits and is free.

    Who calls it holds `lock` until the parcel is lent.
    """
    global _last
    with lock:
        last = _last
        if last is not None and _fits(last, collector):
            if not _views:
                _views.extend(views_of(last, mmap.ACCESS_WRITE))
            if same(_views, collector.views):
                return last._replace(pickle=data)
            if not _is_lent(last):
                _last = last = last._replace(pickle=data, version=last.version + 1)
                copy(_views, collector.views)
                return last
        _last = None  # first of all: whoever gives the last one back now removes its file
        if last is not None and not _is_lent(last):
            discard(last)
        _views.clear()
        _last = parcel_of(data, collector, folders)
        return _last


def _is_lent(parcel: Parcel) -> bool:
    # A copy is made in one step: a finalizer has no lock.
    return parcel.path in list(_lent.values())


def _fits(last: Parcel, collector: Collector) -> bool:
    fits = bool(last.path) and last.spans == collector.spans
    return fits and os.path.exists(last.path)  # noqa: PTH110 - a quick look


def lend(package: object, parcel: Parcel) -> None:
    """Note that a package uses a parcel: its file is neither changed nor removed meanwhile."""
    if parcel.path:
        number = next(_numbers)
        _lent[number] = parcel.path
        weakref.finalize(package, _give_back, number, parcel, os.getpid())


def forget() -> None:
    """Let go of the file, which has been removed; or is its parent's, in a process just forked."""
    global _last
    with lock:
        _last = None
        _views.clear()


def _give_back(number: int, parcel: Parcel, owner: int) -> None:
    if owner != os.getpid():
        return  # of the process that this one was forked from
    del _lent[number]
    last = _last
    if (last is None or last.path != parcel.path) and not _is_lent(parcel):
        discard(parcel)


if sys.platform != "win32":
    os.register_at_fork(after_in_child=forget)
