"""Ray: remote functions on a local node of two processors."""

from __future__ import annotations

from benchmarks.contender import Cells, Contender

_STORED = {
    "call": (
        "shared = ray.put(data)\n"
        "value = ray.get([sum_of_part_remote.remote(item, shared) for item in {items}])"
    )
}

CONTENDER = Contender(
    name="Ray",
    package="ray",
    processes=Cells(
        prepare="import ray",
        start='ray.init(num_cpus=2, include_dashboard=False, logging_level="error")',
        define="{function}_remote = ray.remote({function})",
        call="value = ray.get([{function}_remote.remote(item) for item in {items}])",
        close="ray.shutdown()",
    ),
    cases={"array": _STORED, "array-again": _STORED, "array-memory": _STORED},
)
