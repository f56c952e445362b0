"""What a function sets for its whole process: a cell leaves it as it does serially."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from kernel import Notebook

BEGIN = """
import contextlib, decimal, importlib, locale, logging, os, random, signal, sys, warnings
import matplotlib, matplotlib.pyplot as plt, numpy as np, pandas as pd
from csv import field_size_limit
from decimal import getcontext, localcontext
from os import chdir as leave
from random import random as toss, seed as start
from socket import getdefaulttimeout, setdefaulttimeout
from warnings import catch_warnings, simplefilter
import settles
def settle():
    os.chdir(home)
    os.environ.pop("SET_BY_STEP", None)
    os.umask(0o22)
    sys.setrecursionlimit(3000)
    decimal.getcontext().prec = 28
    np.seterr(divide="warn")
    np.set_printoptions(precision=8)
    warnings.simplefilter("default")
    signal.signal(signal.SIGUSR1, signal.SIG_DFL)
    logging.getLogger("set").setLevel(0)
    pd.set_option("display.max_rows", 60)
    matplotlib.rcParams["font.size"] = 10
    locale.setlocale(locale.LC_COLLATE, "C")
    field_size_limit(131072)
    setdefaulttimeout(None)
def state():
    mask = os.umask(0)
    os.umask(mask)
    return (os.path.relpath(os.getcwd(), home), os.environ.get("SET_BY_STEP"), mask,
        sys.getrecursionlimit(), decimal.getcontext().prec, np.geterr()["divide"],
        np.get_printoptions()["precision"], warnings.filters[0][0],
        int(signal.getsignal(signal.SIGUSR1)), logging.getLogger("set").level,
        pd.get_option("display.max_rows"), matplotlib.rcParams["font.size"],
        locale.setlocale(locale.LC_COLLATE), field_size_limit(), getdefaulttimeout())
class Lab:
    def settle(self, k): sys.setrecursionlimit(3000 + k)
lab = Lab()
"""
SETS = {
    "the context of decimal": "decimal.getcontext().prec = k",
    "the context of decimal, by its function": "getcontext().prec = k",
    "the context of decimal, by a name": "here = decimal.getcontext(); here.prec = k",
    "what the function imports": "from decimal import getcontext as there; there().prec = k",
    "the folder": "os.chdir(home + '/inner')",
    "the folder, by its function": "leave(home + '/inner')",
    "the folder, by what the function imports": "from os import chdir; chdir(home + '/inner')",
    "the environment": "os.environ['SET_BY_STEP'] = str(k)",
    "the environment, by a method": "import os as it; it.environ.update(SET_BY_STEP=str(k))",
    "the mask of files": "os.umask(0o27)",
    "the limit of recursion": "sys.setrecursionlimit(3000 + k)",
    "a limit, by a method of the notebook": "lab.settle(k)",
    "a limit, by a module of the user's": "settles.limit(3000 + k)",
    "a limit, by a lambda": "(lambda to: sys.setrecursionlimit(to))(3000 + k)",
    "errors of numpy": "np.seterr(divide='ignore')",
    "how numpy prints": "np.set_printoptions(precision=3)",
    "filters of warnings": "warnings.simplefilter('ignore')",
    "filters of warnings, by their function": "simplefilter('ignore')",
    "a signal": "signal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "the level of a logger": "logging.getLogger('set').setLevel(k)",
    "the level of a logger, by a name": "log = logging.getLogger('set'); log.setLevel(k)",
    "an option of pandas": "pd.set_option('display.max_rows', k)",
    "an option of pandas, by an attribute": "pd.options.display.max_rows = k",
    "a setting of matplotlib": "plt.rcParams['font.size'] = k",
    "a setting of matplotlib, by a function": "plt.rc('font', size=k)",
    "a setting of matplotlib, by a method": "matplotlib.rcParams.update({'font.size': k})",
    "a limit of csv, by its function": "field_size_limit(1000 + k)",
    "the timeout of sockets, by its function": "setdefaulttimeout(k)",
    "the locale": "locale.setlocale(locale.LC_COLLATE, 'C.UTF-8')",
}
# What is over with the call, or sets nothing.
OVER = {
    "errors of numpy in a block": "with np.errstate(all='ignore'): np.seterr(divide='raise')",
    "the context of decimal in a block": "with decimal.localcontext() as here: here.prec = k",
    "that of the block": "with decimal.localcontext(): decimal.getcontext().prec = k",
    "filters in a block": "with warnings.catch_warnings(): warnings.simplefilter('ignore')",
    "that of the block, by its functions": "with localcontext(): getcontext().prec = k",
    "filters in a block, by their functions": "with catch_warnings(): simplefilter('ignore')",
    "matplotlib in a block": "with plt.rc_context(): plt.rc('font', size=k)",
    "a setting that is read": "x = decimal.getcontext().prec, np.geterr(), os.environ.get('HOME')",
    "an array of the function's": "x = np.zeros(3); x[0] = k",
    "a figure of the function's": "x = plt.figure(); x.set_size_inches(2, 2); plt.close(x)",
    "the context of decimal that computes": "x = decimal.getcontext().sqrt(decimal.Decimal(k))",
}
# What is put back: enough in a process, not where threads see it in between.
PUT_BACK = {
    "the folder": "os.chdir('/')\n    try: k += 1\n    finally: os.chdir(home)",
    "the folder of a block": "with contextlib.chdir('/'): k += 1",
}
CALLS = "a = step(8)\nb = [step(k) for k in (9, 10)]"
SEEDS = {
    "def draw(k):\n    random.seed(k)\n    return random.random()": "random.random()",
    "def draw(k):\n    start(k)\n    return toss()": "toss()",
    "def draw(k):\n    np.random.seed(k)\n    return np.random.randint(9)": "np.random.randint(9)",
}
# Of a cell that seeds a generator.
DRAWS = {
    "def begin(k): random.seed(k)\ndef draw(): return random.random()": "begin(3)",
    "def draw(): return toss()": "start(3)",
    "def draw():\n    import random as luck\n    return luck.random()": "random.seed(3)",
    "def draw():\n    return int(pd.Series(range(99)).sample(1).iloc[0])": "np.random.seed(3)",
}


@pytest.fixture(scope="module")
def settled(notebook: Notebook) -> Iterator[Notebook]:
    """A kernel in which the folder `inner`, and a module of the user's, are in its own folder."""
    (notebook.folder / "inner").mkdir()
    (notebook.folder / "settles.py").write_text(
        "import sys as system\ndef limit(to): system.setrecursionlimit(to)\n"
    )
    notebook.do("import os\nhome = os.getcwd()")
    notebook.do(BEGIN)
    yield notebook
    notebook.do("settle()")


