"""The clocks of what passes between the notebook and its worker processes, read once a chunk.

Tasks are timed by themselves; this is the rest of a worker's time. All clocks are seconds since
the run began. A worker that was warm when it began was ready before 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any, NamedTuple


class Passage(NamedTuple):
    """One chunk on its way through a worker, by the worker's clock readings in their order."""

    worker: int  # its lane
    born: float  # its process was about to be started
    ready: float  # the process had started, and listened
    received: float  # the message with the chunk was there
    loaded: float  # so was the code that it runs, with the notebook's data
    unpacked: float  # so were the items: the tasks began
    ran: float  # the tasks had ended
    packed: float  # the values were pickled, and about to be sent
    aside: float = 0.0  # processor seconds of a library's threads, and of programs that tasks ran
    delayed: float = 0.0  # seconds that its tasks could have run, and waited for a processor
    sent: int = 0  # bytes to the worker, with the code's data where they went along
    returned: int = 0  # bytes back
    faults: int = 0  # pages of memory that its process or thread was given while its tasks ran
    given: float = 0.0  # seconds of loading in which the notebook's data were unpickled
    new: bool = False  # whether its process had run nothing before

    def cut(self, start: float, end: float) -> Iterator[float]:
        """Yield `start` and its clocks, none of them before another, or after `end`."""
        return accumulate((min(clock, end) for clock in self[1:8]), max, initial=start)

    def moved(self, by: float) -> Passage:
        """Return the same, `by` seconds later."""
        return Passage._make((self.worker, *(clock + by for clock in self[1:8]), *self[8:]))


class Stretch(NamedTuple):
    """A stretch of the notebook's own time."""

    start: float
    end: float

    def moved(self, by: float) -> Stretch:
        """Return the same, `by` seconds later."""
        return Stretch(self.start + by, self.end + by)


_SOME = ("unfolds", "guarded", "reused")
_LISTS: dict[str, Any] = {"passages": Passage, "moving": Stretch, "reading": Stretch}


class Traffic(NamedTuple):
    """Everything that passed in one run; empty where no worker process took part."""

    passages: tuple[Passage, ...] = ()
    moving: tuple[Stretch, ...] = ()  # the notebook pickled, sent, received and unpickled
    reading: tuple[Stretch, ...] = ()  # it waited for the next items of an iterable
    delayed: float = 0.0  # seconds that threads of the notebook waited for a processor
    needs: int = 0  # bytes of the data that the code reads, which each process gets once
    unfolds: bool = False  # whether tasks made others ready: workers may have waited for them
    aside: float = 0.0  # the same of a passage's, where tasks ran in threads of the notebook
    spent: float = 0.0  # processor seconds of the notebook's process, while workers had tasks
    kept: int = 0  # bytes of arrays and the like that tasks in threads of the notebook returned
    faults: int = 0  # the same of a passage's, while tasks ran in threads of the notebook
    waits: int = 0  # how often these left their processor, to wait for something, as for the GIL
    guarded: bool = False  # whether these had a lock or the like, which others may have held
    reused: bool = False  # whether a plain loop would have had some values from a cache

    @property
    def waited(self) -> float:
        """Seconds that tasks, wherever they ran, waited for a processor."""
        return self.delayed + sum(one.delayed for one in self.passages)

    @property
    def beside(self) -> float:
        """Processor seconds of others than the tasks, wherever these ran."""
        return self.aside + sum(one.aside for one in self.passages)

    @property
    def read(self) -> float:
        """Seconds of reading items."""
        return sum(one.end - one.start for one in self.reading)

    @property
    def sent(self) -> int:
        """Bytes to worker processes."""
        return sum(one.sent for one in self.passages)

    @property
    def returned(self) -> int:
        """Bytes back from them."""
        return sum(one.returned for one in self.passages)

    def moved(self, by: float) -> Traffic:
        """Return the same, `by` seconds later."""
        return self._replace(
            passages=tuple([one.moved(by) for one in self.passages]),
            moving=tuple([one.moved(by) for one in self.moving]),
            reading=tuple([one.moved(by) for one in self.reading]),
        )

    def to_lists(self) -> dict[str, Any]:
        """Return the numbers as plain JSON types."""
        return {**self._asdict(), **{name: [*map(list, getattr(self, name))] for name in _LISTS}}

    @classmethod
    def from_lists(cls, data: dict[str, Any]) -> Traffic:
        """Make it of what `to_lists` returned."""
        lists = {name: tuple(kind(*one) for one in data[name]) for name, kind in _LISTS.items()}
        return cls(**{**data, **lists})


def joined_traffic(parts: Iterable[tuple[Traffic, float]]) -> Traffic:
    """Join the traffic of runs that began so many seconds after the first."""
    moved = [traffic.moved(start) for traffic, start in parts]
    lists = {name: [one for each in moved for one in getattr(each, name)] for name in _LISTS}
    sums = ("delayed", "aside", "spent", "kept", "faults", "waits")
    added = {name: sum(getattr(each, name) for each in moved) for name in sums}
    needs = max((each.needs for each in moved), default=0)
    some = {name: any(getattr(each, name) for each in moved) for name in _SOME}
    return Traffic.from_lists({**lists, **added, **some, "needs": needs})
