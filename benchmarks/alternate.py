"""Alternates: in each round every contender has its turn, in a notebook of its own."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

import psutil

from benchmarks.contender import Contender
from benchmarks.kernel import CellError, CutError, Kernel
from benchmarks.results import LIMIT, Row
from benchmarks.scenario import Scenario
from benchmarks.stage import Stage, WrongValuesError, measure_limit

_LONGEST_NOTE = 300  # characters
_LOOK = 0.5  # seconds, before each round, in which nothing of ours runs


def measure(
    scenario: Scenario,
    contenders: Sequence[Contender],
    rounds: int,
    limit: float,
    say: Callable[[str], None],
) -> Row:
    """Measure a scenario.

    Args:
        scenario: What is measured.
        contenders: Who takes part.
        rounds: How many turns each has; one that failed or was cut has no further one.
        limit: Seconds that a timed call may take.
        say: Called with a line on each turn.
    """
    row = Row(
        scenario,
        peers=frozenset(one.name for one in contenders if one.peer),
        forks=frozenset(one.name for one in contenders if one.forks),
    )
    fit = [one for one in contenders if _fits(one, row)]
    for number in range(rounds):
        row.busy.append(psutil.cpu_percent(interval=_LOOK))
        bound = _limit(row)
        # Another one begins each round, so that none always follows the same one.
        for contender in fit[number % len(fit) :] + fit[: number % len(fit)] if fit else []:
            if not row.cell(contender.name).failed:
                _turn(row, contender, bound, limit)
                say(f"{scenario.name}, round {number + 1}: {_said(row, contender.name)}")
    return row


def _fits(contender: Contender, row: Row) -> bool:
    cell = row.cell(contender.name)
    if contender.version() is None:
        cell.note, cell.failed = "not installed", True
    elif contender.cells(row.scenario) is None:
        cell.note = contender.unfit.get(row.scenario.name, "has no such thing")
        cell.failed = True
    return not cell.failed


def _limit(row: Row) -> float | None:
    found = measure_limit(row.scenario)
    if found is not None:
        cell = row.cell(LIMIT)
        cell.measured.append([found])
        relative = row.scenario.unit in {"of the limit", "× the limit"}
        cell.values.append(row.scenario.value(found, found if relative else None))
    return found


def _turn(row: Row, contender: Contender, bound: float | None, limit: float) -> None:
    cell = row.cell(contender.name)
    try:
        with Kernel() as kernel:
            stage = Stage(kernel, contender, row.scenario, limit)
            measured = row.scenario.round(stage)
            cell.note = stage.remark
            stage.stop()
    except (CutError, CellError, WrongValuesError, RuntimeError) as error:
        cell.note, cell.failed = str(error)[:_LONGEST_NOTE], True
        return
    cell.measured.append(measured)
    cell.values.append(row.scenario.value(statistics.median(measured), bound))


def _said(row: Row, name: str) -> str:
    cell = row.cell(name)
    value = "" if cell.failed else f" {cell.values[-1]:.4g} {row.scenario.unit}"
    return f"{name}{value} {cell.note}".rstrip()
