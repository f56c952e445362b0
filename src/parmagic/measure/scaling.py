"""How speed-up grows with workers: the laws of Amdahl and of Gunther, fitted to measured runs.

Amdahl (1967): of the work a fraction s is serial, so n workers give n / (1 + s (n - 1)). Gunther's
Universal Scalability Law (2007) adds what n workers cost each other, k for each pair:
n / (1 + s (n - 1) + k n (n - 1)), which has a peak. Both are fitted by least squares of n / S.

Both are about workers that have a processor each. More workers cannot make tasks that compute
faster, whatever the code: such points are shown, and left out of the fit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from parmagic.measure.elsewhere import elsewhere
from parmagic.measure.record import Run
from parmagic.measure.spell import spells_of

FORECAST = (2, 4, 16)  # times the most workers that were measured
NOISE = 0.1  # of a measured speed-up: it is the ratio of two times, each up to 5 % off
ROOM = 1.1  # times the processors that there are, as many as tasks may seem to need: clocks are off
VAGUE = 0.5  # of the work: where any part of so much may be serial, no law is fitted
MOST_BUSY = 0.9  # of a run's time that other programs can have cost it: it did something
_TURNS = 16  # tasks for each worker: of more, what is left over for some is of no account
_ROUNDING = 1e-9  # of a speed-up
_MOST = 1 << 20  # workers: where a peak lies beyond, there is none to speak of


class Point(NamedTuple):
    """Speed-up with a number of workers: the middle, and from the least to the most."""

    workers: int
    low: float
    middle: float
    high: float


class Law(NamedTuple):
    """Speed-up as a function of the number of workers."""

    serial: float  # s, from 0 to 1 as fitted
    crosstalk: float  # k; 0 in Amdahl's law

    def speedup(self, workers: float) -> float:
        """Return the speed-up that the law gives for a number of workers."""
        n = workers
        return n / (1 + self.serial * (n - 1) + self.crosstalk * n * (n - 1))

    @property
    def peak(self) -> float | None:
        """The number of workers with the most speed-up; None where more are always better."""
        if not self.crosstalk:
            return None
        most = math.sqrt(max(0.0, 1 - self.serial) / self.crosstalk)
        return max(1.0, most) if most < _MOST else None


@dataclass(frozen=True)
class Scaling:
    """What a sweep measured, the laws fitted to it, and their forecast for more workers.

    A law is None where too few numbers of workers were measured for it, or where their times say
    too little of it. The forecast is for a machine that has processors for them all.

    Attributes:
        seconds: The time that speed-ups are relative to.
        against: What took it: "serial" or "1 worker".
        measured: The speed-up with each number of workers: a `Point` has `workers`, and the
            `middle` of what it may be, from `low` to `high`.
        amdahl: Amdahl's law, with its part of serial work (`serial`) and `speedup(workers)`.
        universal: The Universal Scalability Law, with its `crosstalk` and `peak` as well.
        forecast: The speed-up to be expected with more workers.
        processors: How many this machine has for the workers.
        computing: What part of its time a task computes, from 0 to 1.
        busy: What part of their time fitted runs waited for processors that other programs had,
            at most.
        most: The speed-up that the longest of these tasks allows, with however many workers.
        limited: Whether the forecast ends at what whole tasks allow, and not at what a law says.

    """

    seconds: float
    against: str
    measured: tuple[Point, ...]
    amdahl: Law | None
    universal: Law | None
    forecast: tuple[Point, ...]
    processors: int
    computing: float
    busy: float = 0.0
    most: float = math.inf
    limited: bool = False

    def shared(self, workers: int) -> bool:
        """Tell whether this number of workers shares processors: then no law is about it."""
        needed = workers * self.computing
        return workers > self.processors and needed > ROOM * self.processors

    @property
    def fitted(self) -> tuple[Point, ...]:
        """The measured points that the laws are fitted to."""
        return tuple(point for point in self.measured if not self.shared(point.workers))

    @property
    def serial(self) -> tuple[float, float]:
        """The least and the most of the work that may be serial by Amdahl's law, from 0 to 1."""
        fastest = fit_amdahl({point.workers: point.high for point in self.fitted})
        slowest = fit_amdahl({point.workers: point.low for point in self.fitted})
        return (fastest.serial, slowest.serial) if fastest and slowest else (0.0, 1.0)

    @property
    def vague(self) -> bool:
        """Whether what was measured would do for a law, but is too uncertain to tell it."""
        least, most = self.serial
        return most - least > VAGUE and any(point.workers > 1 for point in self.fitted)

    @property
    def above(self) -> tuple[Point, ...]:
        """The fitted points with clearly more speed-up than workers."""
        return tuple(one for one in self.fitted if one.middle > one.workers * (1 + NOISE))

    @property
    def beyond(self) -> tuple[Point, ...]:
        """The measured points with more workers than there are processors for."""
        return tuple(point for point in self.measured if self.shared(point.workers))


