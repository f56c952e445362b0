"""Whatever a notebook defines runs on workers as it runs serially: a table of it."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from definables import ROWS
from definables.row import OUTGROWN, Row
from kernel import Notebook
from parmagic.run.backend import INTERPRETERS

COMPARE = """
def _same(found, serial): return bool({same})
_pool = %pmap -q -b pool task {items}
_process = %pmap -q -b process task ({items})[:1]
[_same(_pool, _serial), _same(_process, _serial[:1])]
"""


REFUSES = ("numpy", "pandas")  # cannot be loaded by an interpreter beside the notebook's own


def _case(row: Row) -> ParameterSet:
    marks = []
    if row.wants and importlib.util.find_spec(row.wants) is None:
        marks.append(pytest.mark.skip(reason=f"{row.wants} is not installed"))
    if sys.version_info < row.since:
        version = ".".join(map(str, row.since))
        marks.append(pytest.mark.skip(reason=f"Python {version} is the first that can read it"))
    if row.outgrown and OUTGROWN:
        marks.append(pytest.mark.skip(reason="this IPython is too old for this Python"))
    return pytest.param(row, id=row.name, marks=marks)


def _define(notebook: Notebook, row: Row) -> None:
    notebook.do("%reset -sf\nget_ipython().compile.reset_compiler_flags()")
    for cell in row.cells:
        notebook.do(cell)
    called = "await task(x)" if row.asynchronous else "task(x)"
    notebook.do(f"_serial = [{called} for x in {row.items}]")


@pytest.fixture(scope="module")
def alone() -> Iterator[Notebook]:
    """A kernel for interpreters, which no way to start processes concerns."""
    with Notebook() as started:
        started.do("%load_ext parmagic")
        yield started


@pytest.mark.parametrize("row", [_case(row) for row in ROWS])
def test_workers_give_what_a_plain_loop_gives(notebook: Notebook, row: Row) -> None:
    """On a warm pool, and in a process for each task."""
    _define(notebook, row)

    assert notebook.get(COMPARE.format(items=row.items, same=row.same)) == [True, True]


in_interpreters = pytest.mark.skipif(not INTERPRETERS, reason="they are of Python 3.14")
REFUSED = [row for row in ROWS if any(f"import {name}" in "".join(row.cells) for name in REFUSES)]


@in_interpreters
@pytest.mark.parametrize("row", [_case(row) for row in ROWS if row not in REFUSED])
def test_interpreters_give_what_a_plain_loop_gives(alone: Notebook, row: Row) -> None:
    """They have what a cell defines through the same files and pickles."""
    _define(alone, row)

    alone.do(f"_found = %pmap -q -b interpreter -w 2 task {row.items}")
    alone.do(f"def _same(found, serial): return bool({row.same})")
    assert alone.get("_same(_found, _serial)") is True


@in_interpreters
@pytest.mark.parametrize("row", [_case(row) for row in REFUSED])
def test_interpreters_name_what_they_cannot_import(alone: Notebook, row: Row) -> None:
    """Before anything starts where the code imports it, else when the data are unpickled."""
    _define(alone, row)

    reply = alone.run(f"_found = %pmap -q -b interpreter -w 2 task {row.items}")

    said = reply.error.evalue if reply.errors else reply.usage_error
    assert "`numpy` cannot be imported by an interpreter" in said
    assert "use `-b pool`" in said


@pytest.mark.parametrize("page", ["README.md", "docs/reference.md"])
def test_the_pages_say_how_many_rows_there_are(page: str) -> None:
    """None is marked as failing, so that as many pass on each start method."""
    text = (Path(__file__).parents[1] / page).read_text(encoding="utf-8")
    said = re.search(r"\*\*(\d+)\*\* ways of defining things", text)

    assert said is not None
    assert int(said[1]) == len(ROWS)


def test_no_two_rows_have_the_same_name() -> None:
    """A name that fails says which row it is."""
    names = [row.name for row in ROWS]

    assert len(names) == len(set(names))
