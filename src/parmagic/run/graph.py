"""Items that wait for the values of earlier tasks: a graph, given out as it unfolds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parmagic.measure.records import Records
from parmagic.measure.task import PENDING
from parmagic.plan.work import Later
from parmagic.run.items import Items


class Graph(Items):
    """Items in their order, except that each waits for the tasks whose values it needs."""

    def __init__(
        self,
        source: Sequence[Any],
        later: Mapping[int, Later],
        records: Records,
        fail: Callable[[int, BaseException], None],
    ) -> None:
        super().__init__(iter(()))
        self.total = len(source)
        self._source = source
        self._later = later
        self._records = records
        self._fail = fail
        self._waiting = list(range(len(source)))

    def take_ready(self, wanted: Callable[[int], bool]) -> tuple[int, Sequence[Any]]:
        """Take the first task that is wanted and has all it needs; no item if none is ready."""
        for task in list(self._waiting):
            if not wanted(task):
                break  # nor is any after it
            later = self._later.get(task)
            if later is not None and not all(map(self._has_value, later.needs)):
                continue
            self._waiting.remove(task)
            self.taken += 1
            try:
                item = self._source[task] if later is None else later.make(self._records.values)
            except Exception as error:  # noqa: BLE001 - making arguments runs the user's code
                self._fail(task, error)
                continue
            return task, (item,)
        return 0, ()

    def _has_value(self, task: int) -> bool:
        values = self._records.values
        done = task < len(values) and values[task] is not PENDING
        return done and task not in self._records.errors
