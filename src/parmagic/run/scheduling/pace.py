"""The pace of one run: how many tasks a chunk has, by how long those before took."""

from __future__ import annotations

from parmagic.run.job import Job
from parmagic.run.scheduling.sizes import Sizes
from parmagic.run.workers.claims import Claims


class Guided(Sizes):
    """Sizes that follow the tasks; what they mean says `staff.Pace`."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
        self.remaining: int | None = None  # items that were left before the last chunk

    def begin(self, code: str) -> None:
        """Know nothing of the code yet."""

    def size(self, job: Job) -> int:
        """Let the next chunk have a share of what is left."""
        self.remaining = job.items.remaining
        return self.next(self.remaining)

    def claims(self) -> Claims | None:
        """Let workers keep what they are given."""
        return None
