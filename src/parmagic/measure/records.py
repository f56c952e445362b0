"""What backends write down while tasks run: the values in their places, and the clocks."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from parmagic.measure.spell import Spell
from parmagic.measure.task import PENDING, Task
from parmagic.measure.traffic import Passage, Stretch, Traffic

LOOKED_AT = 1000  # values whose sizes are asked for, at most: it takes half a millisecond
_SMALL = (int, float, bool, str, type(None))  # of these none is an array
PLACES = 10_000_000  # tasks that are given places ahead of need, reached or not: 80 MB


class Records:
    """The growing record of a run."""

    def __init__(self, begun: float, label: str) -> None:
        self.begun = begun  # perf_counter when the run began
        self.label = label
        self.labels: Sequence[str] = ()  # of each task, where they differ
        self.calls: dict[int, str] = {}  # the labels of items of a queue, like those enqueued
        self.enqueued: dict[int, tuple[int, str]] = {}  # by another task: that one, and its label
        self.values: list[Any] = []
        self.done = 0  # tasks that have ended
        self.errors: dict[int, BaseException] = {}
        self.input_error: BaseException | None = None
        self.printed: dict[int, list[str]] = {}
        self.cut: dict[int, tuple[int, float]] = {}  # under way at an interrupt: worker, start
        self.trying: set[int] = set()  # tasks that failed, and are to be run again
        self.retried = 0  # how often that was so
        # Of consecutive tasks, in the order they came back: the index of the first, how many there
        # are, their worker, and three clocks for each task, or three for all; two for a task whose
        # process was ended, as its processor time is not known.
        self.clocks: list[tuple[int, int, int, Sequence[float]]] = []
        # What passed to and from worker processes, by perf_counter.
        self.passages: list[Passage] = []
        self.moving: list[Stretch] = []
        self.reading: list[Stretch] = []
        self.delayed: list[float] = []  # seconds that each thread waited for a processor
        self.faults: list[int] = []  # pages of memory that each was given
        self.waits: list[int] = []  # how often each left its processor, to wait for something
        self.aside = 0.0  # processor seconds of other threads than the tasks'
        self.spent = 0.0  # processor seconds of this process, while a backend ran the tasks
        self.open = False  # whether it ended before all items were read: nobody knows how many
        self.guarded = False  # whether threads had a lock or the like, which all share
        self.reused = False  # whether a plain loop would have had some values from a cache
        self.needs = 0  # bytes
        self.threads = 0  # that a library may have in a worker process, the least; 0 without any
        self.memory = 0.0  # share in use, where this run's workers were a good part of it

    def label_of(self, task: int) -> str:
        """Return the code of a task."""
        if task in self.enqueued:
            return self.enqueued[task][1]
        return self.labels[task] if self.labels else self.calls.get(task, self.label)

    def reserve(self, total: int) -> None:
        """Make places for tasks that are about to be given out, `total` with those before."""
        more = total - len(self.values)
        if more > 0:
            self.values.extend([PENDING] * more)

    def finish(
        self, first: int, values: Sequence[Any], worker: int, clocks: Sequence[float]
    ) -> None:
        """Write down values in their places, and their clocks: started, finished, CPU seconds.

        `clocks` holds three numbers for each task; or three for all of them together.
        """
        self.values[first : first + len(values)] = values
        self.done += len(values)
        if self.trying:
            self.trying.difference_update(range(first, first + len(values)))
        self.clocks.append((first, len(values), worker, clocks))

    def fail(
        self, task: int, error: BaseException, worker: int = 0, clocks: Sequence[float] = ()
    ) -> None:
        """Write down the exception of a task in the place of its value."""
        self.errors[task] = error
        self.trying.discard(task)
        self.done += 1
        self.reserve(task + 1)
        self.values[task] = error
        if clocks:
            self.clocks.append((task, 1, worker, clocks))

    def tried(self, task: int, worker: int, clocks: Sequence[float]) -> None:
        """Write down that a task failed, and is to be run again."""
        self.trying.add(task)
        self.retried += 1
        if clocks:
            self.clocks.append((task, 1, worker, clocks))

    def moved_since(self, begun: float) -> None:
        """Note that the notebook moved data until now."""
        self.moving.append(Stretch(begun, time.perf_counter()))

    def print(self, task: int, text: str) -> None:
        """Keep what a task printed."""
        self.printed.setdefault(task, []).append(text)

    def traffic(self, *, unfolds: bool, inside: bool = False) -> Traffic:
        """Return what passed, in seconds since the run began.

        With `inside`, tasks ran in threads of this process, which count no bytes.
        """
        return Traffic(
            tuple(self.passages),
            tuple(self.moving),
            tuple(self.reading),
            delayed=sum(self.delayed),
            needs=self.needs,
            unfolds=unfolds,
            aside=self.aside,
            spent=self.spent,
            kept=_bytes_of(self.values) if inside else 0,
            faults=sum(self.faults),
            waits=sum(self.waits),
            guarded=self.guarded,
            reused=self.reused,
        ).moved(-self.begun)

    def tasks(self) -> Tasks:
        """Return what was written down, one `Task` for each task."""
        return Tasks(self)


def _bytes_of(values: Sequence[Any]) -> int:
    """Count the bytes of values that are arrays or the like; of many by some of them."""
    step = 1 + len(values) // LOOKED_AT
    return step * sum(_size(one) for one in values[::step] if type(one) not in _SMALL)


def _size(value: object) -> int:
    try:
        return memoryview(value).nbytes  # type: ignore[arg-type]
    except Exception:  # noqa: BLE001 - most are none; a user's class may raise anything
        return 0


class Tasks(Sequence[Task]):
    """The tasks of a run, each made when it is asked for: there may be millions."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._count = len(records.values)  # now: the list of values goes to the user

    @cached_property
    def spells(self) -> list[Spell]:
        """What the clocks said, in the order of the tasks; several of one that was run again."""
        clocks, trying = self._records.clocks, self._records.trying
        ended = (entry for entry in clocks if entry[0] not in trying)
        found = [spell for entry in ended for spell in self._spells(*entry)]
        found.sort(key=lambda spell: spell.first)
        return found

    def _spells(
        self, first: int, count: int, worker: int, clocks: Sequence[float]
    ) -> Iterator[Spell]:
        begun = self._records.begun
        if len(clocks) != 3 * count:
            cpu = clocks[2] if len(clocks) > 2 else None
            yield Spell(worker, clocks[0] - begun, clocks[1] - begun, cpu, first, count)
            return
        for number in range(count):
            started, finished, cpu = clocks[3 * number : 3 * number + 3]
            yield Spell(worker, started - begun, finished - begun, cpu, first + number)

    @cached_property
    def _firsts(self) -> list[int]:
        return [spell.first for spell in self.spells]

    @property
    def errors(self) -> dict[int, BaseException]:
        """The exceptions of those that failed, by their indices."""
        return self._records.errors

    @cached_property
    def labels(self) -> Sequence[str]:
        """The code of each task."""
        records = self._records
        if records.calls or records.enqueued:
            return [*map(records.label_of, range(len(self)))]
        return records.labels or [records.label] * len(self)

    @property
    def cut(self) -> list[tuple[int, float, int]]:
        """Those that were under way as the run ended: worker, start, index."""
        begun, cut = self._records.begun, self._records.cut
        under_way = [number for number in sorted(cut) if self._spell(number) is None]
        return [(cut[number][0], cut[number][1] - begun, number) for number in under_way]

    @property
    def open(self) -> bool:
        """Whether more would have come, of unknown number."""
        return self._records.open

    @property
    def enqueued(self) -> bool:
        """Whether any was enqueued by another."""
        return bool(self._records.enqueued)

    def printed(self) -> list[Task]:
        """Return those that printed something: usually few."""
        return [self._task(number) for number in sorted(self._records.printed)]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Task: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Task]: ...
    def __getitem__(self, place: int | slice) -> Task | Sequence[Task]:
        numbers = range(len(self))[place]
        if isinstance(numbers, int):
            return self._task(numbers)
        return [self._task(number) for number in numbers]

    def __iter__(self) -> Iterator[Task]:
        return map(self._task, range(len(self)))

    def __repr__(self) -> str:
        return f"<Tasks: {len(self)}{f', the first {self[0]}' if len(self) else ''}>"

    def _task(self, number: int) -> Task:
        records = self._records
        label, parent = records.label_of(number), None
        if number in records.enqueued:
            parent, _ = records.enqueued[number]
        error = records.errors.get(number)
        stdout = "".join(records.printed.get(number, ()))
        spell = self._spell(number)
        if spell is None:
            worker, begun = records.cut.get(number, (None, None))
            started = None if begun is None else begun - records.begun
            return Task(number, label, worker, started, None, None, error, stdout, parent)
        # Tasks that were timed together are taken to have been equally long.
        step = spell.duration / spell.tasks
        started = spell.started + step * (number - spell.first)
        cpu = None if spell.cpu is None else spell.cpu / spell.tasks
        clocks = started, started + step, cpu
        return Task(number, label, spell.worker, *clocks, error, stdout, parent)

    def _spell(self, number: int) -> Spell | None:
        """Return the spell that a task is part of; None if it did not end."""
        at = bisect_right(self._firsts, number) - 1
        spell = self.spells[at] if at >= 0 else None
        return spell if spell is not None and number < spell.first + spell.tasks else None
