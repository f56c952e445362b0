"""Says how a cell was read: a margin beside its lines, and the graph of its tasks."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

from parmagic.modules.bound import bound_names
from parmagic.modules.names import chain_of
from parmagic.modules.source import Def
from parmagic.plan.cells.apart import HIDDEN
from parmagic.plan.cells.cell import Reading
from parmagic.plan.cells.comprehension import Mapped
from parmagic.plan.cells.loop import Loop
from parmagic.plan.cells.step import Barrier, Group
from parmagic.plan.quote import Quote, quote_head, quoting
from parmagic.show.graph import Box
from parmagic.words import either

_HOLDERS = (ast.stmt, ast.ExceptHandler, ast.match_case)  # of statements
_LEGEND = {
    "together": "together: at the same time, each call as soon as what it reads is there",
    "elements": "elements: a task for each, at the same time",
    "turns": "turns: a task for each, at the same time; changes are made in serial order",
    "notebook": "notebook: as in any cell, when everything above is done",
    "serial": "serial: as in any cell, for the reason given",
}


def margin(reading: Reading, code: str) -> list[str]:
    """Write the lines of a cell with their numbers, what runs them, and what they wait for.

    `code` begins with the line of the magic, which is line 1 and is left out.
    """
    marks = _marks(reading)
    width = max((len(mark) for mark, _ in marks.values()), default=0)
    written: list[str] = []
    for number, line in enumerate(code.rstrip("\n").split("\n"), start=1):
        mark, note = marks.get(number, ("", ""))
        if number > 1:
            end = f"    ← {note}" if note else ""
            written.append(f"{number:>4}  {mark:<{width}} │ {line}{end}".rstrip())
    used = {mark.split()[0] for mark, _ in marks.values()}
    legend = [text for word, text in _LEGEND.items() if word in used]
    return [*written, "", *legend, *_open(reading, marks)]


def _open(reading: Reading, marks: Mapping[int, tuple[str, str]]) -> list[str]:
    """Name the statements that must run before it is known whether calls below them are tasks."""
    telling = [node for node in reading.telling if not _is_loaded(node)]
    tasks = [line for line, (mark, _) in marks.items() if _has_tasks(mark)]
    below = max([*tasks, *_called(reading, telling)], default=0)
    lines = [str(node.lineno) for node in telling if node.lineno < below]
    if not lines:
        return []
    where = f"line {lines[0]} has" if len(lines) == 1 else f"lines {either(lines, 'and')} have"
    return [f"only when {where} run, it is known which calls below are tasks"]


def _called(reading: Reading, telling: Iterable[ast.stmt]) -> Iterator[int]:
    """Yield the lines in the notebook that call what these bind, which may be a function."""
    bindings = (node for node in telling if not isinstance(node, ast.ClassDef))
    bound = {name for node in bindings for name in bound_names(node)}
    barriers = (step for step in reading.steps if isinstance(step, Barrier))
    for statement in (one.original for step in barriers for one in step.statements):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and (chain_of(node.func) or "").split(".")[0] in bound:
                yield node.lineno


def _is_loaded(node: ast.stmt) -> bool:
    """Tell whether an import binds what is known before it runs."""
    if isinstance(node, ast.ImportFrom):
        return node.module in sys.modules
    return isinstance(node, ast.Import) and all(one.name in sys.modules for one in node.names)


def boxes(reading: Reading, code: str) -> list[Box]:
    """Return the statements and tasks of a cell as the boxes of a graph, in serial order."""
    quote = quoting(code)
    found: list[Box] = []
    before: tuple[int, ...] = ()  # the boxes that the next step waits for
    for step in reading.steps:
        first = len(found)
        if isinstance(step, Group):
            for call in step.calls:
                needs = tuple(sorted({first + number for number in call.needs.values()}))
                found.append(Box(call.text, "call", call.line, needs or before))
        else:
            for box in _of_barrier(step, reading, quote):
                needs = (len(found) - 1,) if len(found) > first else before
                found.append(Box(box.text, box.kind, box.line, needs))
        needed = {number for box in found[first:] for number in box.needs}
        before = tuple(at for at in range(first, len(found)) if at not in needed)
        if isinstance(step, Barrier):
            before = (len(found) - 1,)
    return found


def _of_barrier(step: Barrier, reading: Reading, quote: Quote) -> Iterator[Box]:
    """Join statements without tasks that follow one another; one with tasks stands alone."""

    def kind(statement: ast.stmt) -> str:
        inside = (one for one in _maps(reading) if _spans(statement, one.line))
        return next(map(_word, inside), "notebook")

    for word, group in groupby((one.original for one in step.statements), key=kind):
        if word == "notebook":
            first, *others = group
            more = f"  (and {len(others)} more)" if others else ""
            yield Box(quote_head(first, quote) + more, word, first.lineno, ())
        else:
            for statement in group:
                yield Box(quote_head(statement, quote), word, statement.lineno, ())


def _maps(reading: Reading) -> list[Mapped | Loop]:
    return [one for one in reading.maps if not one.spare]


def _word(one: Mapped | Loop) -> str:
    return "turns" if isinstance(one, Loop) else "elements"


def _marks(reading: Reading) -> dict[int, tuple[str, str]]:
    """Give each line that begins a statement its mark and its note."""
    marks: dict[int, tuple[str, str]] = {}

    def add(line: int, mark: str, note: str) -> None:
        before = marks.get(line, ("", ""))[1]  # several calls may stand on one line
        marks[line] = mark, "; ".join(filter(None, [before, note]))

    groups = 0
    loops = [one.line for one in reading.maps if isinstance(one, Loop)]
    for step in reading.steps:
        if isinstance(step, Barrier):
            for statement in _inside((one.original for one in step.statements), loops):
                marks.setdefault(statement.lineno, ("notebook", ""))
            continue
        groups += 1
        for statement in _inside((one.original for one in step.calls), loops):
            marks.setdefault(statement.lineno, ("notebook", ""))
        for call in step.calls:
            names = ", ".join(sorted(one for one in call.needs if not one.startswith(HIDDEN)))
            add(call.line, f"together {groups}", f"waits for {names}" if names else "")
    for one in _maps(reading):
        marks[one.line] = _word(one), f"a task for each of {one.iterates}"
    for reason in sorted(set(reading.reasons)):
        mark, _ = marks.get(reason.line, ("", ""))
        add(reason.line, mark if _has_tasks(mark) else "serial", reason.text)
    return marks


def _has_tasks(mark: str) -> bool:
    return mark.startswith(("together", "elements", "turns"))


def _inside(nodes: Iterable[ast.AST], tasks: Collection[int]) -> Iterator[ast.stmt]:
    """Walk through statements that run in the notebook, and those inside of them.

    `tasks` are the lines of what runs as tasks: the statements of a loop among them do not.
    """
    for node in nodes:
        if isinstance(node, ast.stmt):
            yield node
        ours = isinstance(node, ast.For) and node.lineno in tasks
        if isinstance(node, _HOLDERS) and not ours and not isinstance(node, Def):
            yield from _inside(ast.iter_child_nodes(node), tasks)


def _spans(statement: ast.stmt, line: int) -> bool:
    return statement.lineno <= line <= (statement.end_lineno or statement.lineno)
