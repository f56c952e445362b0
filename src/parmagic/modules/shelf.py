"""Keeps the file of the last run's large data, because it is probably wanted again.

Filling a file in memory for the first time takes far longer than filling it again; and where the
data are still the same, it need not be filled at all.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence

from parmagic.modules.buffers import Collector, Parcel, discard, parcel_of, same, write

_last: Parcel | None = None
_borrowers: weakref.WeakSet[object] = weakref.WeakSet()  # packages that use the last parcel


def put(data: bytes, collector: Collector, folders: Sequence[str]) -> Parcel:
    """Make a parcel of a package's data, in the file of the last one if that fits and is free."""
    global _last
    last = _last
    fits = last is not None and bool(last.path) and last.spans == collector.spans
    if last is not None and fits and os.path.exists(last.path):  # noqa: PTH110 - a quick look
        if same(last, collector.views):
            return last._replace(pickle=data)
        if not _borrowers:
            descriptor = os.open(last.path, os.O_RDWR)
            try:
                write(descriptor, collector.views, last.spans)
            finally:
                os.close(descriptor)
            _last = last._replace(pickle=data, version=last.version + 1)
            return _last
    if last is not None and not _borrowers:
        discard(last)
    _last = parcel_of(data, collector, folders)
    return _last


def lend(package: object, parcel: Parcel) -> None:
    """Note that a package uses a parcel: its file is neither changed nor removed meanwhile."""
    if parcel.path:
        if _last is not None and _last.path == parcel.path:
            _borrowers.add(package)
        weakref.finalize(package, _give_back, parcel)


def _give_back(parcel: Parcel) -> None:
    if _last is None or _last.path != parcel.path:
        discard(parcel)
