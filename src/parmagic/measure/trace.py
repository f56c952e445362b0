"""A run as a file in the Trace Event format, which Perfetto and the viewers of browsers open.

The format is that of "Trace Event Format" (the Chromium project): a JSON object with a list of
events; `ph` "X" is a stretch of time on a lane (`tid`) of a group of lanes (`pid`), "M" names
these, "s" and "f" are the ends of an arrow. Times are microseconds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from parmagic.measure.record import Run
from parmagic.measure.saved import json_place
from parmagic.measure.spell import Spell, cut_of, enqueued_in, errors_of, spells_of
from parmagic.measure.task import error_text


def save_trace(run: Run, path: str | os.PathLike[str]) -> None:
    """Write the timeline of a run, and of those it was compared with, to a `.json` file."""
    place = json_place(path, "write a trace")
    events = [
        event
        for number, one in enumerate((run, *run.others), start=1)
        for event in _events(one, number)
    ]
    document = {"traceEvents": events, "displayTimeUnit": "ms"}
    place.write_text(json.dumps(document, separators=(",", ":")), encoding="ascii")


def _events(run: Run, group: int) -> Iterator[dict[str, Any]]:
    """Yield the events of one run: the names of its lanes, then what happened in them."""
    where = run.cell or run.code
    yield _name("process_name", group, 0, f"{run.backend} × {run.workers}: {where}")
    for lane in range(run.workers):
        yield _name("thread_name", group, lane + 1, f"worker {lane}")
    yield from _chunks(run, group)
    failed = errors_of(run.tasks)
    for spell in spells_of(run.tasks):
        name, details = _told(run, spell)
        category = "task"
        if spell.tasks == 1 and spell.first in failed:
            category = "task,failed"
            details["error"] = error_text(failed[spell.first])
        stretch = spell.started, spell.finished
        yield _slice(group, spell.worker, name, category, stretch, details)
    for spell in cut_of(run.tasks, run.elapsed):
        name, details = _told(run, spell)
        stretch = spell.started, spell.finished
        yield _slice(group, spell.worker, name, "task,unfinished", stretch, details)
    yield from _arrows(run, group)


def _chunks(run: Run, group: int) -> Iterator[dict[str, Any]]:
    """Yield a slice for each chunk, around its tasks, and in it what was done beside them."""
    started: set[tuple[int, float]] = set()
    for one in sorted(run.traffic.passages, key=lambda passage: passage.received):
        if one.ready > 0 and (one.worker, one.born) not in started:  # it was not warm
            stretch = max(0.0, one.born), one.ready
            yield _slice(group, one.worker, "start-up", "start-up", stretch)
        started.add((one.worker, one.born))
        size = {"bytes sent": one.sent, "bytes returned": one.returned}
        yield _slice(group, one.worker, "chunk", "chunk", (one.received, one.packed), size)
        for name, category, start, end in (
            ("load the code", "start-up", one.received, one.loaded),
            ("unpickle the items", "transfer", one.loaded, one.unpacked),
            ("pickle the values", "transfer", one.ran, one.packed),
        ):
            yield _slice(group, one.worker, name, category, (start, end))


def _arrows(run: Run, group: int) -> Iterator[dict[str, Any]]:
    """Yield the two ends of an arrow from a task to each one that it enqueued."""
    for parent, task in enqueued_in(run.tasks):
        if None in {parent.started, parent.finished, task.started}:
            continue
        start = task.started or 0.0
        leaves = min(parent.finished or start, start)
        for end, one, at in (("s", parent, leaves), ("f", task, start)):
            yield {
                "ph": end,
                "bp": "e",
                "id": f"{group}.{task.index}",
                "name": "enqueue",
                "cat": "task",
                "pid": group,
                "tid": (one.worker or 0) + 1,
                "ts": _stretch(at, at)["ts"],
            }


def _told(run: Run, spell: Spell) -> tuple[str, dict[str, Any]]:
    """Return the name of a stretch, and what a viewer shows when it is clicked."""
    task = run.tasks[spell.first]
    cpu = {} if spell.cpu is None else {"CPU seconds": spell.cpu}
    if spell.tasks > 1:  # too short to be timed one by one
        last = spell.first + spell.tasks - 1
        return f"{spell.tasks:,} × {task.label}", {"tasks": f"{spell.first}–{last}", **cpu}
    printed = {"printed": task.stdout} if task.stdout else {}
    parent = {} if task.parent is None else {"enqueued by task": task.parent}
    return task.label, {"task": spell.first, **parent, **cpu, **printed}


def _slice(  # noqa: PLR0913, PLR0917 - the parts of an event
    group: int,
    worker: int,
    name: str,
    category: str,
    stretch: tuple[float, float],
    details: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the event of a stretch of time in a worker's lane."""
    event = {"ph": "X", "name": name, "cat": category, "pid": group, "tid": worker + 1}
    return {**event, **_stretch(*stretch), "args": details or {}}


def _name(kind: str, group: int, lane: int, name: str) -> dict[str, Any]:
    return {"ph": "M", "name": kind, "pid": group, "tid": lane, "args": {"name": name}}


def _stretch(start: float, end: float) -> dict[str, float]:
    """Return a stretch in microseconds, cut to whole nanoseconds: so neighbours never overlap."""
    begun, ended = round(start * 1e9), round(end * 1e9)
    return {"ts": begun / 1000, "dur": max(0, ended - begun) / 1000}
