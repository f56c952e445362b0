"""Advice in words: one line for each cause, with its remedy and a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parmagic.show.duration import duration
from parmagic.show.size import size
from parmagic.show.verdict import factor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parmagic.measure.advice import Advice
    from parmagic.measure.record import Run

_SAID = {
    "short": "the tasks together are only {work} of work, less than giving them out costs: "
    "stay serial (`-b serial`): about {faster} faster",
    "gil": "the tasks compute, and threads take turns at it (the GIL): "
    "use `-b pool`: about {faster} faster",
    "waiting": "the tasks mostly wait, and can wait together: "
    "use `-b thread -w {workers:.0f}`: about {left}",
    "span": "the longest task takes {span} of {elapsed}: no number of workers makes it faster; "
    "cut that task into several",
    "imbalance": "workers waited {percent} of the time for others to end: make more and smaller "
    "tasks: about {left}",
    "processes": "starting a process for each task costs {percent}: "
    "use `-b pool`: about {faster} faster",
    "start-up": "this run includes starting workers, {percent}: run it again, or measure "
    "with `--repeat 3`: about {left}",
    "results": "results of {bytes} cost {percent}: return less, or reduce them inside the tasks",
    "items": "items of {bytes} cost {percent}: send less, such as a file name or a range, or let "
    "tasks read what they share as a global, which is sent once",
    "needs": "data of {bytes} in all are sent to a new process for each of {tasks:,.0f} tasks and "
    "cost {percent}: use `-b pool`, whose workers get them once",
    "grain": "the tasks are so short that giving them out costs {percent}: "
    "let each do more, such as a whole range of items",
    "starvation": "workers waited {percent} of the time for the next item: "
    "the iterable gives items too slowly; make them inside the tasks",
    "queue": "workers waited {percent} of the time for tasks that others add: "
    "add them earlier, or use fewer workers",
    "workers": "{count} workers compute on {cpus:.0f} processors, which makes tasks slower by up "
    "to {percent}: use `-w {cpus:.0f}`",
    "blas": "{count} workers with {threads:.0f} threads of a numerical library each share "
    "{machine} processors, which costs up to {percent}: set OMP_NUM_THREADS to {own:.0f} "
    "before you load parmagic",
    "memory bandwidth": "tasks took {percent} longer beside others than alone: they share "
    "memory, or the machine was busy: give each task less data at a time, or measure again "
    "with `--repeat 3`",
    "memory": "{percent} of the memory is in use: use fewer workers (`-w {fewer}`), or "
    "smaller tasks",
    "noise": "the rounds differ by {percent}: something else uses this machine; "
    "end that, or measure with `--repeat 5`",
}


def advice_lines(run: Run) -> Iterator[str]:
    """Yield one line for each piece of advice."""
    for one in run.advice:
        yield f"advice: {_said(run, one)}"


def _said(run: Run, one: Advice) -> str:
    facts = one.facts
    left = one.left or 0.0
    words = {
        **facts,
        "work": duration(facts.get("work", 0.0)),
        "span": duration(facts.get("span", 0.0)),
        "bytes": size(facts.get("bytes", 0.0)),
        "percent": f"{round(100 * one.cost)} %",
        "elapsed": duration(run.elapsed),
        "left": duration(left),
        "faster": factor(run.elapsed / left) if left > 0 else "much",
        "count": run.workers,
        "machine": run.cpus,
        "fewer": max(1, run.workers // 2),
    }
    return _SAID[one.cause].format(**words)
