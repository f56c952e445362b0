"""What the colours of a timeline tell: which function a task ran, or how long it took."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Literal, NamedTuple

from parmagic.measure.label import function_of
from parmagic.measure.record import Run
from parmagic.measure.spell import labels_of, spells_of

MOST_FUNCTIONS = 5  # that have a colour of their own
LEVELS = 8  # steps from the shortest task to the longest
_APART = 1.5  # times the shortest that the longest must take, for lengths to be worth a colour
_LOGARITHMIC = 30.0  # times the shortest from which equal steps are factors
_OTHERS = "others"


class Shades(NamedTuple):
    """Which shade a task has, counted from 0; `by` says what it stands for."""

    by: Literal["nothing", "function", "duration"]
    names: tuple[str, ...] = ()  # of the functions, the one with most time first
    shortest: float = 0.0  # seconds
    longest: float = 0.0  # seconds

    def of(self, label: str, seconds: float) -> int:
        """Return the shade of a task that ran the code `label` for so long."""
        if self.by == "function":
            name = function_of(label)
            return self.names.index(name) if name in self.names else len(self.names) - 1
        if self.by == "duration":
            return min(LEVELS - 1, int(LEVELS * self._place(seconds)))
        return 0

    @property
    def logarithmic(self) -> bool:
        """Whether equal steps of shade are equal factors of time."""
        return self.longest > _LOGARITHMIC * self.shortest

    def _place(self, seconds: float) -> float:
        """Return where between the shortest task and the longest one lies, from 0 to 1."""
        low, high, at = self.shortest, self.longest, max(self.shortest, seconds)
        if self.logarithmic:
            low = max(low, high * 1e-6)
            at = max(at, low)
            return math.log(at / low) / math.log(high / low)
        return (at - low) / (high - low)


def shades_of(run: Run) -> Shades:
    """Tell functions apart where a run has several, else short tasks from long ones."""
    labels = labels_of(run.tasks)
    seconds: defaultdict[str, float] = defaultdict(float)
    for spell in spells_of(run.tasks):
        seconds[function_of(labels[spell.first])] += spell.duration
    names = sorted(seconds, key=lambda name: -seconds[name])
    if len(names) > 1:
        many = len(names) > MOST_FUNCTIONS
        own = (*names[: MOST_FUNCTIONS - 1], _OTHERS) if many else tuple(names)
        return Shades("function", own)
    lengths = [spell.duration / spell.tasks for spell in spells_of(run.tasks)]
    if lengths and max(lengths) > _APART * min(lengths):
        return Shades("duration", shortest=min(lengths), longest=max(lengths))
    return Shades("nothing")
