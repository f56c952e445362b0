"""ipyparallel: a direct view of two engines, and what it needs said before it knows a name."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

_START = """
cluster = ipyparallel.Cluster(n=2)
client = cluster.start_and_connect_sync()
view = client[:]
"""
_NUMPY = {"start": f'{_START}view.execute("import numpy as np", block=True)'}
_PUSHED = {
    "start": f'{_START}view.push({{"SLICE": SLICE}}, block=True)',
    "call": "view.push(dict(data=data), block=True)\nvalue = view.map_sync({function}, {items})",
}

CONTENDER = Contender(
    name="ipyparallel",
    package="ipyparallel",
    processes=Cells(
        prepare="import ipyparallel",
        start=_START,
        call="value = view.map_sync({function}, {items})",
        close="cluster.stop_cluster_sync()",
    ),
    cases={
        "cold-numpy": _NUMPY,
        "results": _NUMPY,
        "even": {"start": f'{_START}view.execute("from time import perf_counter", block=True)'},
        "tail": {"start": f'{_START}view.execute("from time import perf_counter", block=True)'},
        "array": _PUSHED,
        "array-again": _PUSHED,
        "array-memory": _PUSHED,
    },
)
