"""What is to be expected of a run, from the clocks of its first few tasks.

The first tasks are no random sample: items often grow along a list. So the mean of the rest is
given an interval as wide as that of a single further task (the prediction interval of logarithms,
by Student's t), though the mean of many would vary less.
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, NamedTuple

from parmagic.measure.costs import UNKNOWN, Costs, Held, Interval, Load, elapsed
from parmagic.modules.values.buffers import LARGE

CANDIDATES = ("thread", "pool", "process")  # of two that take as long, the first is chosen
NOISE = 0.1  # of a time: two runs of the same work differ by as much
ALONE = 3.0  # times shorter or longer that others may be, where one task is all that is known
WIDEST = 30.0  # times shorter or longer: beyond, an interval says nothing any more
WARMING = 2.0  # times the longest other that a first task takes which had to load something
MOSTLY = 0.5  # part of the computing with the GIL, below which most of it is without
GROWS = 1.5  # times the first task that the last takes where tasks grow along the items
WORTH = 0.05  # of the serial time: what saves less is not worth another backend
NOTICED = 0.005  # seconds: nor is this
MANY = 1000  # tasks that are assumed where their number is not known
FRESH = 2e-9  # seconds a byte that fresh memory for a value costs at most: its host may be slow
FARTHEST = 1 << 24  # tasks up to which a break-even is looked for
_T = (12.7, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26)  # Student's t, 97.5 %, by freedom


class Expected(NamedTuple):
    """What is expected of a backend with a number of workers; times in seconds."""

    backend: str
    workers: int
    elapsed: Interval
    speedup: Interval  # against serial, of the same work


@dataclass(frozen=True)
class Forecast:
    """The first tasks of a run, and what they let expect of all of it; times in seconds.

    What is expected of a backend is for all tasks, as if none had been run.

    Attributes:
        tasks: How many tasks there are; None if nobody knows before the end.
        ran: How many of them were run ahead.
        done: Seconds that these took on the wall clock, together.
        seconds: Seconds that each of these took; of those timed together, their mean.
        cpu: Processor seconds of these and of their threads, with those they waited for one.
        sent: Bytes of an item, pickled.
        returned: Bytes of a value, pickled.
        packing: Seconds to pickle an item and a value, and to write their large buffers.
        piped: Bytes of an item and a value that are no large buffers in a file.
        barred: Why no other process can run the tasks; empty if one can.
        costs: What starting workers and moving data costs here.
        asked: How many workers were asked for.
        backend: What runs the rest.
        workers: How many run the rest.
        held: What part of their computing keeps other threads from it.
        auto: Whether the backend was chosen by this forecast.
        read: Seconds of reading the items of the first tasks.
        reading: Seconds of reading another item.

    """

    tasks: int | None
    ran: int
    done: float
    seconds: tuple[float, ...]
    cpu: float
    sent: float
    returned: float
    packing: float
    piped: float
    barred: str
    costs: Costs
    asked: int
    backend: str
    workers: int
    held: Held = UNKNOWN
    auto: bool = False
    read: float = 0.0
    reading: float = 0.0

    @cached_property
    def each(self) -> Interval:
        """How long a task takes that has not been run."""
        known = self.seconds[1:] if self._warming else self.seconds
        middle = statistics.fmean(known)
        logs = [math.log(max(one, 1e-9)) for one in (known if len(known) >= 4 else self.seconds)]
        center = math.exp(statistics.fmean(logs))
        factor = _factor(logs)
        low = min(center / factor, middle * (1 - NOISE))
        high = max(center * factor, middle * (1 + NOISE), self._growing * (1 + NOISE))
        return Interval(low, middle, high)

    @property
    def count(self) -> int:
        """How many tasks there are, or are assumed."""
        return MANY if self.tasks is None else self.tasks

    @property
    def work(self) -> Interval:
        """How long all tasks take one after another, with reading their items."""
        return self.of("serial", 1).elapsed

    @property
    def span(self) -> float:
        """How long the longest task took: no number of workers can be faster."""
        return max(self.seconds)

    @property
    def computing(self) -> float:
        """What part of its time a task computes, from 0 to 1; the rest it waits."""
        whole = self.done
        return min(1.0, self.cpu / whole) if whole > 0 else 1.0

    @property
    def releases(self) -> bool:
        """Whether tasks do most of their computing without the GIL, beside other threads."""
        return self.held.middle < MOSTLY

    @property
    def most(self) -> int:
        """The most workers that something is said of: the processors, or more if asked for."""
        return max(self.asked, self.costs.processors)

    @cached_property
    def expected(self) -> tuple[Expected, ...]:
        """What is expected of each backend, serial first, with 1 worker up to `most`."""
        serial = self.of("serial", 1)
        return serial, *(
            self.of(backend, workers)
            for backend in self.possible
            for workers in range(1, self.most + 1)
        )

    @property
    def possible(self) -> tuple[str, ...]:
        """The parallel backends that can run the tasks."""
        return CANDIDATES[:1] if self.barred else CANDIDATES

    def of(self, backend: str, workers: int, count: int | None = None) -> Expected:
        """Return what is expected of a backend, for all tasks or for `count` of them."""
        count = self.count if count is None else count
        each, work, fresh = self.each, self._clocked(count), self._fresh(count)
        items = self._items(count)
        noise = NOISE * items
        one = Interval(work.low + items - noise, work.middle + items, work.high + items + noise)
        if backend == "serial":
            times = one._replace(high=one.high + fresh)
            return Expected(backend, 1, times, Interval(1.0, 1.0, 1.0))
        spread = each.high - each.middle * (1 + NOISE)  # none where tasks are alike
        low, middle, high = (
            elapsed(backend, workers, self._load(count, total / count), self.costs)
            for total in work
        )
        # The longest task may come last, when the others have nothing left to do.
        late = spread * (1 - 1 / min(workers, count))
        slowest = (high.high + late) * (1 + NOISE) + fresh
        times = Interval(low.low * (1 - NOISE), middle.middle, slowest)
        speedup = one.middle / times.middle
        # Serial tasks need as much memory: at worst, the workers gain nothing on that.
        longest = max(middle.high + late, min(one.middle, middle.high + late + fresh))
        least = one.middle * (1 - NOISE) / longest
        beside = workers + (items > 0)  # items are read beside the workers
        most = min(beside, one.middle * (1 + NOISE) / middle.low)
        return Expected(backend, workers, times, Interval(least, speedup, most))

    def break_even(self, backend: str, workers: int) -> int | None:
        """Return the number of tasks from which a backend beats serial; None if it never does."""

        def beats(count: int) -> bool:
            expected = self.of(backend, workers, count)
            return expected.elapsed.middle < (1 - WORTH) * count * (self.each.middle + self.reading)

        high = 2
        while not beats(high):
            high *= 2
            if high > FARTHEST:
                return None
        low = high // 2 + 1
        return low + bisect_left(range(low, high), True, key=beats)

    @property
    def left(self) -> int:
        """How many tasks are still to be run, as far as is known."""
        return max(1, self.count - self.ran)

    @property
    def elapsed(self) -> Interval:
        """How long this run takes: the first tasks one after another, then the rest."""
        rest = self.of(self.backend, self.workers, self.left)
        return Interval(*(self.read + self.done + one for one in rest.elapsed))

    @property
    def best(self) -> Expected:
        """What is expected to run the rest soonest; serial unless another saves something."""
        serial = self.of("serial", 1, self.left)
        enough = serial.elapsed.middle - max(NOTICED, WORTH * serial.elapsed.middle)
        found = [self.of(name, min(self.asked, self.left), self.left) for name in self.possible]
        found = [one for one in found if one.elapsed.middle < enough]
        if not found:
            return serial
        least = min(one.elapsed.middle for one in found)
        return next(one for one in found if one.elapsed.middle <= least * (1 + WORTH))

    def to_dict(self) -> dict[str, Any]:
        """Return the raw numbers as plain JSON types."""
        return {
            **asdict(self),
            "seconds": list(self.seconds),
            "costs": self.costs._asdict(),
            "held": list(self.held),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Forecast:
        """Make it of what `to_dict` returned."""
        own = {"seconds": tuple(data["seconds"]), "held": Held(*data["held"])}
        return cls(**{**data, **own, "costs": Costs(**data["costs"])})

    def __str__(self) -> str:
        from parmagic.show.forecast import forecast_lines

        return "\n".join(forecast_lines(self))

    @property
    def _growing(self) -> float:
        """How long the others are on average, if tasks go on to grow as these do; else 0.0."""
        alike = self.seconds[-1] < GROWS * self.seconds[0]
        if len(self.seconds) < 3 or alike or sorted(self.seconds) != list(self.seconds):
            return 0.0
        slope = (self.seconds[-1] - self.seconds[0]) / (self.ran - 1)
        return self.seconds[-1] + slope * (self.count - self.ran + 1) / 2

    @property
    def _warming(self) -> bool:
        """Whether the first task seems to have loaded something that the others used again."""
        first, *others = self.seconds
        return len(others) >= 2 and first > WARMING * max(others)

    def _clocked(self, count: int) -> Interval:
        """How long `count` tasks take one after another, by the clocks of the first."""
        if count != self.count:
            return Interval(*(count * one for one in self.each))
        rest = max(0, count - self.ran)
        return Interval(*(self.done + rest * one for one in self.each))

    def _items(self, count: int) -> float:
        """How long it takes to read the items of `count` tasks."""
        if count != self.count:
            return count * self.reading
        return self.read + max(0, count - self.ran) * self.reading

    def _fresh(self, count: int) -> float:
        """How much longer `count` tasks may take because their values are kept, if these are large.

        The first tasks cannot tell: they may have been given memory that the system had at hand,
        and later it is far slower. All workers share its bandwidth.
        """
        return count * FRESH * self.returned if self.returned >= LARGE else 0.0

    def _load(self, count: int, each: float) -> Load:
        # A task with threads of its own takes all its processor time where it is given one only.
        cpu = each * self.cpu / max(self.done, 1e-9)
        # Large buffers in a file are mapped by the side that gets them, which copies nothing.
        mapping = self.packing * self.piped / max(self.sent + self.returned, 1e-9)
        ends = (mapping, self.packing) if self.returned > self.sent else (self.packing, mapping)
        read = self._items(count) / count
        return Load(count, each, cpu, self.span, self.piped, *ends, self.held, read)


def _factor(logs: list[float]) -> float:
    """Return how many times shorter or longer than the middle one more may well be."""
    count = len(logs)
    if count == 1:
        return ALONE
    t = _T[count - 2] if count - 2 < len(_T) else 1.96 + 2.5 / (count - 1)
    return min(WIDEST, math.exp(t * statistics.stdev(logs) * math.sqrt(1 + 1 / count)))
