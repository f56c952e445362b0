"""Runs the statements of a %%parallel cell: groups of calls at the same time, the rest in order."""

from __future__ import annotations

import ast
import itertools
import sys
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import display

from parmagic import cells
from parmagic.errors import PlanError
from parmagic.magics.call import manner_of, usage_errors, with_defaults
from parmagic.magics.cell import Cell
from parmagic.magics.confirmed import found_out
from parmagic.magics.drawing import drawing_soon
from parmagic.magics.elements import ElementRun
from parmagic.magics.group import GroupRun
from parmagic.magics.instead import also_serial, instead
from parmagic.magics.known import known
from parmagic.magics.options import parse
from parmagic.magics.report import finish, is_kernel, say
from parmagic.magics.shared import why_late
from parmagic.magics.slips import refuse_overwriting
from parmagic.magics.usage import usage
from parmagic.measure.joined import GroupPart, joined
from parmagic.measure.record import Run
from parmagic.plan.cells.cell import Reading, read_cell
from parmagic.plan.cells.iterated import RUN
from parmagic.plan.cells.step import Barrier, Group
from parmagic.plan.effects.uncertain import Uncertain
from parmagic.plan.reason import Reason
from parmagic.plan.work import Plan
from parmagic.run.execute import execute
from parmagic.run.manner import Manner
from parmagic.show.explain import boxes, margin
from parmagic.show.progress import Progress
from parmagic.words import either

if TYPE_CHECKING:
    from parmagic.magics.magics import ParallelMagics

ONE_LINE = (
    "`%parallel` runs nothing: write `%%parallel`, and the cell below it; "
    "a single line is for `%pmap`"
)
NOTHING = (
    "nothing ran in parallel: no statement of this cell calls a function of your own, "
    "as in `a = simulate(1)`"
)
NO_ITEMS = (
    "nothing ran in parallel: the comprehensions and loops that call your functions had no items, "
    "or were not reached"
)


def run_cell(magics: ParallelMagics, line: str, body: str | None) -> Any:
    """Run a cell as its options say, and return the value of its last expression."""
    __tracebackhide__ = True
    shell = magics.shell
    with usage_errors():
        if body is None and line.strip() not in ("-h", "--help"):
            raise PlanError(ONE_LINE)
        options, _ = parse("parallel", line, shell.user_ns)
        if options.help or body is None:
            print(usage("parallel"))
            return None
        options = with_defaults(options, "parallel", magics)
        manner = manner_of(options, magics)
        cell = Cell(shell, "parallel", body)
        names = {node.id for node in ast.walk(cell.tree) if isinstance(node, ast.Name)}
        refuse_overwriting(options.out, names, shell.user_ns)
    if options.explain:
        _explain(shell, cell, manner)
        return None
    with drawing_soon(shell, options, manner):
        running = CellRun(cell, manner)
        outcome = running.run()
    if outcome.run is not None:
        finish(outcome.run, options, shell)
    elif options.out:
        shell.user_ns[options.out] = None  # the record of an earlier run would be taken for its own
    with usage_errors():
        if outcome.error is not None:
            raise outcome.error
    if not options.quiet:
        if outcome.run is None and not running.reasons:
            none = NOTHING + instead(cell.tree, shell.user_ns)
            said = [NO_ITEMS if running.repeats else none]
        else:
            also = also_serial(cell.tree, shell.user_ns)
            said = _serial([*running.reasons, *also], cell.filename)
        print(*said, sep="\n", end="\n" if said else "", file=sys.stderr)
    return cell.shown(outcome.value)


def _explain(shell: InteractiveShell, cell: Cell, manner: Manner) -> None:
    """Print the cell with its margin; where pictures can be shown, draw its graph as well."""
    reading = _read(cell, cell.tree.body, manner)
    say("\n".join(margin(reading, cell.code)))
    found = boxes(reading, cell.code)
    if found and is_kernel(shell):
        from parmagic.show.charts.graph import draw_graph

        display(draw_graph(found))


def _read(
    cell: Cell,
    rest: Sequence[ast.stmt],
    manner: Manner,
    *,
    stops: bool = False,
    seeded: Collection[str] = (),
) -> Reading:
    """Read the rest of a cell; where that takes long, say how far it is."""
    line, begun, count = Progress(), time.perf_counter(), itertools.count(1)

    def reading() -> None:
        line.see_reading(next(count), time.perf_counter() - begun)

    there = known(cell.namespace, manner.backend, None if manner.watch is None else reading)
    try:
        return read_cell(ast.Module([*rest], []), there, cell.code, stops=stops, seeded=seeded)
    finally:
        line.look_away()


