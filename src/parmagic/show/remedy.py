"""Advice in words: one line for each cause, with its remedy and a number."""

from __future__ import annotations

from collections.abc import Iterator

from parmagic.measure.advice import Advice
from parmagic.measure.record import Run
from parmagic.measure.spell import labels_of
from parmagic.run.typed import as_arguments
from parmagic.show.duration import duration
from parmagic.show.verdict import factor
from parmagic.words import plural, size

_SAID = {
    "short": "the tasks together are only {work} of work, less than giving them out costs: "
    "a plain loop is about {faster} faster",
    "gil": "the tasks compute, and threads take turns at it (the GIL): "
    "use {pool}: about {faster} faster",
    "waiting": "the tasks mostly wait, and can wait together: use {threads}: about {left}",
    "waiting here": "the tasks mostly wait, and can wait together: use {some}: about {left}",
    "span": "{longest} takes {span} of {elapsed}: no number of workers makes it faster, "
    "only cutting it into several",
    "order": "the longest tasks came late, and workers waited {percent} of the time for them: "
    "put the longest first: about {left}",
    "imbalance": "{count} workers cannot share these {tasks:,.0f} tasks evenly, and waited "
    "{percent} of the time for others to end: smaller tasks would take about {left}",
    "imbalance full": "{count} workers cannot share {tasks:.0f} tasks evenly, and waited "
    "{percent} of the time for others to end: {full:.0f} such tasks would take as long",
    "imbalance more": "{count} workers cannot share {tasks:.0f} tasks evenly, and waited "
    "{percent} of the time for others to end: use {some}: about {left}",
    "processes": "starting a process for each task costs {percent}: "
    "use {pool}: about {faster} faster",
    "start-up": "this run includes starting workers, {percent}: the next finds them ready: "
    "about {left}",
    "results": "results of {bytes} cost {percent}: return less, or reduce them inside the tasks",
    "items": "items of {bytes} cost {percent}: send less, such as a file name or a range, or let "
    "tasks read what they share as a global, which is sent once",
    "needs": "data of {bytes} in all are sent to a new process for each of {tasks:,.0f} tasks and "
    "cost {percent}: use {pool}, whose workers get them once",
    "globals": "data of {bytes} that functions read are unpickled by each of {count} workers in "
    "each run and cost {percent}: let them be arrays of numbers, which workers share, or make them "
    "items",
    "grain": "the tasks are so short that giving them out costs {percent}: "
    "let each do more, such as a whole range of items",
    "starvation": "workers waited {percent} of the time for the next item: "
    "the iterable gives items too slowly; make them inside the tasks",
    "queue": "workers waited {percent} of the time for tasks that others add: add them earlier",
    "workers": "{count} workers compute on {cpus:.0f} processors: use {some}: about {left}",
    "blas": "{count} workers with {threads:.0f} threads of a numerical library each share "
    "{machine} processors, which costs up to {percent}: set OMP_NUM_THREADS to {own:.0f} "
    "before you load parmagic",
    "memory bandwidth": "tasks took {longer} longer beside others than alone: they share memory "
    "and caches, or the machine was busy: measure again with {repeat}",
    "memory bandwidth rounds": "tasks took {longer} longer beside others than alone, in "
    "{rounds:.0f} rounds: they share memory and caches: give each task less data at a time",
    "memory": "{percent} of the memory is in use: use {some}",
    "memory alone": "{percent} of the memory is in use: let each task hold less at a time",
    "busy": "tasks waited {percent} of the time for processors that other programs had: end what "
    "else uses this machine, or measure longer, with {repeat}",
    "above": "{at_once} at a time cannot be {times} as fast as one but by larger caches, more "
    "likely the serial run was slower by chance: measure again with {repeat}",
    "above library": "{at_once} at a time cannot be {times} as fast as one but by larger caches, "
    "more likely the {serial_threads} threads of a numerical library were in each other's way in "
    "the serial run: set OMP_NUM_THREADS to 1 before the notebook imports it, and measure again",
    "noise": "the rounds differ by {percent}: end what else uses this machine, or measure "
    "longer, with {repeat}",
}
_USUAL_ROUNDS = 3
_DOUBTS = ("above", "busy")  # causes for which a measured speed-up may be wrong


def advice_lines(run: Run) -> Iterator[str]:
    """Yield one line for each piece of advice."""
    for one in run.advice:
        yield f"advice: {_said(run, one)}"


def doubt(run: Run) -> str:
    """Say why a measured speed-up is not to be believed; empty if it may be."""
    if run.serial is None and not run.sweep:  # an estimate has that in its bounds
        return ""
    return next((_said(run, one) for one in run.advice if one.cause in _DOUBTS), "")


def _said(run: Run, one: Advice) -> str:
    facts = one.facts
    left = one.left or 0.0
    workers = int(facts.get("workers", facts.get("cpus", max(1, run.workers // 2))))
    rounds = 2 * len(run.rounds) or _USUAL_ROUNDS
    words = {
        **facts,
        "work": duration(facts.get("work", 0.0)),
        "span": duration(facts.get("span", 0.0)),
        "bytes": size(facts.get("bytes", 0.0)),
        "percent": _percent(one.cost),
        "longer": _percent(facts.get("longer", 0.0)),
        "elapsed": duration(run.elapsed),
        "left": duration(left),
        "faster": factor(run.elapsed / left) if left > 0 else "much",
        "times": factor(facts.get("times", 1.0)),
        "at_once": plural(int(facts.get("most", 1)), "task"),
        "count": run.workers,
        "machine": run.cpus,
        "serial_threads": run.serial_threads,
        "longest": _longest(run, one),
        "pool": typed(run, backend="pool"),
        # For "blas" it is the number of a library's threads.
        "threads": facts.get("threads", typed(run, backend="thread", workers=workers)),
        "some": typed(run, workers=workers),
        "repeat": typed(run, repeat=rounds),
    }
    return _SAID[_form(run, one)].format(**words)


def _form(run: Run, one: Advice) -> str:
    """Choose among the sentences that a cause has."""
    facts = one.facts
    fewer = run.backend in ("pool", "process") and run.threads < run.serial_threads
    forms = (
        ("waiting here", facts.get("here")),
        ("imbalance full", "full" in facts),
        ("imbalance more", "workers" in facts),
        ("memory alone", run.workers == 1),
        ("memory bandwidth rounds", facts.get("rounds")),
        ("above library", fewer),
    )
    found = (form for form, fits in forms if fits and form.rpartition(" ")[0] == one.cause)
    return next(found, one.cause)


def _longest(run: Run, one: Advice) -> str:
    """Name the longest task by its code, where tasks differ in that."""
    index = int(one.facts.get("task", 0))
    labels = labels_of(run.tasks)
    if one.cause != "span" or len(set(labels)) == 1:
        return "the longest task"
    return f"`{labels[index]}`"


def _percent(part: float) -> str:
    return f"{round(100 * part)} %"


def has_options(run: Run) -> bool:
    """Tell whether a magic asked for the run, which has options where `pmap` has arguments."""
    return run.cell is not None and not run.called


def typed(run: Run, **options: str | int) -> str:
    """Write options as they are typed where the run was asked for: as of a magic, or of `pmap`."""
    short = {"backend": "-b", "workers": "-w", "repeat": "--repeat"}
    said = " ".join(f"{short[name]} {value}" for name, value in options.items())
    return spoken(run, f"`{said}`")


def spoken(run: Run, text: str) -> str:
    """Write the options in a text as they are typed where the run was asked for."""
    return text if has_options(run) else as_arguments(text)
