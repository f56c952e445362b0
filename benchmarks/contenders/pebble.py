"""Pebble: its process pool, which forks on Linux before Python 3.14, and its thread pool."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

CONTENDER = Contender(
    name="Pebble (fork)",
    package="pebble",
    forks=True,
    processes=Cells(
        prepare="import multiprocessing\nfrom pebble import ProcessPool",
        start='pool = ProcessPool(max_workers=2, context=multiprocessing.get_context("fork"))',
        call="value = list(pool.map({function}, {items}).result())",
        close="pool.stop()\npool.join()",
    ),
    threads=Cells(
        prepare="from pebble import ThreadPool",
        start="pool = ThreadPool(max_workers=32)",
        call="value = list(pool.map({function}, {items}).result())",
        close="pool.stop()\npool.join()",
    ),
)
