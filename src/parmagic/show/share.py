"""The breakdown of a run as shares of one bar: where workers × elapsed went."""

from __future__ import annotations

from typing import NamedTuple

from parmagic.show.duration import duration

LEAST = 1e-6  # of the whole: what is less is the rounding of sums


class Share(NamedTuple):
    """One part of the whole."""

    name: str
    seconds: float  # of workers × elapsed
    fraction: float  # of the whole, from 0 to 1

    @property
    def said(self) -> str:
        """Say it in a few words: `start-up 12 % (250 ms)`."""
        return f"{self.name} {self.percent} ({duration(self.seconds)})"

    @property
    def percent(self) -> str:
        """Say its part of the whole, never one that is there as none, or as all."""
        rounded = round(100 * self.fraction)
        if rounded == 0:
            return "< 1 %"
        return f"{rounded} %" if rounded < 100 or self.fraction == 1 else "> 99 %"


def shares(parts: dict[str, float]) -> list[Share]:
    """Return the parts that are there, of seconds by their names, in the order given."""
    whole = sum(parts.values()) or 1.0
    return [Share(name, each, each / whole) for name, each in parts.items() if each > LEAST * whole]
