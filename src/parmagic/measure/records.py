"""What backends write down while tasks run: columns of clocks, and the values in their places."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, overload

from parmagic.measure.record import PENDING, Task

_NEVER = float("nan")


class Records:
    """The growing record of a run."""

    def __init__(self, begun: float, label: str) -> None:
        self.begun = begun  # perf_counter when the run began
        self.label = label
        self.labels: Sequence[str] = ()  # of each task, where they differ
        self.values: list[Any] = []
        self.errors: dict[int, BaseException] = {}
        self.input_error: BaseException | None = None
        self._worker = array("i")
        self._started = array("d")
        self._finished = array("d")
        self._cpu = array("d")
        self._printed: dict[int, list[str]] = {}

    def reserve(self, total: int) -> None:
        """Make places for tasks that are about to be given out, `total` with those before."""
        more = total - len(self.values)
        if more > 0:
            self.values.extend([PENDING] * more)
            self._worker.extend([-1] * more)
            for column in (self._started, self._finished, self._cpu):
                column.extend([_NEVER] * more)

    def finish(
        self, first: int, values: Sequence[Any], worker: int, clocks: Sequence[float]
    ) -> None:
        """Write down values in their places, and their clocks: started, finished, CPU seconds.

        `clocks` holds three numbers for each task; or three for all of them, which are then taken
        to have been equally long.
        """
        last = first + len(values)
        self.values[first:last] = values
        self._write_clocks(first, len(values), worker, clocks)

    def fail(
        self, task: int, error: BaseException, worker: int = 0, clocks: Sequence[float] = ()
    ) -> None:
        """Write down the exception of a task in the place of its value."""
        self.errors[task] = error
        self.reserve(task + 1)
        self.values[task] = error
        if clocks:
            self._write_clocks(task, 1, worker, clocks)

    def print(self, task: int, text: str) -> None:
        """Keep what a task printed."""
        self._printed.setdefault(task, []).append(text)

    def _write_clocks(self, first: int, count: int, worker: int, clocks: Sequence[float]) -> None:
        last = first + count
        self._worker[first:last] = array("i", [worker]) * count
        if len(clocks) == 3 * count:
            columns = [array("d", clocks[part::3]) for part in range(3)]
        else:
            started, finished, cpu = clocks
            step = (finished - started) / max(count, 1)
            columns = [
                array("d", [started + step * number for number in range(count)]),
                array("d", [started + step * (number + 1) for number in range(count)]),
                array("d", [cpu / max(count, 1)]) * count,
            ]
        self._started[first:last], self._finished[first:last], self._cpu[first:last] = columns

    def tasks(self) -> Tasks:
        """Return what was written down, one `Task` for each task."""
        return Tasks(self)


class Tasks(Sequence[Task]):
    """The tasks of a run, each made when it is asked for: there may be millions."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def __len__(self) -> int:
        return len(self._records.values)

    @overload
    def __getitem__(self, place: int) -> Task: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Task]: ...
    def __getitem__(self, place: int | slice) -> Task | Sequence[Task]:
        numbers = range(len(self))[place]
        if isinstance(numbers, int):
            return self._task(numbers)
        return [self._task(number) for number in numbers]

    def __iter__(self) -> Iterator[Task]:
        return map(self._task, range(len(self)))

    def _task(self, number: int) -> Task:
        records = self._records
        label = records.labels[number] if records.labels else records.label
        error = records.errors.get(number)
        stdout = "".join(records._printed.get(number, ()))  # noqa: SLF001 - one view, one file
        worker = records._worker[number]  # noqa: SLF001
        if worker < 0:
            return Task(number, label, error=error, stdout=stdout)
        return Task(
            index=number,
            label=label,
            worker=worker,
            started=records._started[number] - records.begun,  # noqa: SLF001
            finished=records._finished[number] - records.begun,  # noqa: SLF001
            cpu=records._cpu[number],  # noqa: SLF001
            error=error,
            stdout=stdout,
        )
