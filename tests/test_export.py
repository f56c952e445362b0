"""A run leaves the notebook as a script, which gives the same values from a shell."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import parmagic
from kernel import LIMIT, Notebook
from marks import by_any_method
from parmagic import PlanError, TravelError, pmap

CELLS = """
import asyncio, enum, math, os, threading, types
import numpy as np
from collections import namedtuple
from functools import partial, lru_cache

offset = 3
names = {'a': [1, 2], 'größe': (True, None)}
table = np.arange(6.0).reshape(2, 3)
big = np.arange(40_000)
shared = [1]
pair = {'one': shared, 'two': shared}

class Colour(enum.Enum):
    RED = 1
    BLUE = 2

class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return type(other) is Point and other.x == self.x
    def __repr__(self): return f'Point({self.x})'

origin = Point(7)
origin.more = types.MethodType(lambda self, x: self.x + x, origin)
tools = {'math': math, 'rates': types.MappingProxyType({'a': 3})}

def helper(x): return x + offset
def work(x): return helper(x) * len(names)
def move(point, by=1): return Point(point.x + origin.x + by)
def make(factor):
    def times(x): return x * factor
    return times
triple = make(3)
handlers = {'triple': triple, 'lambda': lambda x: x - 1}
async def later(x):
    await asyncio.sleep(0)
    return x + 1
def fails(x): return 1 // x
def where(x): return os.getpid(), threading.get_ident()
"""
LINES = [
    "work range(5)",
    "work(x) + offset for x in [1, 5, 2] if x > 1",
    "move(p, by) for p, by in zip([Point(1), Point(2)], [3, 4])",
    "(\n  x,\n  Colour(x)\n) for x in (1, 2)",
    "abs [-1, 2]",
    "partial(pow, 2) [3, 4]",
    "triple range(3)",
    "handlers[name](5) for name in ['triple', 'lambda']",
    "lambda x: x * 2 range(3)",
    "later range(3)",
    "float(table.sum() + big[x]) for x in range(3)",
    "float(row.sum()) for row in table",
    "pair['one'] is pair['two'] for _ in range(2)",
    "names['größe'] for _ in range(2)",
    "tools['math'].floor(origin.more(x)) + tools['rates']['a'] for x in (1, 2)",
    "float(part[0]) for part in np.split(big, 4)",
    "math.floor(x) for x in (one / 2 for one in range(3))",
]


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what the tests use."""
    notebook.do(CELLS)


