"""Finds out whether code that computes lets other threads compute, too.

A thread beside it sleeps a little, again and again, and notes how long it must wait after that
until it may go on. Code that holds the GIL gives it up only when another thread has waited for some
milliseconds; code without it, such as numpy at work on an array, keeps nobody waiting.
"""

from __future__ import annotations

import math
import threading
import time

from parmagic.measure.costs import UNKNOWN, Held
from parmagic.run import cpus
from parmagic.run.workers.usage import Delay

PAUSE = 0.002  # seconds between two tries, about; they vary, so as not to be in step with the code
LATE = 0.001  # seconds: if it goes on later than this, it had to wait for the GIL
FEWEST = 5  # tries; fewer say nothing
LITTLE = 0.05  # part of the time in which code computes; with less, nothing can be said
_TURN = (math.sqrt(5) - 1) / 2  # its multiples are spread evenly, and never come again


class Knock:
    """Knocks at the GIL until it is ended; what it learns costs the code about a hundredth."""

    def __init__(self) -> None:
        self._over = False
        self._tries: list[tuple[float, float]] = []  # seconds slept, and waited after that
        self._delayed = 0.0  # seconds of these that it waited for a processor
        self.cpu = 0.0  # processor seconds that it took itself
        self._thread = threading.Thread(target=self._knock, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End it, and wait until it has ended."""
        self._over = True
        self._thread.join()

    def held(self, computing: float) -> Held:
        """Return for what part of its computing the code has kept other threads from computing.

        `computing` is the part of its time, from 0 to 1, in which it computed.
        """
        whole = sum(slept + waited for slept, waited in self._tries)
        if len(self._tries) < FEWEST or computing < LITTLE or cpus.available() < 2:
            return UNKNOWN
        late = sum(slept + waited for slept, waited in self._tries if waited > LATE)
        # It may have been late for want of a processor: that time says nothing of the GIL.
        waited = max(0.0, late - self._delayed)
        asked = max(PAUSE, whole - self._delayed)
        least = waited / whole / computing
        share = waited / asked / computing
        most = late / whole / computing
        either = 1 / math.sqrt(len(self._tries))  # twice what chance makes of a half
        return Held(max(0.0, least - either), min(1.0, share), min(1.0, most + either))

    def _knock(self) -> None:
        delay = Delay()
        try:
            while not self._over:
                pause = PAUSE * (0.5 + len(self._tries) * _TURN % 1)
                begun = time.perf_counter()
                time.sleep(pause)
                self._tries.append((pause, max(0.0, time.perf_counter() - begun - pause)))
            self._delayed = delay.seconds()
        finally:
            delay.close()
            self.cpu = time.thread_time()
