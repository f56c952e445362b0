"""How speed-up grows with workers: the laws of Amdahl and of Gunther, fitted to measured runs.

Amdahl (1967): of the work a fraction s is serial, so n workers give n / (1 + s (n - 1)). Gunther's
Universal Scalability Law (2007) adds what n workers cost each other, k for each pair:
n / (1 + s (n - 1) + k n (n - 1)), which has a peak. Both are fitted by least squares of n / S.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from parmagic.measure.record import Run

FORECAST = (2, 4, 16)  # times the most workers that were measured
NOISE = 0.1  # of a measured speed-up: it is the ratio of two times, each up to 5 % off
_MOST = 1 << 20  # workers: where a peak lies beyond, there is none to speak of


class Point(NamedTuple):
    """Speed-up with a number of workers: the middle, and from the least to the most."""

    workers: int
    low: float
    middle: float
    high: float


class Law(NamedTuple):
    """Speed-up as a function of the number of workers."""

    serial: float  # s, from 0 to 1
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

    A law is None where too few numbers of workers were measured for it.
    """

    seconds: float  # the time that speed-ups are relative to
    against: str  # what took it: "serial" or "1 worker"
    measured: tuple[Point, ...]
    amdahl: Law | None
    universal: Law | None
    forecast: tuple[Point, ...]


def scaling_of(runs: Sequence[Run]) -> Scaling | None:
    """Fit both laws to runs with several numbers of workers; None without any."""
    if not runs:
        return None
    one = runs[0]
    alone = one.workers == 1
    seconds = one.elapsed if alone else one.baseline.low
    speedups = {run.workers: seconds / run.elapsed for run in runs if run.elapsed > 0}
    measured = tuple(_point(run, seconds) for run in runs if run.elapsed > 0)
    amdahl, universal = fit_amdahl(speedups), fit_universal(speedups)
    return Scaling(
        seconds,
        "1 worker" if alone else "serial",
        measured,
        amdahl,
        universal,
        _forecast(speedups),
    )


def _point(run: Run, seconds: float) -> Point:
    """Return a measured point: from the least to the most of its rounds, or of what is noise."""
    middle = seconds / run.elapsed
    if len(run.rounds) < 2:
        return Point(run.workers, middle / (1 + NOISE), middle, middle * (1 + NOISE))
    return Point(run.workers, seconds / max(run.rounds), middle, seconds / min(run.rounds))


def fit_amdahl(speedups: dict[int, float]) -> Law | None:
    """Fit the serial fraction to speed-ups by their numbers of workers."""
    more = [n for n in speedups if n > 1]
    if not more:
        return None
    serial = sum((n - 1) * (n / speedups[n] - 1) for n in more) / sum((n - 1) ** 2 for n in more)
    return Law(min(1.0, max(0.0, serial)), 0.0)


def fit_universal(speedups: dict[int, float]) -> Law | None:
    """Fit the serial fraction and what workers cost each other; neither can be negative."""
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
    if serial < 0:
        serial, crosstalk = 0.0, max(0.0, by / bb)
    return Law(serial, crosstalk)


def _forecast(speedups: dict[int, float]) -> tuple[Point, ...]:
    """Say what both laws give for more workers, and what they could give at most and at least.

    The middle is the geometric mean of the laws as they were fitted. The interval holds all laws
    that fit the last point, moved by the noise or by what the laws miss it by; among them the
    worst, in which all that was lost is what workers cost each other.
    """
    most = max(speedups)
    if most == 1:
        return ()
    laws = _laws(speedups)
    missed = min(max(abs(s / law.speedup(n) - 1) for n, s in speedups.items()) for law in laws)
    off = max(NOISE, missed)
    extremes = list(laws)
    for moved in (speedups[most] * (1 - off), speedups[most] * (1 + off)):
        extremes += [*_laws({**speedups, most: moved}), _worst(most, moved)]
    points = []
    for times in FORECAST:
        n = times * most
        middle = math.prod(law.speedup(n) for law in laws) ** (1 / len(laws))
        found = [law.speedup(n) for law in extremes]
        points.append(Point(n, min(found), middle, max(found)))
    return tuple(points)


def _laws(speedups: dict[int, float]) -> list[Law]:
    return [law for law in (fit_amdahl(speedups), fit_universal(speedups)) if law is not None]


def _worst(workers: int, speedup: float) -> Law:
    """Return the law that gives least beyond a point: it has no serial part."""
    lost = max(0.0, workers / speedup - 1)
    return Law(0.0, lost / (workers * (workers - 1)))
