"""Keeps the file of the last run's large data, because it is probably wanted again.

Filling a file in memory for the first time takes far longer than filling it again; and where the
data are still the same, it need not be filled at all.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from collections.abc import Sequence

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
lock = threading.RLock()
_last: Parcel | None = None
_views: list[memoryview] = []  # of its file, once it has been used again
_borrowers: weakref.WeakSet[object] = weakref.WeakSet()  # packages that use the last parcel


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
            if not _lent():
                copy(_views, collector.views)
                _last = last._replace(pickle=data, version=last.version + 1)
                return _last
        _last = None  # first: who gives the last one back from now on removes its file
        if last is not None and not _lent():
            discard(last)
        _borrowers.clear()
        _views.clear()
        _last = parcel_of(data, collector, folders)
        return _last


def _lent() -> bool:
    """Tell whether a package uses the last parcel: a weak set may also count some that do not."""
    return any(True for _ in _borrowers)


def _fits(last: Parcel, collector: Collector) -> bool:
    fits = bool(last.path) and last.spans == collector.spans
    return fits and os.path.exists(last.path)  # noqa: PTH110 - a quick look


def lend(package: object, parcel: Parcel) -> None:
    """Note that a package uses a parcel: its file is neither changed nor removed meanwhile."""
    if parcel.path:
        with lock:
            if _last is not None and _last.path == parcel.path:
                _borrowers.add(package)
        weakref.finalize(package, _give_back, parcel)


def forget() -> None:
    """Let go of the file, which has been removed."""
    global _last
    with lock:
        _last = None
        _views.clear()
        _borrowers.clear()


def _give_back(parcel: Parcel) -> None:
    if _last is None or _last.path != parcel.path:
        discard(parcel)