def usual_counts(most: int) -> tuple[int, ...]:
    """Return the powers of two up to a number of workers, and that number."""
    powers = (2**power for power in range(most.bit_length()))
    return (*(count for count in powers if count < most), most)


def scaling_of(runs: Sequence[Run]) -> Scaling | None:
    """Fit both laws to runs with several numbers of workers; None without any that took time."""
    runs = [run for run in runs if run.elapsed > 0]
    if not runs:
        return None
    one = runs[0]
    alone = one.workers == 1
    seconds = one.elapsed if alone else one.baseline.low
    if seconds <= 0:
        return None
    ends = _ends_of(one) if alone else (one.baseline.low, one.baseline.high)
    measured = [_point(run, seconds, ends) for run in runs]
    if alone:
        measured[0] = _point(one, seconds, (seconds, seconds))
    against = "1 worker" if alone else "serial"
    known = Scaling(seconds, against, tuple(measured), None, None, (), one.cpus, _computing(one))
    speedups = {point.workers: point.middle for point in known.fitted}
    busy = max((_busy(run) for run in runs if run.workers in speedups), default=0.0)
    if known.vague:
        return replace(known, busy=busy)
    forecast = _forecast(known.fitted)
    # In others, tasks took as long as they had to wait for processors.
    clear = [run for run in runs if run.workers in speedups] or runs[:1]
    allowed = {one.workers: _allowed(clear, seconds, measured, one.workers) for one in forecast}
    return replace(
        known,
        amdahl=fit_amdahl(speedups),
        universal=fit_universal(speedups),
        forecast=tuple(
            Point(one.workers, *(min(allowed[one.workers], end) for end in one[1:]))
            for one in forecast
        ),
        busy=busy,
        most=_allowed(clear, seconds, measured, len(one.tasks)),
        limited=any(one.high > allowed[one.workers] * (1 + _ROUNDING) for one in forecast),
    )


def _allowed(runs: Sequence[Run], seconds: float, measured: Sequence[Point], workers: int) -> float:
    """Return the most speed-up of so many workers, where each task is one worker's alone."""
    work = runs[0].busy
    each = [run.busy / least for run in runs if (least := _least(run, workers)) > 0]
    if not (each and work):
        return math.inf
    faster = max(1.0, *(point.middle / point.workers for point in measured))  # by larger caches
    return max(faster * seconds / work * max(each), *(point.middle for point in measured))


def _least(run: Run, workers: int) -> float:
    """Return what so many workers need for the tasks of a run at least.

    Of the longest tasks, k times as many as workers and one more, some worker has k + 1.
    """
    if not workers < len(run.tasks) <= _TURNS * workers:
        return run.span
    durations = [one.duration / one.tasks for one in spells_of(run.tasks) for _ in range(one.tasks)]
    durations.sort(reverse=True)
    turns = enumerate(range(workers, len(durations), workers), 1)
    return max(run.span, *(sum(durations[last - k : last + 1]) for k, last in turns), 0.0)


def _computing(run: Run) -> float:
    """Return what part of their time the tasks compute: all of it where no clock tells."""
    return min(1.0, (run.computed + run.traffic.waited) / run.busy) if run.busy else 1.0


def _point(run: Run, seconds: float, ends: tuple[float, float]) -> Point:
    """Return a measured point; `ends` are the least and the most that `seconds` may be."""
    noise = 1 + NOISE if len(run.rounds) < 2 else 1.0
    least, most = _ends_of(run)
    middle = seconds / run.elapsed
    return Point(run.workers, ends[0] / most / noise, middle, ends[1] / least * noise)


