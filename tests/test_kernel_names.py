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
    "definition",
    [
        "def task(x, held=rows): return held",
        "def task(x, *, held=rows): return held",
        "def helper(held=rows): return held\ndef task(x): return helper()",
        "def task(x, held=[1]): return held\nrows = task.__defaults__[0]",
        "def task(x): return task.held\ntask.held = rows",
        "class Kind:\n    held = rows\ndef task(x): return Kind.held",
        (
            "class Kind:\n    @classmethod\n    def get(cls, held=rows): return held\n"
            "def task(x): return Kind.get()"
        ),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass Kind:\n"
            "    held: list = field(default_factory=lambda held=rows: held)\n"
            "def task(x): return Kind().held"
        ),
        (
            "from dataclasses import dataclass, field\n@dataclass\nclass Base:\n"
            "    held: list = field(default_factory=lambda *, held=rows: held)\n"
            "@dataclass\nclass Kind(Base):\n    n: int = 1\ndef task(x): return Kind().held"
        ),
    ],
)
def test_a_default_stays_when_the_name_it_came_from_means_something_else(
    notebook: Notebook, definition: str
) -> None:
    """Also of a helper or a class, and after a run; a change in place is one of the default."""
    notebook.do(f"import parmagic\nrows = [1]\n{definition}")
    line = "%pmap -q -w 1 task [0]"
    found = [notebook.get(line), notebook.get(line)]  # the first may import something

    notebook.do("was = rows\nrows = [3]")
    found += [notebook.get(line), notebook.get("parmagic.pmap(task, [0]).values")]
    notebook.do("was.append(2)")
    found.append(notebook.get(line))

    assert found == [[[1]], [[1]], [[1]], [[1]], [[1, 2]]]


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
