"""The examples do what they say, in a real kernel and under each start method."""

from __future__ import annotations

import re
from typing import Any

import pytest
from nbformat.v4 import new_output

from notebooks import (
    cells_of,
    check_charts,
    check_endings,
    outputs,
    printed,
    settled,
    without_colours,
)
from parmagic.run.processes import launch

NAME = "quickstart.ipynb"


@pytest.fixture(scope="module", params=[*launch.methods(), "as committed"])
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the example notebook, with what they answer now or once answered."""
    return cells_of(NAME, request.param, tmp_path_factory.mktemp("example"))


def test_every_cell_ends_as_it_is_meant_to(cells: list[Any]) -> None:
    """Only cells that are marked so fail, each with one error or one line that says why."""
    check_endings(cells)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_no_worker_fails_to_find_what_a_cell_defined(cells: list[Any]) -> None:
    """The fault that multiprocessing has in every notebook is in none of the outputs."""
    assert "Can't get attribute" not in str(cells)


def test_a_chart_stands_where_runs_are_compared_and_nowhere_else(cells: list[Any]) -> None:
    """One below each cell that compares or is run in parallel, with an alternative text."""
    check_charts(cells)


def test_an_error_shows_the_cell_and_the_line(cells: list[Any]) -> None:
    """As if the function had been called in the notebook itself."""
    (error,) = [error for cell in cells for error in outputs(cell, "error")]

    shown = without_colours("\n".join(error.traceback))
    assert error.ename == "ZeroDivisionError"
    assert re.search(r"^----> 3     return 1 / scaled$", shown, re.MULTILINE)
    assert "(raised by item 2 of 5, counting from 0; the item is 2)" in shown


@pytest.mark.parametrize(
    ("part", "tasks"),
    [
        ("both = average(a, b)  # as soon", 4),
        ('print(f"between', 8),
        ("found, total = {}, 0.0", 8),
        ("%%pmap longest_walk", 6),
    ],
    ids=["calls", "a comprehension", "a loop", "the cell of a line"],
)
def test_each_call_of_a_cell_is_a_task(cells: list[Any], part: str, tasks: int) -> None:
    """Of statements that follow one another, of elements and of turns."""
    (cell,) = [cell for cell in cells if part in cell.source]

    assert f"{tasks} tasks on pool × " in printed(cell)


def test_a_cell_is_explained_with_what_stays_serial(cells: list[Any]) -> None:
    """And nothing of it is run."""
    (cell,) = [cell for cell in cells if "--explain" in cell.source]

    assert "`value` carries from one turn to the next" in printed(cell)
    assert " tasks on " not in printed(cell)


def test_outputs_are_kept_as_they_stand_in_the_end() -> None:
    """Pieces of a stream are one, and a line that was written over is gone."""
    pieces = ["\r3 of 8 tasks", "\r5 of 8 tasks", f"\r{' ' * 12}\r8 tas", "ks on pool\n", "1\n\r2"]
    outputs = [new_output("stream", name="stdout", text=piece) for piece in pieces]
    (one, other) = settled([*outputs, new_output("stream", name="stderr", text="note\n")])

    assert (one.text, other.text) == ("8 tasks on pool\n1\n2", "note\n")
