"""Runs the example notebooks anew, all of them or those given, and writes their outputs into them.

    python examples/execute.py [NOTEBOOK ...]

It needs what the tests need, and takes a minute or two. The outputs are for readers, so leave
the machine alone meanwhile. No path of the machine is in what is written.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

LIMIT = 120  # seconds for one cell
CELL_FILE = re.compile(r"(?:/[\w.-]+)*/ipykernel_\d+/(\d+\.py)")


def execute(path: Path) -> None:
    """Run the cells of a notebook in a fresh kernel, and keep their outputs in its file."""
    notebook: Any = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            timeout=LIMIT,
            kernel_name="python3",
            record_timing=False,
            resources={"metadata": {"path": folder}},
        )
        client.execute(env=os.environ | {"IPYTHONDIR": folder})
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = settled(cell.outputs)
    notebook.metadata.language_info = {"name": "python"}  # not the version that happened to run
    # A kernel names cells by files in a temporary folder, which are others in each run.
    written = CELL_FILE.sub(r"cells/\1", nbformat.writes(notebook, version=4))
    for private in (folder, str(Path.home()), str(Path.cwd()), sys.prefix):
        if private in written:
            sys.exit(f"{path} would have a path of this machine in it: {private}")
    path.write_text(written + "\n", encoding="utf-8")


def settled(outputs: list[Any]) -> list[Any]:
    """Return outputs as they stand in the end: streams in one piece, and no line of progress."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text += output.text
        else:
            found.append(output)
    for output in found:
        if output.output_type == "stream":
            output.text = "\n".join(map(overwritten, output.text.split("\n")))
    return found


def overwritten(line: str) -> str:
    """Return what a terminal shows of a line that goes back to its beginning to be written over."""
    if "\r" not in line:
        return line
    seen = ""
    for text in line.split("\r"):
        seen = text + seen[len(text) :]
    return seen.rstrip()


if __name__ == "__main__":
    for given in sys.argv[1:] or sorted(Path(__file__).parent.glob("*.ipynb")):
        execute(Path(given))
