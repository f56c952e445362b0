"""multiprocess: the pool of the standard library with dill, spawned."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

# It has no shared memory: the slices are what its users would send.
_SLICES = {"call": "value = pool.map(total, [data[i * SLICE : (i + 1) * SLICE] for i in {items}])"}

CONTENDER = Contender(
    name="multiprocess (spawn)",
    package="multiprocess",
    processes=Cells(
        prepare="import multiprocess",
        start='pool = multiprocess.get_context("spawn").Pool(2)',
        call="value = pool.map({function}, {items})",
        close="pool.terminate()\npool.join()",
    ),
    cases={"array": _SLICES, "array-again": _SLICES, "array-memory": _SLICES},
)
