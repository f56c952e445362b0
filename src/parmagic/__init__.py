"""Run the functions of your notebook cells in parallel, and see what it bought.

    %load_ext parmagic
    squares = %pmap square(x) for x in numbers

In scripts, `parmagic.pmap(square, numbers)` does the same.

In a notebook, `%pmap?` and `%%parallel?` have every option. `help(parmagic.pmap)` describes the
function, and `help(parmagic.Run)` the record that it returns, as do `-o run` and
`parmagic.last_run()`. A task adds others to a queue by `parmagic.enqueue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parmagic.errors import ParmagicError, PlanError, QueueError, TravelError, WorkerDied
    from parmagic.magics.extension import load_ipython_extension, unload_ipython_extension
    from parmagic.maps import last_run, pmap
    from parmagic.measure.baseline import Baseline
    from parmagic.measure.comparison import Comparison, compare_runs
    from parmagic.measure.forecast import Forecast
    from parmagic.measure.record import Run
    from parmagic.measure.task import PENDING, Task
    from parmagic.run.workers.enqueue import enqueue

    __version__: str

__all__ = [
    "PENDING",
    "Baseline",
    "Comparison",
    "Forecast",
    "ParmagicError",
    "PlanError",
    "QueueError",
    "Run",
    "Task",
    "TravelError",
    "WorkerDied",
    "compare_runs",
    "enqueue",
    "last_run",
    "load_ipython_extension",
    "pmap",
    "unload_ipython_extension",
]

_HOMES = {
    "PENDING": "measure.task",
    "Baseline": "measure.baseline",
    "Comparison": "measure.comparison",
    "Forecast": "measure.forecast",
    "ParmagicError": "errors",
    "PlanError": "errors",
    "QueueError": "errors",
    "Run": "measure.record",
    "Task": "measure.task",
    "TravelError": "errors",
    "WorkerDied": "errors",
    "enqueue": "run.workers.enqueue",
    "compare_runs": "measure.comparison",
    "last_run": "maps",
    "load_ipython_extension": "magics.extension",
    "pmap": "maps",
    "unload_ipython_extension": "magics.extension",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for: a worker imports this file, and needs none."""
    if name == "__version__":
        from contextlib import suppress
        from importlib import metadata

        with suppress(metadata.PackageNotFoundError):  # it was copied, not installed
            return metadata.version(__name__)
    if name not in _HOMES:
        from parmagic.here import here

        with here(AttributeError):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    found = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # this is not asked again
    return found


def __dir__() -> list[str]:
    return __all__