def _serial(reasons: Sequence[Reason], filename: str) -> list[str]:
    """Say what stays serial though it calls functions of the user's: a line for each reason."""
    place = cells.label(filename)
    lines: dict[str, list[str]] = {}
    for one in sorted(set(reasons)):
        lines.setdefault(one.text, []).append(str(one.line))
    return [
        f"serial: line{'s' * (len(where) > 1)} {either(where, 'and')} of {place}: {text}"
        for text, where in lines.items()
    ]


class Outcome(NamedTuple):
    """What a cell came to."""

    value: Any  # of its last expression
    run: Run | None  # None if it had no task
    error: BaseException | None


class CellRun:
    """One run of a cell, from its first statement to its last or to the first that fails."""

    def __init__(self, cell: Cell, manner: Manner) -> None:
        self._cell = cell
        self._namespace = cell.namespace
        self._manner = manner
        self._parts: list[GroupPart] = []
        self._begun = 0.0
        self.reasons: list[Reason] = []
        self.repeats = False  # whether elements or turns are tasks, though there may be none

    def run(self) -> Outcome:
        """Run the cell; an exception, of a task or of any other statement, is in the outcome."""
        __tracebackhide__ = True
        self._begun = time.perf_counter()
        value, error = None, None
        rest: Sequence[ast.stmt] = self._cell.tree.body
        seeded: frozenset[str] = frozenset()
        while rest and error is None:
            reading = _read(self._cell, rest, self._manner, stops=True, seeded=seeded)
            rest, seeded = reading.rest, reading.seeded
            value, error = self._run_read(reading)
        elapsed = time.perf_counter() - self._begun
        own = self._cell.seconds
        run = joined(self._parts, elapsed, own, error) if self._parts else None
        return Outcome(value, run, error)

    def _run_read(self, reading: Reading) -> tuple[Any, BaseException | None]:
        """Run what has been read; return the value of its last expression, or what it raised."""
        __tracebackhide__ = True
        self.reasons += reading.reasons
        self.repeats |= bool(reading.maps)
        ending = reading.steps[-1]
        if not reading.rest and isinstance(ending, Barrier):
            self._cell.last = ending.statements[-1].node
        elif not reading.rest and isinstance(ending, Group) and ending.calls[-1].after is not None:
            self._cell.last = ending.calls[-1].after
        value, error = None, None
        elements = ElementRun(reading.maps, self._cell, self._execute, self._manner.workers)
        if reading.maps:
            self._namespace[RUN] = elements
        try:
            for step in reading.steps:
                if isinstance(step, Group):
                    value = self._run_group(step)
                else:
                    value = self._run_statements(step, elements)
        except BaseException as raised:  # noqa: BLE001 - also an interrupt ends the cell
            error = raised
        self._namespace.pop(RUN, None)
        self.reasons += elements.reasons
        return value, error

    def _run_group(self, group: Group) -> Any:
        __tracebackhide__ = True
        changed = group.objects and why_late(group.objects, self._namespace)
        self.reasons += [changed] if changed else []
        if changed or self._must_be_serial([one for call in group.calls for one in call.uncertain]):
            last = group.calls[-1]
            if last.shown or (last.after is not None and last.after is self._cell.last):
                self._cell.last = last.original
            return self._cell.run([*dict.fromkeys(call.original for call in group.calls)])
        return GroupRun(group, self._cell).run(self._execute)

    def _run_statements(self, step: Barrier, elements: ElementRun) -> Any:
        __tracebackhide__ = True
        value = None
        for node, original, uncertain, elements.within in step.statements:
            if self._must_be_serial(uncertain):
                self._cell.last = original if node is self._cell.last else self._cell.last
                value = self._cell.run([original])
            else:
                value = self._cell.run([node])
        elements.within = ()
        return value

    def _must_be_serial(self, calls: Sequence[Uncertain]) -> bool:
        """Tell whether values show that calls change something; say which."""
        found = [one for call in calls if (one := found_out(call, self._namespace))]
        self.reasons += found
        return bool(found)

    def _execute(self, plan: Plan) -> Run:
        begun = time.perf_counter()
        with self._cell.tasks_run():
            run = execute(plan, self._manner)
        self._parts.append(GroupPart(run, begun - self._begun, time.perf_counter() - begun))
        return run
