"""The rows of a comparison, as the bars of text and of the picture both show them."""

from __future__ import annotations

from typing import NamedTuple

from parmagic.measure.record import Run
from parmagic.show.duration import duration
from parmagic.show.headline import baseline_of, place
from parmagic.show.verdict import serial_time, verdict


class Row(NamedTuple):
    """One bar; `high` is above `low` where the time is only bounded. Times are in seconds."""

    name: str
    low: float
    high: float
    time: str
    note: str
    serial: bool
    complete: bool = True
    rounds: tuple[float, ...] = ()  # seconds of each, where there were several

    @property
    def words(self) -> str:
        """Its time, and what that means."""
        return f"{self.time}, {self.note}" if self.note else self.time

    @property
    def end(self) -> float:
        """The seconds up to which it is drawn."""
        return max(self.high, *self.rounds) if self.rounds else self.high


def rows(run: Run) -> list[Row]:
    """Return the serial row, if there is one to compare with, then one for each backend."""
    ran = [run, *run.others]
    found = [] if _alone(run) else [_serial(run)]
    return found + [_ran(run, other) for other in ran if len(other.tasks)]


def _alone(run: Run) -> bool:
    """Tell whether there is no serial time to compare with: the run was serial, or incomplete."""
    return run.backend == "serial" or (run.serial is None and not run.complete)


def _serial(run: Run) -> Row:
    baseline = run.baseline
    high = baseline.low if baseline.exact else baseline.high
    time = serial_time(baseline)
    rounds = run.serial_rounds
    return Row("serial", baseline.low, high, time, baseline.kind, serial=True, rounds=rounds)


def _ran(run: Run, other: Run) -> Row:
    """Return the row of one backend."""
    serial = other.backend == "serial"
    note = "" if serial else verdict(baseline_of(run, other), other.elapsed, short=True)
    if not other.complete:
        note = f"{other.finished:,} of {len(other.tasks):,} tasks"
    time = duration(other.elapsed)
    took, rounds = other.elapsed, other.rounds
    return Row(place(other), took, took, time, note, serial, other.complete, rounds)
