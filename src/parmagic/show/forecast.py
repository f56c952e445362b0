"""A forecast in words: work, span, the speed-up to expect, the break-even, and what is best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from parmagic.measure.causes import COMPUTES, WAITS
from parmagic.measure.costs import UNKNOWN
from parmagic.measure.scaling import usual_counts
from parmagic.show.duration import duration
from parmagic.show.verdict import factor
from parmagic.words import crew, one_line, plural

if TYPE_CHECKING:
    from parmagic.measure.costs import Held, Interval
    from parmagic.measure.forecast import Expected, Forecast
    from parmagic.measure.record import Run

_READING = 0.05  # part of a task's time, from which it is said how long reading its item takes
_EXACT = 1.25  # the most over the least: nearer bounds are one number
_LONGEST = 160  # characters of why other processes are of no use


def forecast_lines(forecast: Forecast) -> list[str]:
    """Return what is to be expected, and what to do, a line each; of `auto` why in one sentence."""
    if forecast.auto:
        return [choice(forecast)]
    lines = [_work(forecast), *_table(forecast)]
    if forecast.barred:
        lines.append(f"process, pool: {one_line(forecast.barred, _LONGEST)}")
    lines.append(_break_even(forecast))
    if forecast.tasks is not None:
        this, where = forecast.elapsed, crew(forecast.backend, forecast.workers)
        lines.append(f"this run, the rest on {where}: {duration(this.middle)} ({_range(this)})")
    return lines


def why_lines(run: Run) -> list[str]:
    """Return why a run was on its backend, if `auto` chose it."""
    return [choice(run.forecast)] if run.forecast is not None and run.forecast.auto else []


def choice(forecast: Forecast) -> str:
    """Say which backend was chosen, and why, in one sentence."""
    tasks, each = _tasks(forecast), forecast.each
    nature = _nature(forecast)
    where = crew(forecast.backend, forecast.workers)
    why = f"{tasks} {nature} for about {duration(each.middle)} each"
    gil = forecast.costs.gil and nature != "wait"
    if forecast.backend == "thread" and gil and forecast.releases:
        why += ", most of it without the GIL"
    if forecast.backend == "serial":
        best = _most(forecast)
        why = f"{why}, and {_too_little(forecast, best)}: {_said(best)} at best"
    if forecast.barred:
        why = f"{why}, and no other process can run them: {one_line(forecast.barred, _LONGEST)}"
    return f"auto: {where}, because {why}"


def _work(forecast: Forecast) -> str:
    """Say how long all tasks take one after another, and how long the longest did."""
    sampled, each = forecast.ran, forecast.each
    if forecast.tasks is None:
        first = "first task" if sampled == 1 else f"first {sampled:,} tasks"
        begin = f"forecast from the {first} of an unknown number: "
        work = f"{duration(each.middle)} each ({_range(each)})"
    else:
        begin = f"forecast from {sampled:,} of {plural(forecast.tasks, 'task')}: "
        work = f"work {duration(forecast.work.middle)} ({_range(forecast.work)})"
    nature = f"they compute {round(100 * forecast.computing)} % of their time"
    if forecast.costs.gil and forecast.held != UNKNOWN:
        nature = f"{nature}, {_holding(forecast.held)}"
    if forecast.reading > _READING * each.middle:
        nature = f"{nature}; reading an item takes {duration(forecast.reading)}"
    return f"{begin}{work}, span {duration(forecast.span)}; {nature}"


def _holding(held: Held) -> str:
    """Say for how much of that they keep other threads from computing."""
    percent = round(100 * held.middle)
    if percent in (0, 100):
        return "with the GIL" if percent else "without the GIL"
    return f"{percent} % of that with the GIL"


def _table(forecast: Forecast) -> list[str]:
    """Return the speed-up to expect: a line for each backend, a column for a number of workers."""
    counts = usual_counts(forecast.most)
    rows = [("speed-up with", *(plural(count, "worker") for count in counts))]
    rows += [
        (backend, *(_speedup(forecast.of(backend, count)) for count in counts))
        for backend in forecast.possible
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _break_even(forecast: Forecast) -> str:
    """Say from how many tasks on parallel is faster, and what is best for these."""
    best = forecast.best
    if best.backend == "serial":
        end = f"; for {_left(forecast)}, {_said(_most(forecast))} at best"
        later = [
            (count, name)
            for name in forecast.possible
            if (count := forecast.break_even(name, forecast.asked)) is not None
        ]
        if later and min(later)[0] > forecast.count:
            count, name = min(later)
            end = f"; {crew(name, forecast.asked)} is faster from {count:,} tasks on"
        return f"best: stay serial{end}"
    count = forecast.break_even(best.backend, best.workers)
    from_ = f"; faster than serial from {plural(count, 'task')} on" if count else ""
    return f"best: {crew(best.backend, best.workers)}{from_}"


def _too_little(forecast: Forecast, best: Expected) -> str:
    """Say why the best backend is not worth it, for the tasks that are left."""
    left = _left(forecast)
    if best.speedup.middle <= 1:
        return f"for {left} no backend is expected to be faster"
    saved = forecast.of("serial", 1, forecast.left).elapsed.middle - best.elapsed.middle
    return f"on {left} no backend is expected to save more than {duration(saved)}"


def _left(forecast: Forecast) -> str:
    return "the rest" if forecast.tasks is None else f"the {plural(forecast.left, 'task')} left"


def _most(forecast: Forecast) -> Expected:
    """Return the parallel backend that would be best for the tasks that are left."""
    workers = min(forecast.asked, forecast.left)
    found = [forecast.of(name, workers, forecast.left) for name in forecast.possible]
    return max(found, key=lambda one: one.speedup.middle)


def _said(one: Expected) -> str:
    return f"{crew(one.backend, one.workers)} {factor(one.speedup.middle)}"


def _speedup(one: Expected) -> str:
    low, middle, high = one.speedup
    if high <= _EXACT * low:
        return factor(middle)
    return f"{factor(middle)} ({factor(low)} to {factor(high)})"


def _tasks(forecast: Forecast) -> str:
    return "the tasks" if forecast.tasks is None else plural(forecast.tasks, "task")


def _nature(forecast: Forecast) -> str:
    if forecast.computing >= COMPUTES:
        return "compute"
    return "wait" if forecast.computing < WAITS else "compute and wait"


def _range(interval: Interval) -> str:
    return f"{duration(interval.low)} to {duration(interval.high)}"
