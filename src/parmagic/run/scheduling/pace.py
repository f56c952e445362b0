"""The pace of one run: how many tasks a chunk has, by how long those before took."""

from __future__ import annotations

from parmagic.run.job import Job
from parmagic.run.scheduling.sizes import Sizes
from parmagic.run.workers.claims import Claims


class Guided:
    """Sizes that follow the tasks; what they mean says `staff.Pace`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.sizes = Sizes(limit)
        self._remaining: int | None = None

    def begin(self, code: str) -> None:
        """Know nothing of the code yet."""

    def size(self, job: Job) -> int:
        """Let the next chunk have a share of what is left."""
        self._remaining = job.items.remaining
        return self.sizes.next(self._remaining)

    def each(self) -> bool:
        """Read the clocks for each task that is not too short for that."""
        return self.sizes.each()

    def patience(self) -> float:
        """Wait for a chunk no longer than its tasks were expected to take."""
        return self.sizes.patience()

    def claims(self) -> Claims | None:
        """Let workers keep what they are given."""
        return None

    def took(self, count: int, seconds: float) -> None:
        """Learn from a chunk."""
        self.sizes.took(count, seconds)

    def ahead(self) -> bool:
        """Say whether workers should have their next chunk before they ask."""
        return self.sizes.ahead(self._remaining)
