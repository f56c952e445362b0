"""The tables of the truth suite, as Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from benchmarks.truth.beside import Beside
from benchmarks.truth.causes import Verdict
from benchmarks.truth.estimates import WITHIN, Estimate
from benchmarks.truth.forecasts import WITHIN as WITHIN_FORECAST
from benchmarks.truth.forecasts import Forecasted
from benchmarks.truth.sweeps import LEAST, Forecast
from parmagic.show.duration import duration


def of_estimates(found: Sequence[Estimate], beside: Beside) -> str:
    """Return the table of (a)."""
    threads = [one for one in found if one.backend == "thread"]
    processes = [one for one in found if one.backend != "thread"]
    exact = [one for one in processes if one.exact]
    bounds = [one for one in processes if not one.exact]
    rows = [
        (
            one.workload,
            one.backend,
            _range(*one.measured, one=one.measured[0] == one.measured[1]),
            _range(one.low, one.high, one=one.exact),
            f"{one.off:+.1%}".replace("+0.0%", "0").replace("%", " %"),
            f"{one.noise:.1%}".replace("%", " %"),
            _mark(holds=one.holds),
        )
        for one in found
    ]
    said = (
        f"On processes {_count(exact)} estimates that are one number are within {WITHIN:.0%}, "
        f"and {_count(bounds)} that are bounds hold; "
        f"on threads {_count(threads)} hold, give or take as much.\n\n"
        f"On this machine a plain loop beside others, in {beside.processes} processes, takes "
        f"{beside.middle:.2f} times as long as alone ({beside.least:.2f} to {beside.most:.2f}). "
        f"{_luck(found)}"
        f"The loops below waited {statistics.fmean(one.waited for one in found):.1%} of their time "
        "for a processor that other programs had."
    )
    heads = (
        "workload",
        "backend",
        "serial, measured",
        "estimated",
        "off by",
        "two serial runs differ by",
        "holds",
    )
    return "\n".join(
        [
            said,
            "",
            *_table(heads, rows),
        ]
    )


def _range(low: float, high: float, *, one: bool) -> str:
    return duration(low) if one else f"{duration(low)} to {duration(high)}"


def _luck(found: Sequence[Estimate]) -> str:
    """Say how far processes are apart that do the same, where that was measured."""
    alike = next((one.luck for one in found if one.workload == "pure Python"), None)
    if alike is None:
        return ""
    return (
        f"The loop of the first row takes {alike[0]:.2f} to {alike[1]:.2f} times as long in one "
        "process as in the middle one of all. "
    )


def of_verdicts(found: Sequence[Verdict]) -> str:
    """Return the table of (b)."""
    planted = [one for one in found if one.expected]
    clean = [one for one in found if not one.expected]
    right = sum(one.right for one in planted)
    silent = sum(one.right for one in clean)
    rows = [
        (one.what, " or ".join(one.expected) or "none", one.said, _mark(holds=one.right))
        for one in found
    ]
    said = (
        f"The first advice names the cause in {right} of {len(planted)} runs; "
        f"{silent} of {len(clean)} runs with nothing wrong get none."
    )
    return "\n".join(
        [
            said,
            "",
            *_table(("planted", "cause", "first advice", "right"), rows),
        ]
    )


def of_first_tasks(found: Sequence[Forecasted]) -> str:
    """Return the table of (c)."""
    regular = [one for one in found if one.kind == "regular"]
    memory = [one for one in found if one.kind == "memory"]
    irregular = [one for one in found if one.kind == "irregular"]
    rows = [
        (
            one.workload,
            one.kind,
            one.backend,
            str(one.sampled),
            f"{duration(one.middle)} ({duration(one.low)} to {duration(one.high)})",
            duration(one.measured),
            f"{one.off:+.0%}".replace("%", " %"),
            _mark(holds=one.holds),
        )
        for one in found
    ]
    said = (
        f"On regular work {_count(regular)} forecasts are within {WITHIN_FORECAST:.0%}; "
        f"on irregular work the interval covers {_count(irregular)} runs, and {_count(memory)} "
        "where memory decides."
    )
    heads = (
        "workload",
        "work",
        "backend",
        "run ahead",
        "forecast of the run",
        "measured",
        "off by",
        "holds",
    )
    return "\n".join([said, "", *_table(heads, rows)])


def of_forecasts(found: Sequence[Forecast]) -> str:
    """Return the table of (d)."""
    if not found:
        return f"Not measured: this machine has fewer than {LEAST} processors."
    rows = [
        (
            one.workload,
            str(one.workers),
            f"{one.middle:.2f} ({one.low:.2f} to {one.high:.2f})",
            f"{one.measured:.2f}",
            _mark(holds=one.holds),
        )
        for one in found
    ]
    said = f"The interval covers {_count(found)} measured speed-ups."
    heads = ("workload", "workers", "forecast speed-up", "measured", "covered")
    return "\n".join([said, "", *_table(heads, rows)])


def _count(found: Sequence[Estimate] | Sequence[Forecasted] | Sequence[Forecast]) -> str:
    return f"{sum(one.holds for one in found)} of {len(found)}"


def _mark(*, holds: bool) -> str:
    return "yes" if holds else "**no**"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(heads)} |",
        f"| {' | '.join('---' for _ in heads)} |",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
