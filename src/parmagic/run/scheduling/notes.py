"""Remarks on the code and the data that workers are given, each once in a run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parmagic.modules.notable.unreturned import unreturned
from parmagic.modules.package import Package
from parmagic.modules.replaced import said, way_to
from parmagic.run.job import Job


class Notes:
    """The remarks on what one run's workers are given."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told: set[type] = set()  # classes that were defined again
        self._looked = False  # whether it has looked at an item

    def begin(self, package: Package, workers: int) -> None:
        """Remark on the code and the data of a run that is about to begin."""
        for remark in package.remarks(workers):
            self._job.remark(remark)
        self.tell(package)

    def tell(self, package: Package, first: int = 0, items: Sequence[Any] = ()) -> None:
        """Remark on instances, in data and in these items, of a class that was defined again.

        And, once, on items that tasks change in vain. `first` is the index of the first item.
        """
        if len(items) and not self._looked:
            self._looked = True
            if lost := unreturned(package.text, items[0]):
                self._job.remark(lost)
        for kind, (now, there) in package.replaced.items():
            text = there or self._in_items(kind, now, first, items)
            if text and kind not in self._told:
                self._told.add(kind)
                self._job.remark(text)

    def _in_items(self, kind: type, now: type, first: int, items: Sequence[Any]) -> str:
        labels = self._job.records.labels
        for number, item in enumerate(items, first):
            known = self._job.known(item)
            way = None if kind in self._told else way_to(known, "item", kind)
            if way and labels:
                return said(f"an argument of the task `{labels[number]}`", kind, now)
            if way:
                what = f"item {number}" if way == "item" else f"`{way}` of item {number}"
                return said(what, kind, now)
        return ""
