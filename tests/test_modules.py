"""The module files of a run: what there is to be read, and run alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kernel import Notebook, environment
from parmagic.run.backend import IMPORTING

on_processes = pytest.mark.parametrize("backend", IMPORTING)


def run_alone(notebook: Notebook, path: str, *more: str) -> str:
    """Run a file with plain Python, and return what it printed."""
    done = subprocess.run(
        [sys.executable, *more, path],
        check=False,
        capture_output=True,
        text=True,
        timeout=50,
        cwd=notebook.folder,
        env=environment(notebook.folder, notebook.temporary),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@on_processes
def test_the_module_files_of_a_run_are_python_that_names_its_cells(
    notebook: Notebook, backend: str
) -> None:
    """Each can be read, is short, and runs alone, with the data that it had."""
    helper = notebook.do("def helper(x): return x + len(table)").number
    notebook.do("class Row:\n    width = 3\ntable = {'a': Row(), 'b': lambda x: x}")
    work = notebook.do("def work(x):\n    '''Work.'''\n    return helper(x) * Row.width").number

    notebook.do(f"%pmap -q -b {backend} -o run work range(3)\ntable.clear()")

    (text,) = notebook.get("[file.text for file in run.modules]")
    assert ast.parse(text)
    assert len(text.splitlines()) < 60
    assert f"# In[{helper}], line 1\ndef helper(x): return x + len(table)\n" in text
    cells = notebook.get("run.modules[0].cells")
    assert {f"In[{helper}]", f"In[{work}]"} < set(cells)
    path = notebook.get("str(run.modules[0].path)")
    assert Path(path).read_text() == text
    assert run_alone(notebook, path) == ""
    check = "import runpy, sys; print(runpy.run_path(sys.argv[1])['work'](4))"
    assert run_alone(notebook, path, "-c", check) == "18\n"


@on_processes
def test_runs_of_a_cell_list_the_files_of_all_its_groups(notebook: Notebook, backend: str) -> None:
    """In a notebook they are shown by their cells; where no process was used, there are none."""
    number = notebook.do("def one(x): return x\ndef two(x): return -x").number

    notebook.do(f"%%parallel -q -b {backend} -o run\na = one(1)\nprint()\nb = two(a)")

    shown = notebook.do("run.modules").value or ""
    assert shown.count("<ModuleFile: ") == 2
    assert shown.count(f"In[{number}]") == 2
    assert notebook.get("run.others") == ()
    notebook.do("%pmap -q -b thread -o run one range(3)")
    assert notebook.get("run.modules") == ()
    assert "modules" not in json.loads(notebook.get("__import__('json').dumps(run.to_dict())"))


@on_processes
def test_a_profile_of_a_task_leads_to_its_cell(notebook: Notebook, backend: str) -> None:
    """It names the module file, which is there to be read, and whose lines are those of cells."""
    notebook.do("import cProfile, os, pstats")
    number = notebook.do(
        "# a comment that moves the lines\n"
        "def inner(x):\n"
        "    return sum(range(x))\n"
        "def profiled(x):\n"
        "    profile = cProfile.Profile()\n"
        "    profile.runcall(inner, x)\n"
        "    return list(pstats.Stats(profile).stats)"
    ).number

    notebook.do(f"(found,) = %pmap -q -b {backend} -o run profiled [5]\n(file,) = run.modules")
    notebook.do("(place,) = [one for one in found if one[2] == 'inner']")

    assert notebook.get("place[0] == str(file.path), os.path.exists(place[0])") == (True, True)
    assert notebook.get("file.origin(place[1])") == (f"In[{number}]", 2)
    assert notebook.get("file.text.split(chr(10))[place[1] - 1]") == "def inner(x):"
    assert notebook.get("file.origin(1)") is None


@on_processes
def test_lines_that_a_task_ran_can_be_counted(notebook: Notebook, backend: str) -> None:
    """As coverage does it: the lines of the module file that ran are those of the cell."""
    notebook.do("import sys")
    number = notebook.do(
        "def branch(x):\n"
        "    if x:\n"
        "        return 'yes'\n"
        "    return 'no'\n"
        "def traced(x):\n"
        "    ran = []\n"
        "    def line(frame, event, _):\n"
        "        if event == 'line':\n"
        "            ran.append((frame.f_code.co_filename, frame.f_lineno))\n"
        "        return line\n"
        "    sys.settrace(line)\n"
        "    branch(x)\n"
        "    sys.settrace(None)\n"
        "    return ran"
    ).number

    notebook.do(f"(ran,) = %pmap -q -b {backend} -o run traced [1]\n(file,) = run.modules")
    lines = notebook.get("[file.origin(line) for path, line in ran if path == str(file.path)]")

    assert lines == [(f"In[{number}]", 2), (f"In[{number}]", 3)]


@on_processes
def test_large_data_do_not_stay_for_a_module_file(notebook: Notebook, backend: str) -> None:
    """Who runs it alone is told where they are to be had."""
    notebook.do("big = bytearray(3_000_000)\ndef size(x): return len(big) + x")
    notebook.do(f"%pmap -q -b {backend} -o run size range(2)")

    path = notebook.get("str(run.modules[0].path)")

    with pytest.raises(AssertionError, match=r"because they are large.*--export"):
        run_alone(notebook, path)
