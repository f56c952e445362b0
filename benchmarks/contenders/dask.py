"""dask.distributed: a local cluster of two processes, or of one with 32 threads."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

_TOP = "from distributed import Client"
# `pure=False`, because a repeated call must call: by default equal calls may be answered from
# the results of those before.
_CALL = "value = client.gather(client.map({function}, {items}, pure=False))"
_SCATTERED = {
    "call": (
        "shared = client.scatter(data, broadcast=True)\n"
        "value = client.gather(client.map(sum_of_part, {items}, data=shared, pure=False))"
    )
}

CONTENDER = Contender(
    name="dask",
    package="distributed",
    processes=Cells(
        prepare=_TOP,
        start="client = Client(n_workers=2, threads_per_worker=1)",
        call=_CALL,
        close="client.shutdown()",
    ),
    threads=Cells(
        prepare=_TOP,
        start="client = Client(processes=False, n_workers=1, threads_per_worker=32)",
        call=_CALL,
        close="client.shutdown()",
    ),
    cases={"array": _SCATTERED, "array-again": _SCATTERED, "array-memory": _SCATTERED},
)
