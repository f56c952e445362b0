"""Runs the statements of a %%parallel cell: groups of calls at the same time, the rest in order."""

from __future__ import annotations

import builtins
import sys
import time
from collections.abc import Collection
from typing import Any, NamedTuple

from IPython.core.interactiveshell import InteractiveShell

from parmagic.errors import PlanError
from parmagic.magics.call import finish, manner_of, usage_errors
from parmagic.magics.cell import Cell
from parmagic.magics.defaults import Defaults
from parmagic.magics.drawing import drawing_soon
from parmagic.magics.group import GroupRun
from parmagic.magics.options import parse, usage
from parmagic.measure.joined import Part, joined
from parmagic.measure.record import Run
from parmagic.modules.names import names_read
from parmagic.modules.own import is_own_function
from parmagic.modules.source import text_of
from parmagic.plan.cell import read_cell
from parmagic.plan.step import Group
from parmagic.plan.work import Plan
from parmagic.run.execute import execute
from parmagic.run.manner import Manner

NOTHING = (
    "nothing ran in parallel: no statement of this cell calls a function of your own, "
    "as in `a = simulate(1)`"
)
_builtins = vars(builtins)


def run_cell(shell: InteractiveShell, defaults: Defaults, line: str, body: str) -> Any:
    """Run a cell as its options say, and return the value of its last expression."""
    __tracebackhide__ = True
    with usage_errors():
        options, _ = parse("parallel", line, shell.user_ns)
        if options.help:
            print(usage("parallel"))
            return None
        if options.export is not None:
            raise PlanError("`--export` writes the run of a %pmap line: put the calls into one")
        manner = manner_of(options, defaults)
        cell = Cell(shell, "parallel", body)
    with drawing_soon(shell, options, defaults, manner, chart=True):
        outcome = CellRun(cell, shell.user_ns, manner).run()
    if outcome.run is not None:
        finish(outcome.run, options, shell, defaults, chart=True)
    with usage_errors():
        if outcome.error is not None:
            raise outcome.error
    if outcome.run is None and not options.quiet:
        print(NOTHING, file=sys.stderr)
    return outcome.value


class Outcome(NamedTuple):
    """What a cell came to."""

    value: Any  # of its last expression
    run: Run | None  # None if it had no task
    error: BaseException | None


class CellRun:
    """One run of a cell, from its first statement to its last or to the first that fails."""

    def __init__(self, cell: Cell, namespace: dict[str, Any], manner: Manner) -> None:
        self._cell = cell
        self._namespace = namespace
        self._manner = manner
        self._parts: list[Part] = []
        self._begun = 0.0

    def run(self) -> Outcome:
        """Run the cell; an exception, of a task or of any other statement, is in the outcome."""
        __tracebackhide__ = True
        steps = read_cell(
            self._cell.tree,
            self._is_own_function,
            self._reads_of,
            self._is_bound,
            dataflow=not self._manner.queue,  # a queue gives out tasks in the order put
        )
        self._begun = time.perf_counter()
        value, error = None, None
        try:
            for step in steps:
                if isinstance(step, Group):
                    value = self._run_group(step)
                else:
                    value = self._cell.run(step.statements)
        except BaseException as raised:  # noqa: BLE001 - also an interrupt ends the cell
            error = raised
        elapsed = time.perf_counter() - self._begun
        run = joined(self._parts, elapsed, error) if self._parts else None
        return Outcome(value, run, error)

    def _is_own_function(self, name: str) -> bool:
        return is_own_function(self._namespace.get(name))

    def _is_bound(self, name: str) -> bool:
        value = self._namespace.get(name, _builtins.get(name))
        return value is not _builtins.get(name)

    def _reads_of(self, name: str) -> Collection[str]:
        value = self._namespace.get(name)
        here = is_own_function(value) and value.__module__ == "__main__"
        text = text_of(value, name) if here else None  # others read what is in their module
        return names_read(text).all if text else ()

    def _run_group(self, group: Group) -> Any:
        __tracebackhide__ = True
        return GroupRun(group, self._cell, self._namespace).run(self._execute)

    def _execute(self, plan: Plan) -> Run:
        start = time.perf_counter() - self._begun
        run = execute(plan, self._manner)
        self._parts.append(Part(run, start))
        return run
