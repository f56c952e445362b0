"""multiprocessing.Pool, forked: the functions are defined before the pool, or it lacks them."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

CONTENDER = Contender(
    name="Pool (fork)",
    package="",
    forks=True,
    processes=Cells(
        prepare="import multiprocessing",
        start='pool = multiprocessing.get_context("fork").Pool(2)',
        call="value = pool.map({function}, {items})",
        close="pool.terminate()\npool.join()",
    ),
    threads=Cells(
        prepare="from multiprocessing.pool import ThreadPool",
        start="pool = ThreadPool(32)",
        call="value = pool.map({function}, {items})",
        close="pool.terminate()\npool.join()",
    ),
)
