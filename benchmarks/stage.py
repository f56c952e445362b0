"""One contender in one scenario in a notebook of its own: the cells typed, the clock read."""

from __future__ import annotations

import statistics
import textwrap
import time
from pathlib import Path
from typing import Any

from benchmarks.contender import Cells, Contender
from benchmarks.kernel import Kernel
from benchmarks.memory import held, used
from benchmarks.scenario import Scenario

PREPARE_LIMIT = 60.0  # seconds for a cell that is not timed
ENOUGH = 4.0  # seconds of timed calls after which a notebook is not asked for more
WARM_UP = "range(8)"  # calls of the first function of the set-up

_CLOCK = "from time import perf_counter as _clock"
_TIMED = """
value = None  # what the call before returned is freed before the clock starts
_begin = _clock()
{cell}
_took = _clock() - _begin
"""


class WrongValuesError(Exception):
    """The call returned, but not what a plain loop would have."""


class Stage:
    """The cells of a contender, filled in for a scenario, and run in a kernel."""

    def __init__(
        self, kernel: Kernel, contender: Contender, scenario: Scenario, limit: float
    ) -> None:
        cells, usual = contender.cells(scenario), contender.usual(scenario)
        if cells is None or usual is None:
            raise ValueError(f"{contender.name} has nothing to do with {scenario.name}")
        self._kernel = kernel
        self._cells: Cells = cells
        self._usual: Cells = usual
        self._limit = limit  # seconds
        self.scenario = scenario
        self.forks = contender.forks
        self.remark = ""

    def prepare(self) -> None:
        """Type what stands at the top of the notebook."""
        self.do(_CLOCK)
        self.do(self._cells.prepare)

    def define(self, cell: str | None = None) -> None:
        """Define the functions, by the set-up or by another cell."""
        self.do(self.scenario.setup if cell is None else cell)
        self.declare()

    def declare(self) -> None:
        """Type what a library wants below the definition of a function."""
        for function in self.scenario.functions:
            self.do(self._cells.define.format(function=function))

    def start(self) -> None:
        """Make the workers, and let them do something small, so that they are warm."""
        self.do(self._cells.start)
        function = self.scenario.functions[0]
        self.do(self._usual.call.format(function=function, items=WARM_UP))

    def stop(self) -> None:
        """End the workers."""
        self.do(self._cells.close)

    def do(self, cell: str) -> None:
        """Run a cell that is not timed."""
        if cell:
            self._kernel.run(cell, PREPARE_LIMIT)

    def timed(self, *, start: bool = False) -> float:
        """Return the seconds of the call, with the making of workers if that is asked for."""
        call = self._cells.call.format(function=self.scenario.function, items=self.scenario.items)
        cell = "\n".join(filter(None, [self._cells.start if start else "", call]))
        took = _time(self._kernel, cell, self.scenario, self._limit)
        self._check()
        return took

    def repeated(self, turn: Any) -> list[float]:
        """Return what `turn(number)` measured, as often as the scenario asks and time allows."""
        measured: list[float] = []
        while len(measured) < self.scenario.repeats and sum(measured) < ENOUGH:
            measured.append(turn(len(measured)))
        return measured

    def helpers(self) -> int:
        """Return the bytes that all processes beside the notebook's own hold."""
        return held(process.pid for process in self._kernel.processes())

    def everything(self) -> int:
        """Return the bytes that the notebook and all its helpers use."""
        helpers = [process.pid for process in self._kernel.processes()]
        return used([self._kernel.pid, *helpers])

    def _check(self) -> None:
        asked = {"right": self.scenario.expect, "remark": self.scenario.remark or "''"}
        answer = self._kernel.run("", PREPARE_LIMIT, **asked)
        if answer["right"] is not True:
            raise WrongValuesError(self.scenario.wrong)
        self.remark = answer["remark"]


def wait(seconds: float) -> None:
    """Leave the notebook alone, as its user does between two cells."""
    time.sleep(seconds)


def measure_limit(scenario: Scenario) -> float | None:
    """Measure what the machine allows in a scenario, in a notebook of its own."""
    if scenario.limit is None:
        return None
    top = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})"
    with Kernel() as kernel:
        kernel.run(f"{top}\nfrom benchmarks import limits", PREPARE_LIMIT)
        kernel.run(f"{scenario.setup}\n{scenario.data}\n{_CLOCK}", PREPARE_LIMIT)
        code, start = scenario.limit.code, scenario.limit.start
        if not start:
            return float(kernel.run("", PREPARE_LIMIT, limit=f"float({code})")["limit"])
        kernel.run(start, PREPARE_LIMIT)
        turns = range(scenario.repeats)
        return statistics.median(_time(kernel, code, scenario, PREPARE_LIMIT) for _ in turns)


def _time(kernel: Kernel, cell: str, scenario: Scenario, limit: float) -> float:
    if scenario.loop > 1:
        cell = f"for _turn in range({scenario.loop}):\n{textwrap.indent(cell, '    ')}"
    took = kernel.run(_TIMED.format(cell=cell), limit, took="_took")["took"]
    return float(took) / scenario.loop
