"""From which end of the items tasks are taken.

As a rule, in the order of the input. But where tasks grow longer and longer, the last one would
keep one worker busy while the others have nothing to do. So the last item is run together with the
first; if it takes much longer, what is left is taken from that end.
"""

from __future__ import annotations

from parmagic.measure.records import PLACES
from parmagic.run.scheduling.sizes import PROMPT

MANY = 8  # items for each worker, from which on one of them may be run out of its order
LONGER = 4  # times the first item's length, from which on the last is much longer


class Direction:
    """Says from which end the next chunk is to be taken, from how long the outermost tasks took."""

    def __init__(self, total: int | None, workers: int) -> None:
        self._last = (total or 0) - 1
        # A value at the far end needs a place for all before it.
        many = total is not None and MANY * workers <= total <= PLACES
        self._probing = many and workers > 1
        self._lengths: dict[int, float] = {}  # seconds of a task at either end
        self.backwards = False  # whether tasks are taken from the far end

    def probe(self, taken: int) -> bool:
        """Say whether the last items are to be taken now, when `taken` have been before; once."""
        now = self._probing and taken > 0
        if now:
            self._probing = False
        return now

    def took(self, first: int, count: int, seconds: float) -> None:
        """Learn how long a chunk of tasks took, and decide when both ends are known."""
        last = first + count - 1
        if first == 0 or last == self._last:
            self._lengths[0 if first == 0 else last] = seconds / count
            if len(self._lengths) == 2:
                ahead, behind = self._lengths[0], self._lengths[self._last]
                self.backwards = behind > max(PROMPT, LONGER * ahead)
