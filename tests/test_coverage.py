"""Coverage.py measures what tasks run in workers: lines of cells, scripts and modules."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kernel import LIMIT, Notebook
from parmagic.run.processes import launch

MODULE = "def branch(x):\n    if x:\n        return 'yes'\n    return 'no'\n"
SCRIPT = """
import parmagic
from mine import branch

def task(x):
    if x > 5:
        return x
    return branch(x)

print(parmagic.pmap(task, [1, 2], backend="{backend}", start_method="{method}").values)
"""
SETTINGS = """
[run]
data_file = {folder}/data
parallel = true
source = {folder}
patch = subprocess, _exit
"""


@pytest.mark.parametrize("method", launch.methods())
@pytest.mark.parametrize("backend", ["process", "pool"])
def test_worker_processes_of_a_script_are_measured(
    tmp_path: Path, backend: str, method: str
) -> None:
    """With the settings that coverage.py has for subprocesses; what did not run is missing."""
    (tmp_path / "mine.py").write_text(MODULE, encoding="utf-8")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(backend=backend, method=method), encoding="utf-8")
    settings = tmp_path / "settings"
    settings.write_text(SETTINGS.format(folder=tmp_path), encoding="utf-8")

    def coverage(command: str, *more: str) -> str:
        line = [sys.executable, "-m", "coverage", command, f"--rcfile={settings}", *more]
        done = subprocess.run(line, check=True, capture_output=True, text=True, timeout=LIMIT)
        return done.stdout

    assert coverage("run", str(script)) == "['yes', 'yes']\n"
    coverage("combine")
    files = json.loads(coverage("json", "-q", "-o", "-"))["files"]

    missing = {Path(name).name: file["missing_lines"] for name, file in files.items()}
    assert missing == {"mine.py": [4], "script.py": [7]}


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_a_task_may_measure_what_it_runs(notebook: Notebook, backend: str) -> None:
    """The lines of cells and of modules are those that a serial run gives."""
    Path(notebook.folder, "mine.py").write_text(MODULE, encoding="utf-8")
    notebook.do("import coverage\nfrom mine import branch")
    notebook.do("def inner(x):\n    if x > 5:\n        return x\n\n    return branch(x)")
    notebook.do(
        "def measured(x):\n"
        "    measuring = coverage.Coverage(data_file=None)\n"
        "    measuring.start()\n"
        "    inner(x)\n"
        "    measuring.stop()\n"
        "    data = measuring.get_data()\n"
        "    return {file: sorted(data.lines(file)) for file in data.measured_files()}"
    )

    notebook.do(f"(found,) = %pmap -q -b {backend} measured [1]")

    assert notebook.get("found == measured(1)") is True
    assert notebook.get("found[inner.__code__.co_filename]") == [2, 5]
    assert notebook.get("found[branch.__code__.co_filename]") == [2, 3]
