"""What a backend is, and the table of those there are."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from parmagic.run.job import Job

# An interpreter must have a GIL of its own, and be talked to through a file number.
INTERPRETERS = sys.version_info >= (3, 14) and sys.platform != "win32"
PROCESSES = ("process", "pool")  # those whose workers can be ended
# Those whose workers import module files.
IMPORTING = (*PROCESSES, *(("interpreter",) if INTERPRETERS else ()))
BACKENDS = ("serial", "thread", *IMPORTING)
DEFAULT = "pool"
AUTO = "auto"  # the one that a forecast chooses
CHOICES = (*BACKENDS, AUTO)


def missing(name: str) -> str:
    """Say why there is no backend of this name here, though elsewhere there is; empty if not."""
    if name != "interpreter" or INTERPRETERS:
        return ""
    import platform  # here: it takes longer to import than this file

    here = f"this is {platform.python_version()} on {platform.system()}"
    where = " and another system than Windows" if sys.platform == "win32" else ""
    return f"`{name}` needs Python 3.14 or newer{where}: {here}; use `pool`"


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
