"""A name means to a task what it means in the notebook, whatever else it has meant or may mean."""

from __future__ import annotations

import pytest

from kernel import Notebook

LIB = """
import contextlib, functools
factor_of_lib = 1
def passed_on(f):
    @functools.wraps(f)
    def run(*args): return f(*args)
    return run
@contextlib.contextmanager
def nothing(): yield
"""


@pytest.mark.parametrize(
    "decorated",
    [
        "@passed_on\ndef task(x): return shifted(x * factor_of_lib)",
        "@nothing()\ndef task(x): return shifted(x * factor_of_lib)",
        "@passed_on\n@added\ndef task(x): return x * factor_of_lib",
        "@added\n@passed_on\ndef task(x): return x * factor_of_lib",
    ],
)
def test_a_function_with_a_decorator_of_a_module_reads_the_names_of_the_notebook(
    notebook: Notebook, decorated: str
) -> None:
    """Not those of the module, which may have the same."""
    notebook.do(
        "import os, sys, functools, parmagic\nsys.path.insert(0, os.getcwd())\n"
        f"open('lib_of_decorators.py', 'w').write({LIB!r});"
    )
    notebook.do(
        "from lib_of_decorators import nothing, passed_on\nfactor_of_lib = 3\n"
        "def shifted(x): return x + 1\ndef added(f):\n    @functools.wraps(f)\n"
        f"    def run(x): return f(x) + 1\n    return run\n{decorated}"
    )

    for backend in ("pool", "process"):
        run = f"parmagic.pmap(task, [1, 2], backend={backend!r}).values"
        assert notebook.get(run) == [4, 7]
