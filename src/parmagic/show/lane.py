"""The timeline of a run as blocks in lanes, and the critical task: the one that ended last.

Blocks that are too thin to be seen are gathered by columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise, zip_longest
from typing import Literal, NamedTuple

from parmagic.measure.record import Run
from parmagic.measure.spell import Spell, cut_of, errors_of, labels_of, spells_of
from parmagic.measure.task import Task
from parmagic.show.duration import duration
from parmagic.show.shade import Shades
from parmagic.words import one_line

FULL = 20  # steps of how busy a column was
_LONGEST = 40  # characters of the code of the critical task

Kind = Literal["done", "failed", "unfinished"]


class Block(NamedTuple):
    """A stretch of time in a worker's lane, in seconds; `busy` is the part of it that is used."""

    lane: int
    start: float
    end: float
    kind: Kind
    busy: float = 1.0
    task: Task | None = None  # None where a block gathers several
    shade: int = 0  # what its colour tells; of several tasks, what most of their time was


def timeline_end(run: Run) -> float:
    """Return the seconds that the timeline spans."""
    return max(run.elapsed, run.latest)


def blocks(run: Run, columns: int, shades: Shades | None = None) -> list[Block]:
    """Return one block for each task; of many tasks, gather those thinner than a column.

    Ten thousand tasks may share a few hundred columns of pixels. A block there tells for which part
    of the column's time the worker was busy. Neighbouring columns that look alike are one block.
    """
    few = len(run.tasks) <= columns
    end = timeline_end(run)
    column = end / columns if end > 0 else 1.0  # seconds
    found: list[Block] = []
    thin = _Thin(column, columns)
    unwell: dict[tuple[int, int, Kind], Block] = {}  # one is enough to be seen
    shades = shades or Shades("nothing")
    all_blocks = _each(run, end, shades) if few else _fast(run, end, shades, column)
    for block in all_blocks:
        if few or block.end - block.start >= column:
            found.append(block)
            thin.beside(block)
        elif block.kind != "done":
            unwell.setdefault((block.lane, int(block.start / column), block.kind), block)
        else:
            thin.add(block)
    return [*thin.gathered(), *found, *unwell.values()]


def _each(run: Run, end: float, shades: Shades) -> Iterator[Block]:
    for spell, after in pairwise(spells_of(run.tasks)):
        if spell.first == after.first:  # a try that another followed
            task = run.tasks[spell.first]
            yield Block(spell.worker, spell.started, spell.finished, "failed", task=task)
    yield from (_block(task, end, shades) for task in run.tasks if task.started is not None)


def _fast(run: Run, end: float, shades: Shades, column: float) -> Iterator[Block]:
    """Yield the blocks of many tasks; those that were timed together are one."""
    failed = errors_of(run.tasks)
    labels = labels_of(run.tasks)
    spells = [*spells_of(run.tasks)]
    for spell, after in zip_longest(spells, spells[1:]):
        alone = spell.tasks == 1
        again = after is not None and after.first == spell.first  # a try that another followed
        kind: Kind = "failed" if alone and (again or spell.first in failed) else "done"
        shade = shades.of(labels[spell.first], spell.duration / spell.tasks)
        seen = alone and (kind == "failed" or spell.duration >= column)
        task = run.tasks[spell.first] if seen else None
        yield Block(spell.worker, spell.started, spell.finished, kind, task=task, shade=shade)
    for spell in cut_of(run.tasks, end):
        yield _block(run.tasks[spell.first], end, shades)


def _block(task: Task, end: float, shades: Shades) -> Block:
    started = task.started or 0.0
    kind: Kind = "done" if task.error is None else "failed"
    if task.finished is None:
        return Block(task.worker or 0, started, end, "unfinished", task=task)
    shade = shades.of(task.label, task.duration)
    return Block(task.worker or 0, started, task.finished, kind, task=task, shade=shade)


class _Thin:
    """Gathers blocks that are thinner than a column, by the columns that they lie in."""

    def __init__(self, column: float, columns: int) -> None:
        self._column = column  # seconds
        self._last = columns - 1
        # Busy seconds by lane and column, and there by shade.
        self._busy: defaultdict[tuple[int, int], defaultdict[int, float]]
        self._busy = defaultdict(lambda: defaultdict(float))
        self._taken: defaultdict[tuple[int, int], float] = defaultdict(float)

    def add(self, block: Block) -> None:
        """Add a block to the one or two columns that it lies in."""
        at = min(int(block.start / self._column), self._last)
        edge = (at + 1) * self._column
        self._busy[block.lane, at][block.shade] += min(block.end, edge) - block.start
        if block.end > edge and at < self._last:
            self._busy[block.lane, at + 1][block.shade] += block.end - edge

    def beside(self, block: Block) -> None:
        """Note that a block of its own takes up parts of the columns at its ends."""
        first, last = int(block.start / self._column), int(block.end / self._column)
        for at in {first, last}:
            start, end = at * self._column, (at + 1) * self._column
            self._taken[block.lane, at] += min(end, block.end) - max(start, block.start)

    def gathered(self) -> list[Block]:
        """Return a block for each row of columns that look alike."""
        found: list[Block] = []
        for (lane, at), shades in sorted(self._busy.items()):
            seconds = sum(shades.values()) + self._taken[lane, at]
            busy = round(FULL * min(1.0, seconds / self._column)) / FULL
            shade = max(shades, key=lambda one: shades[one])
            start, end = at * self._column, (at + 1) * self._column
            block = Block(lane, start, end, "done", busy, shade=shade)
            last = found[-1] if found else block
            alike = block == last._replace(start=start, end=end)
            if alike and abs(start - last.end) < self._column / 2:
                found[-1] = last._replace(end=end)
            else:
                found.append(block)
        return found


def busy_share(run: Run) -> float:
    """Return which part of workers × elapsed was spent in tasks, from 0 to 1."""
    room = run.workers * timeline_end(run)
    return min(1.0, run.busy / room) if room > 0 else 0.0


def critical(run: Run) -> Spell | None:
    """Return the stretch of time that ended last; None where nobody waited for it."""
    if run.workers < 2 or not run.complete:
        return None
    return max(spells_of(run.tasks), key=lambda spell: spell.finished, default=None)


def critical_said(run: Run, last: Spell) -> str:
    """Say which task it is, and how long it took."""
    took = duration(last.duration)
    if last.tasks > 1:
        return f"critical: tasks {last.first} to {last.first + last.tasks - 1} ({took}) ended last"
    code = one_line(labels_of(run.tasks)[last.first], _LONGEST)
    return f"critical: task {last.first}, {code} ({took}), ended last"
