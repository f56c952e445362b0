"""What the notebook knows of the packages that one worker has loaded.

    a package that is new to the worker     is sent, and loaded before its first task
    one without data                        is sent once, and kept; so is its code
    one with data                           is kept, but its data are sent anew for each run:
                                            tasks of the run before may have changed them
    one with other large buffers            is forgotten: their file is gone, or filled anew
    many packages, or many bytes of data    the oldest of the others are forgotten
    one that an edit brings back            is forgotten, and loaded anew

The worker's end of this is `loader`. A package is named by its key: the path of its module file,
the contents of its data, and the file of its large buffers.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from parmagic.modules.package import Package

KEPT = 8  # packages that are kept, as for cells that are run again and again
CALLS = 64  # kinds of tasks whose last module file is known
KEPT_BYTES = 2_000_000  # of pickled data in all but the last; the objects take many times as much


class _Data(NamedTuple):
    """What a package has beside its code."""

    buffers: tuple[str, int]  # the file of the large ones, and which contents of it; or ""
    size: int  # bytes of the pickle


class Inventory:
    """The packages that a worker has, or will have before it comes to its last chunk."""

    def __init__(self) -> None:
        self._data: dict[str, _Data] = {}  # by key, the oldest first
        self._latest: dict[str, Path] = {}  # by what runs a task: the module file of the last run

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def is_edited(self, package: Package) -> bool:
        """Tell whether the same call had another module file in the last run here."""
        entry = package.text.entry
        before = self._latest.pop(entry, package.path)
        self._latest[entry] = package.path
        if len(self._latest) > CALLS:
            del self._latest[next(iter(self._latest))]
        return before is not package.path and before != package.path

    def add(self, package: Package, *, edited: bool = False) -> list[str]:
        """Note that the worker is given a package; return what it is to forget before.

        An `edited` package that it still has is among that: earlier tasks may have changed it.
        """
        data = package.data
        new = _Data((data.path, data.version), len(data.pickle) + sum(map(len, data.inside)))
        old = self._data.pop(package.key, None)
        forgotten = [package.key] if edited and old is not None else []
        forgotten += [key for key, one in self._data.items() if _replaced(one, new)]
        kept = {key: one for key, one in self._data.items() if key not in forgotten}
        size = sum(one.size for one in kept.values())
        for key, one in list(kept.items()):
            many = len(kept) >= KEPT
            if many or (size > KEPT_BYTES and one.size):
                forgotten.append(key)
                size -= kept.pop(key).size
        self._data = {**kept, package.key: new}
        return forgotten


def _replaced(one: _Data, new: _Data) -> bool:
    """Tell whether the large buffers of a package are not there any more."""
    return bool(one.buffers[0] and new.buffers[0]) and one.buffers != new.buffers
