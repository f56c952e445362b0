"""How a plan is to be run: on what, by how many, and what to do when a task fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from parmagic.arguments import nearest, number, said, whole
from parmagic.errors import PlanError
from parmagic.plan.habits import nearest_backend
from parmagic.run import clients, cpus
from parmagic.run.backend import (
    AUTO,
    BACKENDS,
    CHOICES,
    DASK,
    DEFAULT,
    HIRED,
    NAMES,
    PROCESSES,
    missing,
    name_of,
    size_of,
)
from parmagic.run.processes import launch
from parmagic.run.screen import NESTED, Watch
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
    every: bool = False  # whether to compare all backends that can run the tasks
    close: float | None = None  # relative difference of numbers that still counts as equal
    start_method: str | None = None  # None: what the user chose, if it will do, or the best
    timeout: float | None = None  # seconds that one task may take
    retries: int = 0  # how often a task that failed is run again
    errors: str = "raise"  # one of `ERRORS`
    queue: bool = False  # whether tasks may enqueue others, and are given out one by one
    max_tasks: int | None = None  # that a queue may come to, with those given
    # Takes remarks, a line each, before anything that tasks print.
    tell: Callable[[str], None] | None = None
    watch: Watch | None = None  # sees how far the run is
    # Takes the forecast, or why there is none, before the rest is run.
    announce: Callable[[Forecast | str], None] | None = None
    executor: Executor | None = None  # of the user, that is the backend

    def checked(self) -> Manner:
        """Fill in what was left open; PlanError if something is not to be had."""
        if self.compare is not None and "all" in self.compare:
            return self._replace(compare=self._all(), every=True).checked()
        self._check_backends()
        self._check_hired()
        if _worker_inside():
            alone = self._replace(
                backend="serial", executor=None, workers=1, compare=None, timeout=None
            )
            return alone._replace(forecast=False, sweep=None, repeat=1, close=None, watch=None)
        if self.looks_ahead:
            self._check_forecast()
        if self.sweep is not None:
            self._check_sweep()
        if self.timeout is not None:
            self._check_timeout()
        if self.max_tasks is not None and not self.queue:
            raise PlanError("`--max-tasks` bounds a queue: add `--queue`")
        if self.close is not None and self.compare is None:
            raise PlanError("`--close` is for comparing values: add `--compare`")
        return self._read()

    @property
    def names(self) -> tuple[str, ...]:
        """The backends that are to run the tasks, but for serial in a comparison."""
        compared = [name for name in self.compare or () if name != "serial"]
        return tuple(compared) or (self.backend,)

    @property
    def looks_ahead(self) -> bool:
        """Whether the first tasks are run ahead of the others."""
        return self.forecast or self.backend == AUTO

    def _all(self) -> tuple[str, ...]:
        """List all backends that can be compared; dask has no queue."""
        ours = (name for name in BACKENDS if name != "serial")
        return (*ours, DASK) if not self.queue and clients.at_hand() else tuple(ours)

    def _chosen(self) -> Executor | None:
        """Return the executor: that of the client that is open, where dask is asked for by name."""
        if DASK not in self.names or (self.executor and name_of(self.executor) == DASK):
            return self.executor
        return clients.current()

    def _read(self) -> Manner:
        """Read the numbers and the names that were given; each is checked by itself."""
        method = self.start_method
        if method:
            check_start_method(method)
        for name, value, known in (
            ("errors", self.errors, ERRORS),
            ("forecast", self.forecast, (True, False)),
            ("queue", self.queue, (True, False)),
        ):
            if value not in known:
                raise PlanError(f"{name} must be {either([*map(str, known)])}, not {said(value)}")
        workers, most, sweep = self.workers, self.max_tasks, self.sweep
        executor = self._chosen()
        return self._replace(
            executor=executor,
            workers=self._most(executor, None if workers is None else _count("workers", workers)),
            start_method=method or launch.usual_method(),
            retries=_count("retries", self.retries, least=0),
            repeat=_count("repeat", self.repeat),
            max_tasks=None if most is None else _count("max_tasks", most),
            sweep=None if sweep is None else tuple(map(_swept, sweep)),
            timeout=None if self.timeout is None else _seconds(self.timeout),
            close=None if self.close is None else _part(self.close),
        )

    def _most(self, executor: Executor | None, workers: int | None) -> int:
        """Say how many workers there are to be; an executor has no more than it has."""
        size = size_of(executor) if executor and set(self.names) <= set(HIRED) else None
        size = size or workers or cpus.available()
        return min(size, workers or size)

    def _check_backends(self) -> None:
        for name in (self.backend, *(self.compare or ())):
            if why := missing(name):
                raise PlanError(why)
        if self.executor is None:
            _check_name("backend", self.backend, CHOICES)
        for name in self.compare or ():
            _check_name("backend", name, NAMES, " to compare")

    def _check_hired(self) -> None:
        """Refuse what cannot be had of workers that are not ours."""
        hired = set(HIRED).intersection(self.names)
        if not hired:
            return
        whose = f"`{DASK}`" if DASK in hired else "an executor of your own"
        for given, option in (
            (self.timeout is not None, "--timeout"),
            (self.queue, "--queue"),
            (self.forecast, "--forecast"),
        ):
            if given:
                raise PlanError(f"{whose} has no `{option}`: leave it out, or use `-b pool`")

    def _check_forecast(self) -> None:
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
        if self.compare is not None:
            raise PlanError("sweep or compare: a sweep compares numbers of workers, not backends")
        if self.backend == "serial":
            raise PlanError("a sweep needs workers: choose another backend than `serial`")

    def _check_timeout(self) -> None:
        for name in {self.backend, *(self.compare or ())}.difference(PROCESSES):
            raise PlanError(
                f"a timeout needs tasks in processes of their own, which can be ended: not on "
                f"`{name}`, but on `pool` or `process`"
            )


def check_start_method(name: object) -> None:
    """Raise PlanError if worker processes cannot be started so."""
    _check_name("start method", name, launch.methods())


def _check_name(what: str, name: object, known: Sequence[str], purpose: str = "") -> None:
    if name in known:
        return
    shown, meant = said(name), ""
    if isinstance(name, str):
        near = nearest_backend if "backend" in what else nearest
        shown, meant = f"`{name}`", near(name, known)
    raise PlanError(f"no {what} {shown}{purpose}: choose {either(known)}{meant}")


def _count(name: str, value: object, *, least: int = 1) -> int:
    count = whole(value)
    if count is None or count < least:
        cure = "; leave it out to use all processors" if name == "workers" else ""
        raise PlanError(f"{name} must be a whole number from {least} up, not {said(value)}{cure}")
    return count


def _swept(value: object) -> int:
    count = whole(value)
    if count is None or count < 1:
        allowed = "numbers of workers from 1 up, such as (1, 2, 4)"
        raise PlanError(f"a sweep takes {allowed}, not {said(value)}")
    return count


def _seconds(value: object) -> float:
    seconds = number(value)
    if seconds is None or not seconds > 0:
        raise PlanError(f"timeout must be seconds, more than 0, not {said(value)}")
    return seconds


def _part(value: object) -> float:
    part = number(value)
    if part is None or not 0 <= part < 1:
        raise PlanError(f"close must be from 0 to below 1, such as 1e-9, not {said(value)}")
    return part


def _worker_inside() -> bool:
    """Tell whether this process is a worker: its tasks run serially what they run by pmap.

    All processors have their worker already; more of them would only be in each other's way.
    """
    worker = sys.modules.get("parmagic.run.workers.worker")
    inside = getattr(worker, "inside", False)  # another thread may just be importing it
    if inside:
        _say_so_once()
    return inside


@cache
def _say_so_once() -> None:
    sys.stderr.write(NESTED)