def values_of(script: Path, folder: Path) -> str:
    """Run a script in an empty folder by a Python that has no parmagic on its path."""
    folder.mkdir()
    variables = {name: value for name, value in os.environ.items() if "PYTHON" not in name}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT,
        cwd=folder,
        env={**variables, "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, f"{done.stderr}\n{script.read_text(encoding='utf-8')}"
    assert done.stderr == ""
    assert not list(folder.iterdir())
    return done.stdout


@pytest.mark.parametrize("line", LINES)
def test_a_script_prints_the_values_of_the_run(
    notebook: Notebook, line: str, tmp_path: Path
) -> None:
    """Under the start method of the run; nothing in it imports parmagic."""
    script = tmp_path / "run.py"

    reply = notebook.do(
        f"values = get_ipython().run_line_magic('pmap', '''-w 2 --export {script} {line}''')"
    )
    shown = notebook.do("print(*map(repr, values), sep='\\n')").stdout

    assert f"script saved as {script}\n" in reply.stdout
    text = script.read_text(encoding="utf-8")
    imports = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert not [one for one in imports if one.names[0].name.startswith("parmagic")]
    assert "from parmagic" not in text
    assert values_of(script, tmp_path / "empty") == shown
    method = notebook.get("%config ParallelMagics.start_method")
    assert ('.get_context("spawn").Pool(2' in text) == (method == "spawn")


@pytest.mark.parametrize("backend", ["process", "thread", "serial"])
def test_a_script_runs_on_what_the_run_ran_on(
    notebook: Notebook, backend: str, tmp_path: Path
) -> None:
    """In a process for each task, on threads, or in one thread."""
    script = tmp_path / "run.py"
    notebook.do(f"%pmap -q -b {backend} -w 2 --export {script} where range(3)")

    lines = values_of(script, tmp_path / "empty").splitlines()
    processes = {ast.literal_eval(line)[0] for line in lines}

    assert len(processes) == (3 if backend == "process" else 1)
    if backend == "serial":
        assert len(set(lines)) == 1


def test_errors_that_are_kept_and_retries_are_part_of_it(
    notebook: Notebook, tmp_path: Path
) -> None:
    """The script returns the exception where the run does, and tries as often."""
    script = tmp_path / "run.py"
    notebook.do(
        "def flaky(x):\n"
        "    tries.append(x)\n"
        "    if len(tries) < 3: raise OSError(x)\n"
        "    return len(tries)\n"
        "tries = []"
    )

    notebook.do(f"%pmap -q --errors keep --export {script} fails [1, 0]")
    assert "ZeroDivisionError" in values_of(script, tmp_path / "first").splitlines()[1]
    notebook.do(f"%pmap -q -b serial --retries 2 --export {script} flaky [5]")

    assert values_of(script, tmp_path / "second") == "3\n"


@by_any_method
def test_large_data_lie_beside_the_script(notebook: Notebook, tmp_path: Path) -> None:
    """Small data stand in it, so that it can be read."""
    large, small = tmp_path / "large.py", tmp_path / "small.py"

    notebook.do(f"%pmap -q --export {large} float(big[x]) for x in range(3)")
    notebook.do(f"%pmap -q --export {small} work range(5)")

    assert {path.name for path in tmp_path.iterdir()} == {"large.py", "large.data", "small.py"}
    assert "names = {'a': [1, 2], 'größe': (True, None)}" in small.read_text(encoding="utf-8")
    assert "pickle" not in small.read_text(encoding="utf-8")
    assert "items = range(0, 5)" in small.read_text(encoding="utf-8")


@by_any_method
def test_no_file_of_anybody_else_is_written_over(notebook: Notebook, tmp_path: Path) -> None:
    """A script that was exported is; anything else is refused before anything runs."""
    notes, script, link = tmp_path / "notes.py", tmp_path / "run.py", tmp_path / "link.py"
    notes.write_text("mine\n")
    link.symlink_to(notes)
    (tmp_path / "other.data").write_text("mine\n")
    line = "%pmap -q --export {} {} for x in range(2)"

    for path, other in ((notes, "float(big[x])"), (tmp_path / "other.py", "float(big[x])")):
        refusal = notebook.run(line.format(path, other)).usage_error
        assert "is there already, and no script that was exported" in refusal
    assert "is there already" in notebook.run(line.format(link, "x")).usage_error
    notebook.do(line.format(script, "x"))
    notebook.do(line.format(script, "x + 1"))

    assert notes.read_text() == (tmp_path / "other.data").read_text() == "mine\n"
    assert values_of(script, tmp_path / "empty") == "1\n2\n"


@by_any_method
def test_what_a_script_cannot_do_is_refused(notebook: Notebook, tmp_path: Path) -> None:
    """With what to do instead, before anything runs or is written."""
    script = tmp_path / "run.py"
    for given, said in {
        f"--timeout 5 --export {script} work range(3)": "no `--timeout`",
        f"--queue --export {script} work range(3)": "no `--queue`",
        f"--export {script} parmagic.PENDING is x for x in range(2)": "need parmagic",
        f"--export {tmp_path}/run.txt work range(3)": f"{tmp_path}/run.py",
        f"--export {tmp_path}/none/run.py work range(3)": "there is no folder",
        f"--export {script} threading.Lock() for x in [threading.Lock()]": "item 0 (_thread.lock)",
        "--export": "needs a value",
    }.items():
        notebook.do("import parmagic")
        line = given.replace("threading.Lock() for", "x for")
        assert said in notebook.run(f"%pmap -q {line}").usage_error
    assert not list(tmp_path.iterdir())
    refusal = notebook.run(f"%%parallel --export {script}\na = work(1)").usage_error
    assert "%pmap" in refusal


@by_any_method
def test_pmap_exports_too(tmp_path: Path) -> None:
    """As in notebooks, and with the same refusals."""
    script = tmp_path / "run.py"

    run = pmap(divmod, [7, 8], [2, 3], backend="thread", export=script)

    assert values_of(script, tmp_path / "empty") == "".join(f"{one!r}\n" for one in run.values)
    assert "ThreadPool(2)" in script.read_text()
    with pytest.raises(PlanError, match=r"ends in \.py"):
        pmap(abs, [1], backend="thread", export=tmp_path / "run")
    with pytest.raises(TravelError):
        pmap(abs, [threading.Lock()], backend="thread", export=script)
    assert parmagic.last_run() is run
