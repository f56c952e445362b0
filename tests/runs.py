"""Records of runs that never were, as the tests of what is told about runs need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from parmagic.measure.record import Run
from parmagic.measure.task import Task


def run_with(tasks: Sequence[Task], /, elapsed: float, **more: Any) -> Run:
    """Build a run of two workers of a pool from its tasks; `more` are other fields."""
    usual: dict[str, Any] = {
        "code": "f(x) for x in xs",
        "backend": "pool",
        "workers": 2,
        "values": [None] * len(tasks),
        "tasks": tasks,
        "elapsed": elapsed,
        "cpus": 2,
        "gil": True,
        "cell": "In[4]",
    }
    return Run(**usual | more)
