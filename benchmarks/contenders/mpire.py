"""mpire: a pool that stays (`keep_alive`), forked as is its default on Linux."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

CONTENDER = Contender(
    name="mpire (fork)",
    package="mpire",
    forks=True,
    processes=Cells(
        prepare="from mpire import WorkerPool\nfrom mpire.utils import make_single_arguments",
        start="pool = WorkerPool(n_jobs=2, keep_alive=True)",
        call="value = pool.map({function}, {items})",
        close="pool.stop_and_join()",
    ),
    threads=Cells(
        prepare="from mpire import WorkerPool",
        start='pool = WorkerPool(n_jobs=32, keep_alive=True, start_method="threading")',
        call="value = pool.map({function}, {items})",
        close="pool.stop_and_join()",
    ),
    cases={
        # It would take a dict for keyword arguments.
        "dicts": {
            "call": (
                "value = pool.map({function}, make_single_arguments({items}, generator=False))"
            )
        },
        # It would make one long array of the results.
        "results": {
            "call": "value = pool.map({function}, {items}, concatenate_numpy_output=False)"
        },
    },
)
