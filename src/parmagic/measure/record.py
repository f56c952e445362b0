"""A Run is the frozen record of one execution: every value, and every clock as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from parmagic.errors import ParmagicError
from parmagic.here import here
from parmagic.measure.traffic import Traffic
from parmagic.modules.module_file import ModuleFile

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from matplotlib.figure import Figure

    from parmagic.measure.advice import Advice
    from parmagic.measure.baseline import Baseline
    from parmagic.measure.breakdown import Breakdown
    from parmagic.measure.forecast import Forecast
    from parmagic.measure.scaling import Scaling
    from parmagic.measure.tally import Tally
    from parmagic.measure.task import Task


@dataclass(frozen=True, repr=False, eq=False)
class Run:
    """The record of one execution: every value, and every clock as it was read.

    All times are in seconds. What is not stored here (`speedup`, `work`, `breakdown`, `advice` and
    so on) is computed from what is, once. Two runs are equal only if they are the same one.

    A run may be read like the list of its values: `list(run)`, `run[0]`, `for value in run`.

    Attributes:
        code: What was asked for, e.g. "square(x) for x in numbers".
        backend: The name of what ran the tasks, e.g. "pool"; "dask" for a client of dask's,
            "executor" for an executor of the user's, "thread executor" for one with threads.
        workers: How many ran them; no more than there were tasks.
        values: One for each task, in the order of the input: its value, the exception where it
            failed, or `PENDING` where it was not finished.
        tasks: A `Task` for each of them, in the same order, with its own clocks.
        elapsed: Seconds from the beginning of the run to its end, start-up and transfer included.
        cpus: Processors that this process may use.
        gil: Whether threads of this interpreter exclude each other.
        cell: The cell that started the run, e.g. "In[4]"; None outside a notebook.
        start_method: How worker processes were started; None if there were none.
        serial: Measured seconds of the same work run serially (`compare`); None if not measured.
        between: Seconds in which the notebook itself ran statements between the tasks of a cell.
        error: What ended the run early: the exception of a task, or an interrupt; else None.
        difference: Where a value differs from the serial one (`compare`); None if none does.
        others: The runs on the other backends (`compare`); this one is the fastest, or failed.
        rounds: Seconds of each round (`repeat`); `elapsed` is the median, of two the lower.
        serial_rounds: The same of the serial runs.
        threads: How many threads a numerical library may use in each worker.
        serial_threads: How many it would use serially; 1 unless tasks may call one that has some.
        memory: The largest part of the memory in use, from 0 to 1, if workers held much of it.
        sweep: The runs with each number of workers, fewest first (`sweep`); this is the fastest.
        forecast: What the first tasks, run ahead, let expect (`forecast`, "auto"); None without,
            and where these were all.
        traffic: Clocks and bytes of what passed between the notebook and its workers.
        remarks: Notes on the tasks and what they need, one line each, made as they began.
        stages: How many tasks each group of a cell has, where several ran one after another.
        barred: Backends that cannot run these tasks, as far as is known.
        modules: The module files through which workers had the code that tasks need.
        retried: How many tries failed after which a task was run again (`retries`).
        called: Whether `pmap` was called, which has arguments where a magic has options.

    """

    code: str
    backend: str
    workers: int
    values: Sequence[Any]
    tasks: Sequence[Task]
    elapsed: float
    cpus: int
    gil: bool
    cell: str | None = None
    start_method: str | None = None
    serial: float | None = None
    between: float = 0.0
    error: BaseException | None = None
    difference: str | None = None
    others: tuple[Run, ...] = field(default=())
    rounds: tuple[float, ...] = ()
    serial_rounds: tuple[float, ...] = ()
    threads: int = 1
    serial_threads: int = 1
    memory: float = 0.0
    sweep: tuple[Run, ...] = ()
    forecast: Forecast | None = None
    traffic: Traffic = field(default=Traffic())
    remarks: tuple[str, ...] = ()
    stages: tuple[int, ...] = ()
    barred: tuple[str, ...] = ()
    modules: tuple[ModuleFile, ...] = ()
    retried: int = 0
    called: bool = False

    @property
    def work(self) -> float:
        """Seconds the tasks took where they ran, less what they may have waited for each other."""
        return self._clocked.low

    @property
    def baseline(self) -> Baseline:
        """Serial time: measured if the work was also run serially, otherwise estimated."""
        from parmagic.measure.baseline import Baseline

        measured = self.serial
        return self._estimated if measured is None else Baseline(measured, measured, "measured")

    @property
    def speedup(self) -> float:
        """Serial time over elapsed time; the least it can be where serial time is only bounded."""
        return self.baseline.low / self.elapsed if self.elapsed > 0 else 1.0

    @property
    def efficiency(self) -> float:
        """Speed-up per worker: 1.0 when every worker was busy with useful work all the time."""
        return self.speedup / self.workers

    @property
    def span(self) -> float:
        """Seconds of the longest task: no number of workers can finish a map sooner."""
        return self._tally.span

    @property
    def busy(self) -> float:
        """Seconds that all workers together spent inside tasks, waiting there included."""
        return self._tally.busy

    @property
    def computed(self) -> float:
        """Processor seconds of the tasks: of each at most as long as it took."""
        return self._tally.computed

    @property
    def latest(self) -> float:
        """Seconds from the beginning of the run to the last end of a task."""
        return self._tally.latest

    @property
    def finished(self) -> int:
        """How many tasks finished without an error."""
        return self._tally.finished

    @property
    def failed(self) -> int:
        """How many tasks ended with an error."""
        return self._tally.failed

    @property
    def first_failed(self) -> Task | None:
        """The first task, in the order of the input, that ended with an error."""
        return self._tally.first_failed

    @property
    def complete(self) -> bool:
        """Whether every task finished: only then can its time be compared with serial time."""
        return self.error is None and self.finished == len(self.tasks)

    @cached_property
    def advice(self) -> tuple[Advice, ...]:
        """What cost most and what to do about it, at most three; none where nothing is to gain."""
        from parmagic.measure.advice import advice_for

        return advice_for(self)

    @cached_property
    def breakdown(self) -> Breakdown:
        """Where workers × elapsed went, in seconds of all workers together."""
        from parmagic.measure.breakdown import breakdown_of

        return breakdown_of(self)

    @cached_property
    def scaling(self) -> Scaling | None:
        """What a sweep measured, with fitted laws and their forecast; None without a sweep."""
        from parmagic.measure.scaling import scaling_of

        return scaling_of(self.sweep)

    @cached_property
    def _clocked(self) -> Baseline:
        from parmagic.measure.baseline import estimate

        return estimate(self)

    @cached_property
    def _estimated(self) -> Baseline:
        from parmagic.measure.doubt import bounded

        bound = bounded(self, self._clocked)
        return replace(bound, low=bound.low + self.between, high=bound.high + self.between)

    @cached_property
    def _tally(self) -> Tally:
        from parmagic.measure.tally import tally_of

        return tally_of(self.tasks)

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values)

    def __getitem__(self, place: Any) -> Any:
        with here():
            return self.values[place]

    def __bool__(self) -> bool:
        return True  # it is there, also if it had nothing to run: `if last_run():`

    def table(self) -> Any:
        """Return one row for each task: a pandas frame, or a list of dicts without pandas.

        The columns are the fields of `Task`, with `duration`; times are in seconds.
        """
        from parmagic.measure.figures import table

        return table(self)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write every raw number to a `.json` file, which `Run.load` reads; values are left out.

        Raises ValueError if the name of the file ends otherwise.
        """
        from parmagic.measure.saved import save

        with here():
            save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Run:
        """Read a run that was saved; its `values` are empty.

        Raises ValueError if the file is not one that `save` wrote.
        """
        from parmagic.measure.saved import load

        with here():
            return load(path)

    def trace(self, path: str | os.PathLike[str]) -> None:
        """Write the timeline to a `.json` file that trace viewers open, such as ui.perfetto.dev.

        Raises ValueError if the name of the file ends otherwise.
        """
        from parmagic.measure.trace import save_trace

        with here():
            save_trace(self, path)

    def plot(self, kind: str = "summary") -> Figure:
        """Draw the run as a new matplotlib Figure.

        `summary` has bars of serial and parallel time, and beside them the `timeline` of the tasks;
        `breakdown` cuts workers × elapsed by what it went into; `sweep` is speed-up by workers.

        Raises PlanError if there is no such kind, or no sweep to draw.
        """
        from parmagic.show.charts.chart import draw

        with here(ParmagicError):
            return draw(self, kind)

    def to_dict(self) -> dict[str, Any]:
        """Return what is recorded, but the values, and the figures computed from it, as plain JSON.

        What passed between the notebook and its workers, and the module files, are left out.
        """
        from parmagic.measure.figures import figures

        return figures(self)

    def __str__(self) -> str:
        from parmagic.show.page import text

        return text(self)

    def __repr__(self) -> str:
        from parmagic.show.headline import headline

        return f"<Run: {headline(self)}>"

    def _repr_html_(self) -> str:
        from parmagic.show.page import html

        return html(self)

    def _repr_png_(self) -> bytes:
        from parmagic.show.charts.chart import picture

        return picture(self)
