"""Runs an example notebook as a reader would, and looks at what came of it."""

from __future__ import annotations

import base64
import importlib.util
import io
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from PIL import Image

from kernel import ANSI, LIMIT, environment

EXAMPLES = Path(__file__).parents[1] / "examples"
EXPECTED = "raises-exception"  # the tag by which nbclient knows cells that are meant to fail
_spec: Any = importlib.util.spec_from_file_location("execute", EXAMPLES / "execute.py")
_execute = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_execute)
settled = _execute.settled
_DRAWS = re.compile(r"^%%parallel|--compare|--plot|--sweep", re.MULTILINE)


def run_notebook(name: str, method: str, folder: Path, seconds: int) -> list[Any]:
    """Run a notebook with workers started by `method`; return its code cells, with their outputs.

    `seconds` is what one cell may take.
    """
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    setting = f"get_config().ParallelMagics.start_method = {method!r}\n"
    (profile / "ipython_config.py").write_text(setting, encoding="utf-8")
    notebook = nbformat.read(EXAMPLES / name, as_version=4)
    check: Any = nbformat.v4.new_code_cell("%config ParallelMagics.start_method")
    notebook.cells.append(check)
    resources = {"metadata": {"path": str(folder)}}
    waits: Any = {"timeout": seconds, "startup_timeout": LIMIT, "iopub_timeout": LIMIT}
    client = NotebookClient(notebook, kernel_name="python3", resources=resources, **waits)
    client.execute(env=environment(folder, folder))
    assert method in str(notebook.cells[-1].outputs)
    return code_cells(notebook)[:-1]


def cells_of(name: str, method: str, folder: Path) -> list[Any]:
    """Return the code cells with what they answer now, or what is in the file: "as committed"."""
    if method == "as committed":
        return code_cells(nbformat.read(EXAMPLES / name, as_version=4))
    return run_notebook(name, method, folder, LIMIT)


def code_cells(notebook: Any) -> list[Any]:
    """Return the cells of a notebook that are code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def without_colours(text: str) -> str:
    """Remove the codes for colours."""
    return ANSI.sub("", text)


def outputs(cell: Any, kind: str) -> list[Any]:
    """List the outputs of one kind below a cell."""
    return [output for output in cell.outputs if output.output_type == kind]


def printed(cell: Any) -> str:
    """Return what a reader sees in the end of what a cell printed on its standard output."""
    streams = [one for one in settled(deepcopy(cell.outputs)) if one.output_type == "stream"]
    return "".join(one.text for one in streams if one.name == "stdout")


def check_endings(cells: list[Any]) -> None:
    """Only cells that are marked so fail, each with one error or one line that says why."""
    for cell in cells:
        failed = outputs(cell, "error")
        refused = [one for one in outputs(cell, "stream") if one.text.startswith("UsageError: ")]
        meant = EXPECTED in cell.metadata.get("tags", ())
        assert len(failed) + len(refused) == meant, cell.source


def check_charts(cells: list[Any]) -> None:
    """A chart with an alternative text is below each cell that asks for one, and no other."""
    for cell in cells:
        images = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(images) == bool(_DRAWS.search(cell.source)), cell.source
        for image in images:
            assert image.metadata["image/png"]["alt"]
            picture = Image.open(io.BytesIO(base64.b64decode(image.data["image/png"])))
            assert len(picture.convert("RGB").getcolors(2**20) or ()) > 50  # it is not blank
