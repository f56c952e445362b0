"""The plain loop: no library, no workers."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

CONTENDER = Contender(
    name="plain loop",
    package="",
    peer=False,
    processes=Cells(prepare="", call="value = [{function}(item) for item in {items}]"),
    unfit={
        "array-memory": "it has no workers",
        "idle": "it has no workers",
        "sleep": "it takes 4 s",
    },
)
