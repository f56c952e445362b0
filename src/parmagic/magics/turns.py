"""Runs the turns of a loop as tasks, and makes their changes in the notebook, in serial order."""

from __future__ import annotations

import ast
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from parmagic.magics.cell import Cell
from parmagic.measure.record import Run
from parmagic.measure.records import Tasks
from parmagic.measure.task import PENDING
from parmagic.modules.package import Entry
from parmagic.plan.cells.body import LAST, TURN
from parmagic.plan.cells.loop import Loop
from parmagic.plan.work import Plan, as_task

_TRIED = 100  # times that an empty statement is run, to measure what running one costs
_Turn = tuple[Sequence[Sequence[Any]], Mapping[str, Any]]  # changes, and temporaries


class LoopRun:
    """One run of a loop."""

    def __init__(self, loop: Loop, cell: Cell, execute: Callable[[Plan], Run]) -> None:
        self._loop = loop
        self._cell = cell
        self._namespace = cell.namespace
        self._execute = execute
        self._times: list[float] = []  # seconds of each change
        self._always = {*loop.temporaries} - {*loop.sometimes}
        self._missing: set[str] = set()  # temporaries whose value has not been brought back
        self._changes = [cell.compiled(change) for change in loop.changes]

    def run(self, read: list[tuple[Any, ...]]) -> None:
        """Run a task for each item, a tuple of the loop variables; bind what the loop binds."""
        __tracebackhide__ = True
        with self._cell.tasks_run():
            self._run(read)
        self._cell.seconds += self._changes_alone()

    def _run(self, read: list[tuple[Any, ...]]) -> None:
        __tracebackhide__ = True
        final = len(read) - 1
        run = self._execute(self._plan([(*one, at == final) for at, one in enumerate(read)]))
        errors = cast("Tasks", run.tasks).errors
        try:
            self._make_all(read, run, errors)
        finally:
            for name in self._missing:  # rather unbound than the value of an earlier turn
                self._namespace.pop(name, None)
        if run.error is not None:
            raise run.error

    def _make_all(
        self, read: list[tuple[Any, ...]], run: Run, errors: Mapping[int, BaseException]
    ) -> None:
        __tracebackhide__ = True
        for item, value in zip(read, run.values, strict=False):
            if value is PENDING:
                break
            self._namespace.update(zip(self._loop.parameters, item, strict=True))
            failed = isinstance(value, BaseException) and any(value is e for e in errors.values())
            turn: _Turn = value.__dict__.pop(TURN, ((), {})) if failed else value
            self._make(turn)
            self._missing |= set() if failed else self._always
            self._missing -= turn[1].keys()
            if failed and run.error is not None:  # else it is kept, and the others count
                break

    def _make(self, turn: _Turn) -> None:
        """Make the changes of one turn, as if its statements stood here; bind its temporaries."""
        __tracebackhide__ = True
        namespace, (changes, temporaries) = self._namespace, turn
        for number, moving, *values in changes:
            names = [f"_parmagic_{place}" for place in range(len(values))]
            namespace.update(zip(names, values, strict=True))
            begun = time.perf_counter()
            try:
                self._cell.execute(self._changes[number])
                self._times.append(time.perf_counter() - begun)
            except BaseException:
                settled = self._loop.settled[number]
                namespace.update(
                    (name, temporaries[name]) for name in settled if name in temporaries
                )
                namespace.update(moving or {})
                self._missing |= self._always.intersection(settled) - temporaries.keys()
                self._missing -= {*(moving or {})}
                raise
            finally:
                for name in names:
                    del namespace[name]
        namespace.update(temporaries)

    def _changes_alone(self) -> float:
        """Return the seconds of the changes in a plain loop, where none is called by itself."""
        nothing = self._cell.compiled(ast.Pass(lineno=1, col_offset=0))
        found = []
        for _ in range(min(_TRIED, len(self._times))):
            begun = time.perf_counter()
            self._cell.execute(nothing)
            found.append(time.perf_counter() - begun)
        each = statistics.median(found) if found else 0.0
        return max(0.0, sum(self._times) - each * len(self._times))

    def _plan(self, items: list[tuple[Any, ...]]) -> Plan:
        loop, filename = self._loop, self._cell.filename
        return Plan(
            code=loop.text,
            label=loop.text,
            call=as_task(self._cell.function(loop.source, loop.first_line)),
            entry=Entry(
                code=loop.text,
                filename=filename,
                line=loop.first_line,
                parameters=(*loop.parameters, LAST),
                source=loop.source,
            ),
            namespace=self._namespace,
            items=items,
            spread=True,
            own=1,
            compared=self._compared,
        )

    def _compared(self, turn: _Turn | BaseException) -> Any:
        """Name what a turn changes, by its line, and its temporaries."""
        if isinstance(turn, BaseException):  # it is kept in the place of the value
            return turn
        found: dict[str, list[Any]] = {}
        for number, _, *values in turn[0]:
            found.setdefault(f"line {self._loop.changes[number].lineno}", []).extend(values)
        changes = {line: each[0] if len(each) == 1 else each for line, each in found.items()}
        return {**changes, **turn[1]}
