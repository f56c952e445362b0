"""The module files of a run: what there is to be read, and run alone."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from kernel import Notebook
from marks import on_workers
from programs import run_python


def run_alone(notebook: Notebook, path: str, *more: str) -> str:
    """Run a file with plain Python, and return what it printed."""
    done = run_python(notebook.folder, *more, path, temporary=notebook.temporary)
    assert done.returncode == 0, done.stderr
    return done.stdout


@on_workers
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


@on_workers
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


@on_workers
def test_lines_of_a_module_file_lead_to_cells(notebook: Notebook, backend: str) -> None:
    """For whoever reads the file, or runs it alone; those above the first definition to none."""
    number = notebook.do("# a comment\ndef inner(x):\n    return x").number

    notebook.do(f"%pmap -q -b {backend} -o run inner [5]\n(file,) = run.modules")

    line = "file.text.split(chr(10)).index('    return x') + 1"
    assert notebook.get(f"file.origin({line})") == (f"In[{number}]", 3)
    assert notebook.get("file.origin(1)") is None


@on_workers
def test_large_data_do_not_stay_for_a_module_file(notebook: Notebook, backend: str) -> None:
    """Who runs it alone is told where they are to be had."""
    notebook.do("big = bytearray(3_000_000)\ndef size(x): return len(big) + x")
    notebook.do(f"%pmap -q -b {backend} -o run size range(2)")

    path = notebook.get("str(run.modules[0].path)")

    with pytest.raises(AssertionError, match=r"because they are large.*--export"):
        run_alone(notebook, path)
