"""The executors of concurrent.futures; the processes are forked, as those of the pool."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

CONTENDER = Contender(
    name="Executor (fork)",
    package="",
    forks=True,
    processes=Cells(
        prepare="import multiprocessing\nfrom concurrent.futures import ProcessPoolExecutor",
        start='executor = ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork"))',
        call="value = list(executor.map({function}, {items}))",
        close="executor.shutdown(cancel_futures=True)",
    ),
    threads=Cells(
        prepare="from concurrent.futures import ThreadPoolExecutor",
        start="executor = ThreadPoolExecutor(32)",
        call="value = list(executor.map({function}, {items}))",
        close="executor.shutdown(cancel_futures=True)",
    ),
)
