"""Reads a `for` loop by the rules of MATLAB's parfor: which of its turns can be tasks.

Each name of the body is the loop variable, a temporary (assigned in a turn before it is read
there), broadcast (only read), or it is changed: by a sliced output (`out[i] = ...`,
`out.append(...)`), a reduction (`total += ...`) or a choice (`if y > best: best = y`, which parfor
has not). A task runs the body of one turn, but writes changes down instead of making them; the
notebook makes them, in serial order. So sums of floats and the order of dicts are the serial ones.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from parmagic.plan.cells.body import BodyWriter
from parmagic.plan.cells.generators import with_generators
from parmagic.plan.cells.objects import Objects, objects_of
from parmagic.plan.cells.turns import Turns
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.quote import Quote, quote_head
from parmagic.plan.reason import Reason, Refusal


@dataclass(frozen=True)
class Loop:
    """A loop whose turns are tasks."""

    text: str  # its first line
    line: int
    parameters: tuple[str, ...]  # the loop variables
    temporaries: tuple[str, ...]
    sometimes: tuple[str, ...]  # those that some turns may not assign
    source: str  # of the function `__task__` that runs one turn
    first_line: int  # of the cell, where the source begins: its lines are the cell's
    changes: tuple[ast.stmt, ...]  # by their numbers, with placeholders for values of the task
    # Of each change, the temporaries that have their last value of the turn when it is made.
    settled: tuple[tuple[str, ...], ...]
    iterates: str
    objects: Objects  # what to look at before its turns are run
    spare: bool = False  # whether it runs only where what is around it cannot be tasks


def read_loop(
    node: ast.For, meaning: Meaning, quote: Quote, *, guarded: bool
) -> Loop | Reason | None:
    """Read a loop: as tasks, or why it stays serial; None if it calls no function of the user's.

    A `guarded` one stands where the cell may go on after it has failed: then all temporaries of
    all turns are brought back, and none is unbound.
    """
    meaning = with_generators(node, meaning)
    if not any(call for part in node.body for call in meaning.own_calls(part)):
        return None
    try:
        turns = Turns(node, meaning)
        writer = BodyWriter(node, turns, guarded=guarded)
        source, first = writer.function()
        objects = objects_of(node, turns.local, turns.changed, turns.flat, meaning)
    except Refusal as refusal:
        return refusal.reason
    return Loop(
        text=quote_head(node, quote),
        line=node.lineno,
        parameters=turns.targets,
        temporaries=tuple(sorted(turns.temporaries)),
        sometimes=tuple(sorted(turns.temporaries - turns.always)),
        source=source,
        first_line=first,
        changes=tuple(writer.changes),
        settled=tuple(writer.settled),
        iterates=quote(node.iter),
        objects=replace(objects, items=tuple(turns.items)),
    )