def _ends_of(run: Run) -> tuple[float, float]:
    """Return the least and the most that a run takes: by its rounds, and without other programs."""
    rounds = run.rounds or (run.elapsed,)
    return min(rounds) * (1 - _busy(run)), max(rounds)


def _busy(run: Run) -> float:
    """Return what part of its time a run waited for processors that other programs had."""
    return min(MOST_BUSY, elsewhere(run) / (run.workers * run.elapsed))


def fit_amdahl(speedups: dict[int, float]) -> Law | None:
    """Fit the serial fraction to speed-ups by their numbers of workers."""
    more = [n for n in speedups if n > 1]
    if not more:
        return None
    serial = sum((n - 1) * (n / speedups[n] - 1) for n in more) / sum((n - 1) ** 2 for n in more)
    return Law(min(1.0, max(0.0, serial)), 0.0)


def fit_universal(speedups: dict[int, float]) -> Law | None:
    """Fit the serial fraction, from 0 to 1, and what workers cost each other, not less than 0."""
    more = [n for n in speedups if n > 1]
    if len(more) < 2:
        return None
    rows = [(n - 1, n * (n - 1), n / speedups[n] - 1) for n in more]
    aa, ab, bb = (sum(r[i] * r[j] for r in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    ay, by = (sum(r[i] * r[2] for r in rows) for i in (0, 1))
    determinant = aa * bb - ab * ab
    serial = (ay * bb - by * ab) / determinant
    crosstalk = (aa * by - ab * ay) / determinant
    if crosstalk < 0:
        return fit_amdahl(speedups)
    if not 0 <= serial <= 1:
        serial = min(1.0, max(0.0, serial))
        crosstalk = max(0.0, (by - ab * serial) / bb)
    return Law(serial, crosstalk)


def _forecast(measured: Sequence[Point]) -> tuple[Point, ...]:
    """Say what both laws give for more workers, and what they could give at most and at least.

    The middle is the geometric mean of the laws that fit. For the interval, the last point is
    moved up and down: by the noise, by its own ends, or by what the laws miss, whichever is more.
    It holds the laws that fit then; also the best, in which all that was lost is serial, and the
    worst, in which all of it is what workers cost each other. In neither law is the speed-up more
    than the workers. Where it was, it may go on (larger caches), or one worker was slow by chance.
    """
    speedups = {point.workers: point.middle for point in measured}
    laws = _laws(speedups)
    if not laws:
        return ()
    most, last = max(speedups), max(measured)
    each = max(1.0, *(s / n for n, s in speedups.items()))  # speed-up for each worker, at most
    ends = last.high / last.middle - 1, last.middle / last.low - 1
    off = max(NOISE, *ends, *(_missed(law, speedups) for law in laws))
    extremes = list(laws)
    for moved in (min(speedups[most], most) / (1 + off), speedups[most] * (1 + off)):
        extremes += [*_laws({**speedups, most: moved}), *_ends(most, moved)]
    points = []
    for times in FORECAST:
        n = times * most
        middle = math.prod(law.speedup(n) for law in laws) ** (1 / len(laws))
        found = [law.speedup(n) for law in extremes]
        points.append(Point(n, min(found), middle, each * max(found)))
    return tuple(points)


def _laws(speedups: dict[int, float]) -> list[Law]:
    """Fit both laws; where only one is within the noise, or neither is, the nearer counts."""
    laws = [law for law in (fit_amdahl(speedups), fit_universal(speedups)) if law is not None]
    nearest = min((_missed(law, speedups) for law in laws), default=0.0)
    return [law for law in laws if _missed(law, speedups) <= max(NOISE, nearest)]


def _missed(law: Law, speedups: dict[int, float]) -> float:
    """Return how far from a law measured speed-ups are, at most, as a part of what it gives."""
    return max(abs(s / law.speedup(n) - 1) for n, s in speedups.items())


def _ends(workers: int, speedup: float) -> tuple[Law, Law]:
    """Return the laws through a point that give most and least beyond: one without each part."""
    lost = max(0.0, workers / speedup - 1)
    return Law(lost / (workers - 1), 0.0), Law(0.0, lost / (workers * (workers - 1)))
