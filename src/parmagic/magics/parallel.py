"""Runs the statements of a %%parallel cell: groups of calls at the same time, the rest in order."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from types import FunctionType
from typing import Any, NamedTuple

from IPython.core.interactiveshell import InteractiveShell

from parmagic.magics.call import finish, manner_of, usage_errors
from parmagic.magics.cell import Cell
from parmagic.magics.defaults import Defaults
from parmagic.magics.drawing import drawing_soon
from parmagic.magics.options import parse, usage
from parmagic.measure.joined import Part, joined
from parmagic.measure.record import PENDING, Run
from parmagic.modules.names import names_read
from parmagic.modules.package import Entry
from parmagic.modules.source import text_of
from parmagic.plan.cell import read_cell
from parmagic.plan.step import CallStatement, Group
from parmagic.plan.work import Place, Plan
from parmagic.run.execute import execute
from parmagic.run.manner import Manner

NOTHING = (
    "nothing ran in parallel: no statement of this cell calls a function of your own, "
    "as in `a = simulate(1)`"
)
_VALUE = "_parmagic_value"  # a name of the notebook, for the moment of an assignment


def run_cell(shell: InteractiveShell, defaults: Defaults, line: str, body: str) -> Any:
    """Run a cell as its options say, and return the value of its last expression."""
    __tracebackhide__ = True
    with usage_errors():
        options, _ = parse("parallel", line, shell.user_ns)
        if options.help:
            print(usage("parallel"))
            return None
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
        steps = read_cell(self._cell.tree, self._is_own_function, self._reads_of)
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
        value = self._namespace.get(name)
        return (
            isinstance(value, FunctionType)
            and value.__module__ == "__main__"
            and not inspect.isgeneratorfunction(value)  # its call does none of its work
            and not inspect.iscoroutinefunction(value)
        )

    def _reads_of(self, name: str) -> Collection[str]:
        value = self._namespace.get(name)
        text = text_of(value, name) if self._is_own_function(name) else None
        return names_read(text).all if text else ()

    def _run_group(self, group: Group) -> Any:
        __tracebackhide__ = True
        items: list[tuple[str, Sequence[Any], Mapping[str, Any]]] = []
        error: BaseException | None = None
        for statement in group.calls:
            try:
                items.append((statement.function, *self._arguments(statement.call)))
            except Exception as raised:  # noqa: BLE001 - serially, those before would have run
                error = raised
                break
        calls = group.calls[: len(items)]
        value = self._run_tasks(calls, items) if items else None
        if error is not None:
            raise error
        return value

    def _arguments(self, call: ast.Call) -> tuple[Sequence[Any], Mapping[str, Any]]:
        """Evaluate the arguments of a call, also starred ones, without calling."""
        __tracebackhide__ = True
        collect = ast.parse("lambda *args, **kwargs: (args, kwargs)", mode="eval").body
        expression = ast.Call(func=collect, args=call.args, keywords=call.keywords)
        for node in ast.walk(collect):
            if isinstance(node, ast.expr | ast.arg):
                ast.copy_location(node, call)
        found: tuple[Sequence[Any], Mapping[str, Any]] = self._cell.evaluate(
            ast.copy_location(expression, call)
        )
        return found

    def _run_tasks(self, calls: Sequence[CallStatement], items: list[Any]) -> Any:
        __tracebackhide__ = True
        start = time.perf_counter() - self._begun
        run = execute(self._plan(calls, items), self._manner)
        self._parts.append(Part(run, start))
        for statement, task, value in zip(calls, run.tasks, run.values, strict=False):
            if task.error is not None or value is PENDING:
                break  # serially, nothing after it would have been assigned
            self._assign(statement, value)
        if run.error is not None:
            raise run.error
        return run.values[len(calls) - 1] if calls[-1].shown else None

    def _plan(self, calls: Sequence[CallStatement], items: list[Any]) -> Plan:
        namespace, filename = self._namespace, self._cell.filename

        def call(function: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
            return namespace[function](*args, **kwargs)

        return Plan(
            code="; ".join(statement.text for statement in calls),
            label="task",
            call=call,
            entry=Entry(
                code=calls[0].text,
                filename=filename,
                line=calls[0].line,
                parameters=("function", "args", "kwargs"),
                expression="globals()[function](*args, **kwargs)",
                functions=tuple(dict.fromkeys(statement.function for statement in calls)),
            ),
            namespace=namespace,
            items=items,
            spread=True,
            labels=[statement.text for statement in calls],
            outer=lambda task: Place(filename, calls[task].line),
        )

    def _assign(self, statement: CallStatement, value: Any) -> None:
        __tracebackhide__ = True
        if not statement.targets:
            return
        assignment = copy.copy(statement.node)
        assignment.value = ast.copy_location(ast.Name(_VALUE, ast.Load()), statement.call)
        self._namespace[_VALUE] = value
        try:
            self._cell.run([assignment])
        finally:
            del self._namespace[_VALUE]
