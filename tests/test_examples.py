"""The examples do what they say, in a real kernel and under each start method."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from kernel import environment
from parmagic.run import launch

NOTEBOOK = Path(__file__).parents[1] / "examples" / "quickstart.ipynb"
EXPECTED = "raises-exception"  # the tag by which nbclient knows cells that are meant to fail


def outputs(cell: Any, kind: str) -> list[Any]:
    """List the outputs of one kind below a cell."""
    return [output for output in cell.outputs if output.output_type == kind]


@pytest.fixture(scope="module", params=launch.methods())
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The code cells of the example notebook, with what they answered."""
    folder = tmp_path_factory.mktemp("example")
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    setting = f"get_config().ParallelMagics.start_method = {request.param!r}\n"
    (profile / "ipython_config.py").write_text(setting, encoding="utf-8")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    check: Any = nbformat.v4.new_code_cell("%config ParallelMagics.start_method")
    notebook.cells.append(check)
    client = NotebookClient(
        notebook, timeout=50, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=environment(folder, folder))
    assert request.param in str(notebook.cells[-1].outputs)
    return [cell for cell in notebook.cells[:-1] if cell.cell_type == "code"]


def test_every_cell_ends_as_it_is_meant_to(cells: list[Any]) -> None:
    """Only cells that are marked so fail, each with one error or one line that says why."""
    for cell in cells:
        failed = outputs(cell, "error")
        refused = [one for one in outputs(cell, "stream") if one.text.startswith("UsageError: ")]
        meant = EXPECTED in cell.metadata.get("tags", ())
        assert len(failed) + len(refused) == meant, cell.source


def test_no_worker_fails_to_find_what_a_cell_defined(cells: list[Any]) -> None:
    """The fault that multiprocessing has in every notebook is in none of the outputs."""
    assert "Can't get attribute" not in str(cells)


def test_a_chart_stands_where_runs_are_compared_and_nowhere_else(cells: list[Any]) -> None:
    """One below each cell that compares or is run in parallel, with an alternative text."""
    for cell in cells:
        images = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(images) == bool(re.search(r"^%%parallel|--compare", cell.source, re.MULTILINE))
        for image in images:
            assert " on " in image.metadata["image/png"]["alt"]
            picture = Image.open(io.BytesIO(base64.b64decode(image.data["image/png"])))
            assert len(picture.convert("RGB").getcolors(2**20) or ()) > 50  # it is not blank


def test_an_error_shows_the_cell_and_the_line(cells: list[Any]) -> None:
    """As if the function had been called in the notebook itself."""
    (error,) = [error for cell in cells for error in outputs(cell, "error")]

    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    assert error.ename == "ZeroDivisionError"
    assert re.search(r"^----> 3     return 1 / scaled$", shown, re.MULTILINE)
    assert "(raised by item 2 of 5, counted from 0: 2)" in shown