def _left(notebook: Notebook, cell: str) -> str:
    notebook.do("settle()\na = b = run = None")
    notebook.do(cell)
    return str(ast.literal_eval(notebook.do("repr((state(), a, b))").value or ""))


def _tasks(notebook: Notebook, cell: str, backend: str) -> int:
    """Check that a cell leaves what it leaves serially; return how many tasks it had."""
    parallel = _left(notebook, f"%%parallel -q -w 2 -b {backend} -o run\n{cell}")
    found: int = notebook.get("len(run.tasks) if run else 0")
    assert parallel == _left(notebook, cell)
    return found


@pytest.mark.parametrize("how", SETS)
def test_what_a_function_sets_for_its_process_is_set_in_the_notebook(
    settled: Notebook, how: str
) -> None:
    """A worker would set its own; threads would set it for each other."""
    settled.do(f"def step(k):\n    {SETS[how]}\n    return k")
    for backend in ("pool", "thread"):
        assert _tasks(settled, CALLS, backend) == 0


@pytest.mark.parametrize("how", OVER)
def test_what_is_set_for_a_block_alone_runs_in_parallel(settled: Notebook, how: str) -> None:
    """So does what only reads a setting, or changes what is the function's own."""
    settled.do(f"def step(k):\n    {OVER[how]}\n    return k")
    assert _tasks(settled, CALLS, "pool") == 3


@pytest.mark.parametrize("how", PUT_BACK)
def test_what_is_put_back_runs_in_processes_and_not_on_threads(settled: Notebook, how: str) -> None:
    """Threads would compute by what the others have set."""
    settled.do(f"def step(k):\n    {PUT_BACK[how]}\n    return k, os.getcwd()")
    assert _tasks(settled, CALLS, "pool") == 3
    assert _tasks(settled, CALLS, "thread") == 0


@pytest.mark.parametrize("defined", SEEDS)
def test_a_function_that_seeds_its_generator_is_a_task_unless_others_draw_from_it(
    settled: Notebook, defined: str
) -> None:
    """Threads draw from the same; and so does what the cell does later, if it is in no task."""
    settled.do(defined)
    cell = "a = draw(1)\nb = [draw(k) for k in (2, 3)]"

    assert _tasks(settled, cell, "pool") == 3
    assert _tasks(settled, cell, "thread") == 0
    assert _tasks(settled, f"a = draw(1)\nb = {SEEDS[defined]}", "pool") == 0


@pytest.mark.parametrize("defined", DRAWS)
def test_what_draws_from_a_generator_that_the_cell_seeds_stays_however_it_is_called(
    settled: Notebook, defined: str
) -> None:
    """By a name of its own, in a function that imports it, or by a method of pandas."""
    settled.do(defined)
    assert _tasks(settled, f"{DRAWS[defined]}\na = draw()\nb = draw()", "pool") == 0


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("np.seterr(all='ignore')", "numpy.seterr()`: use `with numpy.errstate(...)`"),
        ("getcontext().prec = k", "decimal.getcontext().prec = ...`: use `with decimal.local"),
        ("os.umask(k)", "os.umask()`\n"),
    ],
)
def test_the_reason_names_what_is_set_and_what_to_use_instead(
    settled: Notebook, body: str, reason: str
) -> None:
    """Where there is something that sets it for a block."""
    settled.do(f"def step(k):\n    {body}")
    said = settled.do("%%parallel --explain\na = step(1)").stdout
    assert f"`step()` changes its process by `{reason}" in f"{said}\n"
