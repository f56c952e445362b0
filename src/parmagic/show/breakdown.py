"""The breakdown of a run as shares of one bar, and in words: where workers × elapsed went."""

from __future__ import annotations

from typing import NamedTuple

from parmagic.measure.record import Run
from parmagic.show.duration import duration
from parmagic.words import plural, size

LEAST = 1e-6  # of the whole: what is less is the rounding of sums


class Share(NamedTuple):
    """One part of the whole."""

    name: str
    seconds: float  # of workers × elapsed
    fraction: float  # of the whole, from 0 to 1

    @property
    def said(self) -> str:
        """Say it in a few words: `start-up 12 % (250 ms)`."""
        return f"{self.name} {self.amount}"

    @property
    def amount(self) -> str:
        """Say how much it is: `12 % (250 ms)`."""
        return f"{self.percent} ({duration(self.seconds)})"

    @property
    def percent(self) -> str:
        """Say its part of the whole, never one that is there as none, or as all."""
        rounded = round(100 * self.fraction)
        if rounded == 0:
            return "< 1 %"
        return f"{rounded} %" if rounded < 100 or self.fraction == 1 else "> 99 %"


def shares(parts: dict[str, float]) -> list[Share]:
    """Return the parts that are there, of seconds by their names, in the order given."""
    whole = sum(parts.values())
    return [Share(name, each, each / whole) for name, each in parts.items() if each > LEAST * whole]


def whole_said(run: Run) -> str:
    """Say what the parts are parts of."""
    whole = duration(run.breakdown.whole)
    return f"{plural(run.workers, 'worker')} × {duration(run.elapsed)} = {whole}: where they went"


def efficiency_said(run: Run) -> str:
    """Say the two usual measures, what travelled, and what the clocks cannot tell."""
    parts = run.breakdown
    said = f"load balance {parts.balance:.2f}, parallel efficiency {parts.efficiency:.2f}"
    if parts.sent or parts.returned:
        said += f"; {size(parts.sent)} sent, {size(parts.returned)} returned"
    if not parts.contention or run.serial is not None:
        return said
    return (
        f"{said}; of the time in tasks, useful work is at least what is shown, contention at most: "
        "the clocks cannot tell"
    )


def breakdown_said(run: Run) -> list[str]:
    """Say the whole breakdown in sentences."""
    if not len(run.tasks):
        return []
    parts = "; ".join(share.said for share in shares(run.breakdown.parts))
    efficiency = efficiency_said(run)
    return [f"Breakdown: {whole_said(run)}: {parts}", efficiency[:1].upper() + efficiency[1:]]
