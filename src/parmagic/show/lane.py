"""The timeline of a run as blocks in lanes, with what is too thin to see gathered by columns."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from parmagic.measure.spell import errors_of, spells_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parmagic.measure.record import Run, Task

Kind = Literal["done", "failed", "unfinished"]


class Block(NamedTuple):
    """A stretch of time in a worker's lane, in seconds; `busy` is the part of it that is used."""

    lane: int
    start: float
    end: float
    kind: Kind
    busy: float = 1.0
    task: Task | None = None  # None where a block gathers several


def lanes(run: Run) -> int:
    """Count the lanes of a run: its workers, at least one."""
    return max(1, run.workers)


def timeline_end(run: Run) -> float:
    """Return the seconds that the timeline spans."""
    return max(run.elapsed, run.latest)


def blocks(run: Run, columns: int) -> list[Block]:
    """Return one block for each task; of many tasks, gather those thinner than a column.

    Ten thousand tasks may share a few hundred columns of pixels: there a block tells which part of
    its column's time the worker was busy, so that a full lane looks full and a sparse one does not.
    """
    few = len(run.tasks) <= columns
    end = timeline_end(run)
    column = end / columns if end > 0 else 1.0  # seconds
    found: list[Block] = []
    thin: defaultdict[tuple[int, int], float] = defaultdict(float)  # busy seconds by lane, column
    unwell: dict[tuple[int, int, Kind], Block] = {}  # one is enough to be seen
    for block in _all_blocks(run, end, few=few):
        if few or block.end - block.start >= column:
            found.append(block)
        elif block.kind != "done":
            unwell.setdefault((block.lane, int(block.start / column), block.kind), block)
        else:
            _spread(block, column, columns, thin)
    found.extend(unwell.values())
    found.extend(
        Block(lane, at * column, (at + 1) * column, "done", min(1.0, busy / column))
        for (lane, at), busy in thin.items()
    )
    return found


def _all_blocks(run: Run, end: float, *, few: bool) -> Iterator[Block]:
    if few or not hasattr(run.tasks, "spells"):
        yield from (_block(task, end) for task in run.tasks if task.started is not None)
        return
    failed = errors_of(run.tasks)
    for spell in spells_of(run.tasks):  # those that were timed together as one: far fewer
        kind: Kind = "failed" if spell.tasks == 1 and spell.first in failed else "done"
        yield Block(spell.worker, spell.started, spell.finished, kind)


def _block(task: Task, end: float) -> Block:
    started = task.started or 0.0
    kind: Kind = "done" if task.error is None else "failed"
    if task.finished is None:
        return Block(task.worker or 0, started, end, "unfinished", task=task)
    return Block(task.worker or 0, started, task.finished, kind, task=task)


def _spread(
    block: Block, column: float, columns: int, thin: defaultdict[tuple[int, int], float]
) -> None:
    """Add a thin block to the one or two columns that it lies in."""
    at = min(int(block.start / column), columns - 1)
    edge = (at + 1) * column
    thin[block.lane, at] += min(block.end, edge) - block.start
    if block.end > edge and at + 1 < columns:
        thin[block.lane, at + 1] += block.end - edge


def busy_share(run: Run) -> float:
    """Return which part of workers × elapsed was spent in tasks, from 0 to 1."""
    room = lanes(run) * timeline_end(run)
    return min(1.0, run.busy / room) if room > 0 else 0.0
