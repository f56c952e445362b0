"""loky: its reusable executor."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

# It has no shared memory: the slices are what its users would send.
_SLICES = {
    "call": (
        "value = list(executor.map(total, [data[i * SLICE : (i + 1) * SLICE] for i in {items}]))"
    )
}

CONTENDER = Contender(
    name="loky",
    package="loky",
    processes=Cells(
        prepare="from loky import get_reusable_executor",
        start="executor = get_reusable_executor(max_workers=2)",
        call="value = list(executor.map({function}, {items}))",
        close="executor.shutdown(kill_workers=True)",
    ),
    cases={"array": _SLICES, "array-again": _SLICES, "array-memory": _SLICES},
)
