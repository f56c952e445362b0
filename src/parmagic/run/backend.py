"""What a backend is, and the table of those there are."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from parmagic.run.job import Job

BACKENDS = ("serial", "thread", "process", "pool")
DEFAULT = "pool"
AUTO = "auto"  # the one that a forecast chooses
CHOICES = (*BACKENDS, AUTO)


class Backend(Protocol):
    """Something that runs the tasks of a job; one file of this folder each."""

    def run(self, job: Job, workers: int) -> None:
        """Run tasks until the job has no more to give, and record each in `job.records`.

        A task's exception is recorded, not raised. KeyboardInterrupt is raised, with nothing
        left running and everything finished recorded.
        """


def find(name: str) -> Backend:
    """Return the backend called `name`, one of `BACKENDS`; its file is imported only now."""
    return cast("Backend", importlib.import_module(f"parmagic.run.{name}"))
