"""Options of libraries that the notebook has set: tasks compute, print and draw by them."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kernel import Notebook
from marks import by_any_method

# As scikit-learn: what is set holds for the thread that sets it.
SKLEARN = """
import threading
_local = threading.local()
def get_config(): return {"transform_output": "default", "depth": 1, **vars(_local)}
def set_config(**options): vars(_local).update(options)
"""
# As mpmath, whose precision is an attribute of an object.
MPMATH = "import types\nmp = types.SimpleNamespace(prec=53)\n"


class Row(NamedTuple):
    """What a cell sets, how that is put back, and what a task reads."""

    begin: str
    set: str
    back: str
    read: str
    within: str = "pass"  # a line of the function before that


ROWS = {
    "how numpy prints": Row(
        "import numpy as np",
        "np.set_printoptions(precision=2)",
        "np.set_printoptions(precision=8)",
        "str(np.array([1 / 3]))",
    ),
    "an option of pandas": Row(
        "import pandas as pd",
        "pd.set_option('display.precision', 2)",
        "pd.reset_option('display.precision')",
        "pd.get_option('display.precision'), pd.options.display.max_columns",
    ),
    "a style of matplotlib": Row(
        "import matplotlib.pyplot as plt",
        "plt.style.use('ggplot')",
        "plt.style.use('default')",
        "plt.rcParams['axes.facecolor'], str(plt.rcParams['axes.prop_cycle'])",
    ),
    "a setting of a library that the task imports": Row(
        "import matplotlib",
        "matplotlib.rcParams['font.size'] = 7",
        "matplotlib.rcParams['font.size'] = 10",
        "mpl.rcParams['font.size']",
        "import matplotlib as mpl",
    ),
    "the locale": Row(
        "import locale",
        "locale.setlocale(locale.LC_COLLATE, 'C.UTF-8')",
        "locale.setlocale(locale.LC_COLLATE, 'C')",
        "locale.setlocale(locale.LC_COLLATE)",
    ),
    "a configuration of each thread": Row(
        "import sklearn",
        "sklearn.set_config(transform_output='pandas')",
        "sklearn.set_config(transform_output='default')",
        "sklearn.get_config()",
    ),
    "a precision": Row(
        "import mpmath", "mpmath.mp.prec = 90", "mpmath.mp.prec = 53", "mpmath.mp.prec"
    ),
}


@pytest.fixture(scope="module", autouse=True)
def _libraries(notebook: Notebook) -> None:
    for name, text in (("sklearn", SKLEARN), ("mpmath", MPMATH)):
        (notebook.folder / f"{name}.py").write_text(text, encoding="utf-8")


@pytest.mark.parametrize("backend", ["thread", "process", "pool"])
@pytest.mark.parametrize("what", ROWS)
def test_tasks_go_by_what_the_notebook_has_set(notebook: Notebook, backend: str, what: str) -> None:
    """As it is for this run: when it has been set, and when it has been put back."""
    row = ROWS[what]
    notebook.do(f"{row.begin}\ndef task(k):\n    {row.within}\n    return {row.read}")
    line = f"%pmap -q -w 2 -b {backend} task range(3)"
    first = notebook.get("task(0)")

    assert notebook.get(line) == [first] * 3
    notebook.do(row.set)
    changed = notebook.get("task(0)")
    assert notebook.get(line) == [changed] * 3
    notebook.do(row.back)
    assert notebook.get(line) == [first] * 3
    assert first != changed


@by_any_method
@pytest.mark.parametrize("what", ROWS)
def test_what_a_task_sets_is_set_for_no_later_run(notebook: Notebook, what: str) -> None:
    """The worker that has run it goes back to what the notebook has set."""
    row = ROWS[what]
    inside = [row.begin, row.set, row.within, f"return {row.read}"]
    lines = "\n    ".join(inside)
    notebook.do(
        f"{row.begin}\ndef task(k):\n    {row.within}\n    return {row.read}\n"
        f"def sets(k):\n    {lines}"
    )
    first = notebook.get("task(0)")

    assert notebook.get("%pmap -q -w 1 sets range(2)") != [first] * 2
    assert notebook.get("%pmap -q -w 1 task range(2)") == [first] * 2


@by_any_method
def test_what_a_task_sets_for_its_process_is_set_for_no_later_run(notebook: Notebook) -> None:
    """Its folder, its environment, and what Python itself is told."""
    notebook.do(
        "import decimal, os, sys\n"
        "def now(k): return (\n"
        "    os.getcwd(), os.environ.get('MINE'), sys.getrecursionlimit(),\n"
        "    str(1 / decimal.Decimal(3))\n"
        ")\n"
        "def sets(k):\n"
        "    os.chdir('/')\n"
        "    os.environ['MINE'] = 'set'\n"
        "    sys.setrecursionlimit(2345)\n"
        "    decimal.getcontext().prec = 3\n"
        "    return now(k)"
    )
    first = notebook.get("now(0)")

    (inside,) = notebook.get("%pmap -q -w 1 sets range(1)")
    assert not {*inside} & {*first}
    assert notebook.get("%pmap -q -w 1 now range(1)") == [first]


def test_an_option_that_cannot_be_sent_stays_in_the_notebook(notebook: Notebook) -> None:
    """Such as a function, and what belongs to the front end."""
    notebook.do(
        "import matplotlib, pandas as pd\n"
        "pd.set_option('display.float_format', lambda x: 'x')\n"
        "pd.set_option('display.precision', 3)\n"
        "def task(k): return pd.get_option('display.float_format'), pd.options.display.precision"
    )

    assert notebook.get("%pmap -q task range(2)") == [(None, 3)] * 2
    notebook.do("pd.reset_option('display.float_format')\npd.reset_option('display.precision')")


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_a_warning_of_a_library_is_raised_in_workers_as_in_the_notebook(
    notebook: Notebook, backend: str
) -> None:
    """As where a function is to catch that a fit has not converged; else it is shown."""
    (notebook.folder / "fits.py").write_text(
        "import warnings\n"
        "class NotConverged(UserWarning): pass\n"
        "def fit(k):\n"
        "    warnings.warn('no', NotConverged)\n"
        "    return k\n"
    )
    notebook.do(
        "import fits, warnings\n"
        "def task(k):\n"
        "    try: return fits.fit(k)\n"
        "    except fits.NotConverged: return None"
    )
    line = f"%pmap -q -w 2 -b {backend} task range(2)"
    assert notebook.get(line) == [0, 1]

    notebook.do("kept = warnings.filters[:]\nwarnings.simplefilter('error', fits.NotConverged)")
    assert notebook.get(line) == [None, None]
    notebook.do("warnings.filters[:] = kept\nwarnings.simplefilter('always', fits.NotConverged)")
    reply = notebook.do(line)

    assert reply.value == "[0, 1]"
    assert "NotConverged: no" in reply.stderr
