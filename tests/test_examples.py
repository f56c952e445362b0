"""The examples do what they say, in a real kernel and under each start method."""

from __future__ import annotations

import re
from typing import Any

import pytest

from notebooks import check_charts, check_endings, outputs, run_notebook
from parmagic.run import launch


@pytest.fixture(scope="module", params=launch.methods())
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the example notebook, with what they answered."""
    return run_notebook(
        "quickstart.ipynb", request.param, tmp_path_factory.mktemp("example"), seconds=50
    )


def test_every_cell_ends_as_it_is_meant_to(cells: list[Any]) -> None:
    """Only cells that are marked so fail, each with one error or one line that says why."""
    check_endings(cells)


def test_no_worker_fails_to_find_what_a_cell_defined(cells: list[Any]) -> None:
    """The fault that multiprocessing has in every notebook is in none of the outputs."""
    assert "Can't get attribute" not in str(cells)


def test_a_chart_stands_where_runs_are_compared_and_nowhere_else(cells: list[Any]) -> None:
    """One below each cell that compares or is run in parallel, with an alternative text."""
    check_charts(cells)


def test_an_error_shows_the_cell_and_the_line(cells: list[Any]) -> None:
    """As if the function had been called in the notebook itself."""
    (error,) = [error for cell in cells for error in outputs(cell, "error")]

    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    assert error.ename == "ZeroDivisionError"
    assert re.search(r"^----> 3     return 1 / scaled$", shown, re.MULTILINE)
    assert "(raised by item 2 of 5, counted from 0: 2)" in shown
