"""How a plan is to be run: on what, by how many, and what to do when a task fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from parmagic.errors import PlanError
from parmagic.run import cpus, launch
from parmagic.run.backend import AUTO, BACKENDS, CHOICES, DEFAULT, PROCESSES, missing
from parmagic.run.watch import Watch
from parmagic.words import either

if TYPE_CHECKING:
    from parmagic.measure.forecast import Forecast

CLOSE = 1e-9  # relative difference that rounding may make of the same sum in another order
ERRORS = ("raise", "keep")  # the first exception ends the run; or exceptions are values


class Manner(NamedTuple):
    """How a plan is to be run."""

    backend: str = DEFAULT
    workers: int | None = None  # None: as many as there are processors to use
    compare: tuple[str, ...] | None = None  # None: no; empty: serial with the backend
    forecast: bool = False  # whether the first tasks are run ahead, and say what is to be expected
    sweep: tuple[int, ...] | None = None  # numbers of workers; None: no; empty: the usual ones
    repeat: int = 1  # rounds in which everything is run again
    close: float | None = None  # relative difference of numbers that still counts as equal
    start_method: str | None = None  # None: what the user chose, if it will do, or the best
    timeout: float | None = None  # seconds that one task may take
    retries: int = 0  # how often a task that failed is run again
    errors: str = "raise"  # one of `ERRORS`
    queue: bool = False  # whether tasks may enqueue others, and are given out one by one
    max_tasks: int | None = None  # that a queue may come to, with those given
    # Takes remarks, a line each, before workers are given anything.
    tell: Callable[[str], None] | None = None
    watch: Watch | None = None  # sees how far the run is
    # Takes the forecast, or why there is none, before the rest is run.
    announce: Callable[[Forecast | str], None] | None = None

    def checked(self) -> Manner:
        """Fill in what was left open; PlanError if something is not to be had."""
        if self.compare is not None and "all" in self.compare:
            every = tuple(name for name in BACKENDS if name != "serial")
            return self._replace(compare=every).checked()
        self._check_backends()
        if worker_inside():
            alone = self._replace(backend="serial", workers=1, compare=None, timeout=None)
            return alone._replace(forecast=False, sweep=None, repeat=1, close=None)
        workers = cpus.available() if self.workers is None else self.workers
        if type(workers) is not int or workers < 1:
            raise PlanError(f"workers must be a whole number from 1 up, not {workers!r}")
        method = self.start_method or launch.usual_method()
        if method not in launch.methods():
            raise PlanError(f"no start method `{method}`: choose {either(launch.methods())}")
        if self.errors not in ERRORS:
            raise PlanError(f"errors must be {either(ERRORS)}, not {self.errors!r}")
        if type(self.retries) is not int or self.retries < 0:
            raise PlanError(f"retries must be a whole number from 0 up, not {self.retries!r}")
        self._check_forecast()
        self._check_sweep()
        self._check_timeout()
        self._check_queue()
        self._check_measuring()
        return self._replace(workers=workers, start_method=method)

    @property
    def looks_ahead(self) -> bool:
        """Whether the first tasks are run ahead of the others."""
        return self.forecast or self.backend == AUTO

    def _check_backends(self) -> None:
        for name in (self.backend, *(self.compare or ())):
            if why := missing(name):
                raise PlanError(why)
        if self.backend not in CHOICES:
            raise PlanError(f"no backend `{self.backend}`: choose {either(CHOICES)}")
        for name in self.compare or ():
            if name not in BACKENDS:
                raise PlanError(f"no backend `{name}` to compare: choose {either(BACKENDS)}")

    def _check_forecast(self) -> None:
        if not self.looks_ahead:
            return
        asked, remedy = "a forecast", "leave out one of them"
        if self.backend == AUTO:
            asked, remedy = "the backend `auto`", f"choose {either(BACKENDS)}"
        for given, why in (
            (self.compare is not None, "a comparison runs everything on each backend"),
            (self.sweep is not None, "a sweep runs everything with each number of workers"),
            (self.repeat != 1, "with repeat everything is run again"),
            (self.queue, "nobody knows how many tasks a queue will come to"),
            (self.timeout is not None, "a timeout needs tasks in processes that can be ended"),
        ):
            if given:
                raise PlanError(f"{asked} runs the first tasks in the notebook: {why}; {remedy}")

    def _check_sweep(self) -> None:
        if self.sweep is None:
            return
        if any(type(count) is not int or count < 1 for count in self.sweep):
            raise PlanError(f"a sweep takes numbers of workers from 1 up, not {self.sweep!r}")
        if self.compare is not None:
            raise PlanError("sweep or compare: a sweep compares numbers of workers, not backends")
        if self.backend == "serial":
            raise PlanError("a sweep needs workers: choose another backend than `serial`")

    def _check_measuring(self) -> None:
        if type(self.repeat) is not int or self.repeat < 1:
            raise PlanError(f"repeat must be a whole number from 1 up, not {self.repeat!r}")
        if self.close is None:
            return
        if type(self.close) not in (int, float) or not 0 <= self.close < 1:
            raise PlanError(f"close must be from 0 to below 1, such as 1e-9, not {self.close!r}")
        if self.compare is None:
            raise PlanError("close is for comparing values: add `--compare` (compare=True)")

    def _check_queue(self) -> None:
        if self.max_tasks is None:
            return
        if type(self.max_tasks) is not int or self.max_tasks < 1:
            raise PlanError(f"max_tasks must be a whole number from 1 up, not {self.max_tasks!r}")
        if not self.queue:
            raise PlanError("max-tasks bounds a queue: add `--queue` (in Python, queue=True)")

    def _check_timeout(self) -> None:
        if self.timeout is None:
            return
        if not self.timeout > 0:
            raise PlanError(f"timeout must be seconds, more than 0, not {self.timeout!r}")
        for name in {self.backend, *(self.compare or ())}.difference(PROCESSES):
            raise PlanError(
                f"a timeout needs tasks in processes of their own, which can be ended: not on "
                f"`{name}`, but on `pool` or `process`"
            )


def worker_inside() -> bool:
    """Tell whether this process is a worker: its tasks run serially what they run by pmap.

    All processors have their worker already; more of them would only be in each other's way.
    """
    worker = sys.modules.get("parmagic.run.worker")
    inside = getattr(worker, "inside", False)  # it may just be being imported by another thread
    if inside:
        _say_so_once()
    return inside


@cache
def _say_so_once() -> None:
    print("a task called pmap: inside a worker that runs serially", file=sys.stderr)  # noqa: T201
