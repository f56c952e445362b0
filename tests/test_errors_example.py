"""The example of what to do when a task fails, in a real kernel and under each start method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from notebooks import cells_of, check_endings, outputs, printed, without_colours
from parmagic.run.processes import launch

NAME = "errors.ipynb"


@pytest.fixture(scope="module", params=[*launch.methods(), "as committed"])
def way(request: pytest.FixtureRequest) -> Any:
    """The start method, or that it is not run."""
    return request.param


@pytest.fixture(scope="module")
def folder(way: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebook runs."""
    return tmp_path_factory.mktemp("errors")


@pytest.fixture(scope="module")
def cells(way: str, folder: Path) -> list[Any]:
    """The code cells with what they answer now, and with what is in the file."""
    return cells_of(NAME, way, folder)


def cell_with(cells: list[Any], text: str) -> Any:
    """Return the one cell that holds a text."""
    (found,) = [cell for cell in cells if text in cell.source]
    return found


def test_every_cell_ends_as_it_is_meant_to(cells: list[Any]) -> None:
    """One fails, because its task does."""
    check_endings(cells)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


def test_the_error_shows_notes_a_warning_and_the_line(cells: list[Any]) -> None:
    """Each once, with its place in the cell."""
    cell = cell_with(cells, "-o run analyse stations")
    said = "".join(one.text for one in outputs(cell, "stream") if one.name == "stderr")
    (error,) = outputs(cell, "error")
    shown = without_colours("\n".join(error.traceback))

    assert said.count("note: `done`, assigned by `analyse` in In[2] line 15") == 1
    assert said.count("note: `random.gauss`, called by `analyse` in In[2] line 19") == 1
    assert said.count(":18: UserWarning: only one reading from east") == 1
    assert error.ename == "ZeroDivisionError"
    assert "---> 10     return total / len(readings)" in shown
    assert "(raised by item 3 of 4, counting from 0; the item is 'west')" in shown
    kept = outputs(cell_with(cells, "[name for name, value"), "execute_result")
    assert kept[0].data["text/plain"] == "['north', 'south', 'east']"


def test_the_debugger_shows_the_variables_of_the_worker(cells: list[Any]) -> None:
    """In the frame that raised, and in the one above it."""
    shown = without_colours(printed(cell_with(cells, "%debug")))

    assert "([], 0)" in shown
    assert "---> 19     return name, mean(readings) + random.gauss(0, 0.001)" in shown
    assert "'west'" in shown


@pytest.mark.usefixtures("cells")
def test_no_file_is_left_that_debuggers_read(folder: Path) -> None:
    """It would close the reader's own `%debug` at once, in every notebook of that folder."""
    assert not (folder / ".pdbrc").exists()


def test_the_script_gives_the_same_values(cells: list[Any]) -> None:
    """It and the module files are shown as they are."""
    assert "# In[2], line 8\ndef mean(readings):" in printed(cell_with(cells, "run.modules"))
    assert 'if __name__ == "__main__":' in printed(cell_with(cells, '"means.py").read_text'))
    last = cell_with(cells, "subprocess")
    assert len(printed(last).split("\n")) > 4
    assert outputs(last, "execute_result")[0].data["text/plain"] == "True"
