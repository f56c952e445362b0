"""Code that runs in a worker is named by its cell and line, as serially: for who looks there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kernel import LIMIT, Notebook
from marks import on_processes

# Many kinds of functions, of several cells, each at another line.
CELLS = (
    "import cProfile, functools, inspect, os, pstats, sys, traceback, warnings\noffset = [1]",
    (
        "# a comment that moves the lines\n"
        "def plain(x):\n"
        "    return sum(y for y in range(x))\n"
        "if True:\n"
        "    def indented(x):\n"
        "        def inner(y):\n"
        "            return y + offset[0]\n"
        "        return inner(x)\n"
        "double = lambda x: 2 * x\n"
    ),
    (
        "\n\nclass Box:\n"
        "    '''A box.'''\n"
        "\n"
        "    def __init__(self, x):\n"
        "        self.x = x\n"
        "    @property\n"
        "    def twice(self):\n"
        "        return double(self.x)\n"
        "    @staticmethod\n"
        "    def make(x): return Box(x)\n"
    ),
    (
        "def adder(n):\n"
        "    # closures\n"
        "    def add(x):\n"
        "        return x + n\n"
        "    return add\n"
        "add = adder(3)\n"
        "@functools.cache\n"
        "def cached(x):\n"
        "    return plain(x)\n"
    ),
    (
        "def inner(x):\n"
        "    box = Box.make(x)\n"
        "    return plain(x) + indented(x) + box.twice + add(x) + cached(x) + helped(lambda y: y)\n"
        "def helped(function):\n"
        "    return function(1)\n"
    ),
)
PROFILED = """
def profiled(x):
    profile = cProfile.Profile()
    profile.runcall(inner, x)
    return sorted(place for place in pstats.Stats(profile).stats if place[0] != '~')
"""


@pytest.fixture
def cells(notebook: Notebook) -> Notebook:
    """A notebook in which the cells have been run."""
    for cell in CELLS:
        notebook.do(cell)
    return notebook


@on_processes
def test_a_profile_of_a_task_names_cells_as_a_serial_one_does(
    cells: Notebook, backend: str
) -> None:
    """Files, lines and names are the same: of functions, methods, closures, lambdas, generators."""
    cells.do(PROFILED)
    cells.do(f"(found,) = %pmap -q -b {backend} profiled [5]\ncached.cache_clear()")

    assert cells.get("found") == cells.get("profiled(5)")
    assert cells.get("len(found)") > 10
    cells.do("from parmagic.cells import is_cell")
    assert cells.get("all(is_cell(file) for file, _, _ in found)")


@on_processes
def test_what_cprofile_prints_of_a_task_names_its_cell(cells: Notebook, backend: str) -> None:
    """`cProfile.run` looks for its statement in `__main__`, which a worker has, too."""
    cells.do("def printed(x, needs=inner):\n    cProfile.run('inner(5)')\n    return x")

    shown = cells.do(f"%pmap -q -b {backend} printed [5]").stdout
    file = cells.get("os.path.basename(plain.__code__.co_filename)")

    assert f"{file}:2(plain)" in shown


@on_processes
@pytest.mark.parametrize(
    "line",
    [
        "%pmap -q -b {backend} [f(x) for f in [lambda y: where(y)]] for x in [1]",
        "%pmap -q -b {backend} lambda x: [f(x) for f in [lambda y: where(y)]] [1]",
    ],
)
def test_functions_within_a_line_are_named_by_that_line(
    notebook: Notebook, backend: str, line: str
) -> None:
    """As is the line itself."""
    notebook.do("import sys")
    notebook.do("def where(x):\n    code = sys._getframe(1).f_code\n    return code.co_firstlineno")

    notebook.do(f"1 + 1\n(found,) = {line.format(backend=backend)}")

    assert notebook.get("found") == [2]


@on_processes
def test_turns_of_a_loop_are_named_by_their_cell(notebook: Notebook, backend: str) -> None:
    """Functions that are made in them, too."""
    notebook.do("import inspect\nplaces = {}")
    notebook.do("def twice(x): return 2 * x\ndef code(f): return f.__code__.co_firstlineno")

    reply = notebook.do(
        f"%%parallel -q -b {backend}\n"
        "for x in range(2):\n"
        "    y = twice(x)\n"
        "    places[x] = code(lambda z: z)\n"
    )

    assert reply.status == "ok"
    assert notebook.get("places") == {0: 4, 1: 4}


@on_processes
def test_the_source_of_a_function_is_to_be_had_in_a_worker(cells: Notebook, backend: str) -> None:
    """As compilers of Python functions want it; its lines are those of the cell."""
    cells.do(
        "def sources(x):\n"
        "    found = [plain, indented, Box.make, add, sources]\n"
        "    return [inspect.getsource(one) for one in found], inspect.getsourcelines(add)[1]"
    )

    cells.do(f"(found,) = %pmap -q -b {backend} sources [1]")

    assert cells.get("found") == cells.get("sources(1)")


@on_processes
def test_a_traceback_that_a_task_prints_names_the_cell(cells: Notebook, backend: str) -> None:
    """With the line itself, up to where the task was called."""
    cells.do(
        "def failing(x):\n"
        "    try:\n"
        "        return 1 // add(x - 3)\n"
        "    except ZeroDivisionError:\n"
        "        return traceback.format_exc()\n"
    )

    cells.do(f"(found,) = %pmap -q -b {backend} failing [0]")

    assert cells.get("found") == cells.get("failing(0)")
    assert "return 1 // add(x - 3)" in cells.get("found")


@on_processes
def test_warnings_of_cells_are_counted_by_line_as_serially(
    notebook: Notebook, backend: str
) -> None:
    """Those of the same line are shown once; and each with the cell's name."""
    notebook.do("import warnings\ndef warned(x):\n    warnings.warn('mind')\n    return x")

    shown = notebook.do(f"%pmap -q -b {backend} warned range(4)").stderr

    assert shown.count("UserWarning: mind") == 1
    assert notebook.get("warned.__code__.co_filename") + ":3: UserWarning" in shown


def test_a_cell_run_again_with_other_comments_keeps_its_first_name_in_workers(
    notebook: Notebook,
) -> None:
    """Nothing is loaded again; what comes to the notebook names the cell of now all the same."""
    notebook.do("import warnings, sys\nwarnings.simplefilter('always')")
    cell = (
        "def work(x):\n    warnings.warn('mind')\n    return sys._getframe().f_code.co_filename\n"
    )
    notebook.do(cell)
    notebook.do("old = work.__code__.co_filename\n(one,) = %pmap -q work [1]")
    assert notebook.get("one == old") is True
    notebook.do(cell.replace("    warnings", "    # why\n\n    warnings"))

    reply = notebook.do("(two,) = %pmap -q work [1]")

    assert notebook.get("two == old") is True
    assert notebook.get("work.__code__.co_filename") + ":4: UserWarning: mind" in reply.stderr


def test_a_crash_of_a_script_in_a_folder_of_any_name_names_its_line(tmp_path: Path) -> None:
    """What the interpreter writes as it dies is ASCII alone."""
    folder = tmp_path / "größe 計算 🎉"
    folder.mkdir()
    script = folder / "crashes.py"
    script.write_text(
        "import os, signal, parmagic\n"
        "def crash(x):\n"
        "    os.kill(os.getpid(), signal.SIGSEGV)\n"
        "parmagic.pmap(crash, [1], workers=1)\n",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, str(script)], check=False, capture_output=True, text=True, timeout=LIMIT
    )

    assert "at crashes.py line 3 in `crash`" in done.stderr
