"""Say a run in one plain sentence: how many tasks, where, how long, and against what."""

from __future__ import annotations

from collections.abc import Sequence

from parmagic.errors import QueueError
from parmagic.measure.baseline import Baseline
from parmagic.measure.record import Run
from parmagic.measure.spell import errors_of
from parmagic.show.duration import duration
from parmagic.show.remedy import has_options, spoken
from parmagic.show.scaling import sweep_lines
from parmagic.show.verdict import as_sentence, serial_time, verdict
from parmagic.words import DONE, crew, plural

_WHY = {  # that serial time is a bound, by what `measure.doubt` calls it
    "turns": "the tasks competed for the processor, so their times also hold their waiting for "
    "each other",
    "busy": "the tasks waited for processors that other programs had: serially they might have "
    "waited as well",
    "locks": "the tasks have a lock or the like, so their times also hold their waiting for each "
    "other",
    "cache": "the function keeps its values in a cache, and items are repeated: serially each is "
    "computed once, but each worker has a cache of its own, or computes at the same moment",
    "reading": "reading the items and computing the tasks may have waited for each other",
    "library": "serially a numerical library has {run.serial_threads} threads, which the tasks "
    "had not each for itself",
    "new": "new workers had to be given their memory, and to fill caches, while their first "
    "tasks ran",
    "memory": "the tasks were given memory beside each other, and may have waited for it",
    "once": "each worker's first task took longer than those after it: if it loads what the others "
    "use again, that is done once serially",
    "short": "the tasks are so short that going from one to the next counts",
    "kept": "serially the results need new memory, where workers use what they have",
}


def headline(run: Run) -> str:
    """Return the sentence, without a full stop.

    For example `8 tasks on pool × 2 in 1.05 s: 1.92× faster than serial (2.02 s, estimated)`.
    """
    return f"{_sentence(run)}{_retried(run)}"


def _retried(run: Run) -> str:
    """Say how many tries failed and were run again, if any."""
    if not run.retried:
        return ""
    were = "try, which was" if run.retried == 1 else "tries, which were"
    return f"; {run.retried:,} failed {were} run again"


def _sentence(run: Run) -> str:
    if not len(run.tasks):
        return f"no tasks: {stopped(run) if run.error is not None else 'there was nothing to run'}"
    time = f"on {place(run)} in {duration(run.elapsed)}{spread(run.rounds)}"
    if not run.complete:
        # A queue that grew too much says so itself.
        told = run.error is None or isinstance(run.error, QueueError)
        where = "" if told or not run.finished else f"; {DONE}"
        tasks = plural(len(run.tasks), "task")
        if getattr(run.tasks, "open", False):
            tasks = f"{plural(run.finished, 'task')} done"
        elif run.finished < len(run.tasks):  # else more tasks would have come, of unknown number
            tasks = f"{run.finished:,} of {tasks}"
        return f"{tasks} {time}, {stopped(run)}{where or _kept_compared(run)}"
    sentence = f"{plural(len(run.tasks), 'task')} {time}"
    if run.backend == "serial":
        return sentence
    words = as_sentence(verdict(run.baseline, run.elapsed))
    return f"{sentence}: {words} ({_basis(run)}){_values_compared(run)}"


def comparison_lines(run: Run) -> list[str]:
    """Return one line for each other backend that was compared, and those of a sweep."""
    return [*(_comparison(run, other) for other in run.others), *sweep_lines(run)]


def _comparison(run: Run, other: Run) -> str:
    time = f"{place(other)} in {duration(other.elapsed)}{spread(other.rounds)}"
    if not other.complete:
        return f"{time}, {stopped(other)}{_kept_compared(other)}"
    words = as_sentence(verdict(baseline_of(run, other), other.elapsed))
    return f"{time}: {words}{_values_compared(other)}"


def baseline_of(run: Run, other: Run) -> Baseline:
    """Return the serial time for another backend of a comparison: the measured one, if any."""
    return run.baseline if other.serial is None and run.serial is not None else other.baseline


def spread(rounds: Sequence[float], words: str = " (median of {count}, {low} to {high})") -> str:
    """Say how many rounds there were, and from what to what their times went; empty for one."""
    if len(rounds) < 2:
        return ""
    return words.format(count=len(rounds), low=duration(min(rounds)), high=duration(max(rounds)))


def place(run: Run) -> str:
    """Name where a run ran: `serial`, `pool × 2`."""
    return crew(run.backend, run.workers)


def stopped(run: Run) -> str:
    """Say why a run is not complete."""
    first = run.first_failed
    if run.error is None:
        if first is None:
            return "the rest were not reached"
        return f"{run.failed:,} failed, the first with {_name(first.error)} in task {first.index}"
    failing = (index for index, error in errors_of(run.tasks).items() if error is run.error)
    index = next(failing, None)
    if isinstance(run.error, KeyboardInterrupt) and index is None:
        return "interrupted"
    if index is None and first is not None:
        index = first.index
    where = "" if index is None else f" in task {index}"
    return f"stopped by {_name(run.error)}{where}"


def _name(error: BaseException | None) -> str:
    return type(error).__name__


def _basis(run: Run) -> str:
    """Say the serial time, whether it was measured, and how to if it is only bounded."""
    basis = f"{serial_time(run.baseline)}, {run.baseline.kind}"
    if run.baseline.exact:
        return basis + spread(run.serial_rounds, " in {count} rounds of {low} to {high}")
    return f"{basis}; {'--compare' if has_options(run) else 'compare=True'} measures it"


def _values_compared(run: Run) -> str:
    """Say whether the values agree with the serial ones, if they were compared."""
    if run.difference is not None:
        return f"; values differ: {spoken(run, run.difference)}"
    return "; same values" if run.serial is not None else ""


def _kept_compared(run: Run) -> str:
    """Say the same of a run of which not all tasks finished, if it went to its end."""
    return _values_compared(run) if run.error is None else ""


def basis_explained(run: Run) -> str:
    """Explain in one sentence where the serial time comes from."""
    baseline = run.baseline
    if baseline.kind == "measured":
        return f"Serial time, {serial_time(baseline)}, is measured: the work was also run serially."
    if baseline.exact:
        reading = " and of reading the items" if run.traffic.reading else ""
        time = serial_time(baseline)
        return f"Serial time, {time}, is estimated: the sum of the tasks' times{reading}."
    why = "; ".join(_WHY[cause].format(run=run) for cause in baseline.why)
    return (
        f"Serial time is estimated to lie between {duration(baseline.low)} and "
        f"{duration(baseline.high)}: {why}."
    )
