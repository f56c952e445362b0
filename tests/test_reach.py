"""What code tasks may run: who reads it knows what they load, and whether they have threads."""

from __future__ import annotations

import functools
import importlib
import mmap
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from parmagic import pmap
from parmagic.modules.notable.threaded import may_thread
from parmagic.modules.reach import loads_later, pieces
from parmagic.run.backends import pool
from parmagic.run.workers.libraries import VARIABLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LAZY = """
def __getattr__(name):
    import importlib
    if name == "part":
        return importlib.import_module("lazily.part")
    raise AttributeError(name)
"""
USER = """
import sys
import lazily

def use(number):
    there = "lazily.part" in sys.modules
    return there, lazily.part.double(number)
"""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module that uses a package which loads one of its own modules when that is read."""
    (tmp_path / "lazily").mkdir()
    (tmp_path / "lazily" / "__init__.py").write_text(LAZY)
    (tmp_path / "lazily" / "part.py").write_text("def double(number):\n    return 2 * number\n")
    (tmp_path / "lazy_user.py").write_text(USER)
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("lazy_user")
    for name in ("lazy_user", "lazily", "lazily.part"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("backend", ["process", "pool"])
def test_what_a_package_loads_late_is_there_before_a_task_s_clock_begins(
    user: Any, backend: str
) -> None:
    """Or the first task of each process would seem longer than it is serially."""
    run = pmap(user.use, range(3), backend=backend)

    assert run.values == [(True, 0), (True, 2), (True, 4)]
    assert "lazily.part" not in sys.modules  # nothing is loaded here for it


def touch(count: int) -> int:
    """Have new memory of the system itself, which keeps none of it, and write to each page."""
    with mmap.mmap(-1, count) as memory:
        for at in range(0, count, mmap.PAGESIZE):
            memory[at] = 1
        return count


@pytest.mark.skipif(sys.platform == "win32", reason="it does not tell")
@pytest.mark.parametrize("backend", ["process", "pool", "thread", "executor"])
def test_the_memory_that_tasks_are_given_is_counted(backend: str) -> None:
    """As pages, in each chunk, whichever worker has it."""
    pages = 4_000_000 // mmap.PAGESIZE
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        given: Any = workers if backend == "executor" else backend
        traffic = pmap(touch, [4_000_000] * 4, backend=given, workers=2).traffic

    if backend == "thread":
        assert traffic.faults >= 4 * pages or sys.platform == "darwin"
    assert all(one.faults >= pages for one in traffic.passages)


def test_only_the_first_chunk_of_a_process_is_that_of_a_new_one() -> None:
    """Of later ones a worker in a pool has its caches filled already, as the notebook has."""
    new = pmap(touch, [4_000] * 2, backend="process", workers=1).traffic.passages
    pmap(touch, [4_000], workers=1)
    later = pmap(touch, [4_000] * 4, workers=1).traffic.passages

    assert all(one.new for one in new)
    assert not any(one.new for one in later)


def helper(size: int) -> Any:
    """Multiply matrices."""
    one = np.ones((size, size))
    return one @ one


def inner(number: int) -> int:
    """Be called as a product is that a library knows."""
    return number


class Solver:
    """Has a method that calls a numerical library."""

    def solve(self, size: int) -> Any:
        """Solve equations."""
        return np.linalg.solve(np.eye(size), np.ones(size))


SOLVER = Solver()


def test_a_warm_worker_has_the_threads_that_it_was_started_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Alone it might have all, but its library is loaded: serial time must not seem that of one."""
    monkeypatch.setattr("parmagic.run.cpus.available", lambda: 2)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    pool.close()

    both = pmap(helper, [20] * 4, workers=2)
    alone = pmap(helper, [20] * 4, workers=1)
    pool.close()
    new = pmap(helper, [20] * 4, workers=1)

    assert [(run.threads, run.serial_threads) for run in (both, alone, new)] == [
        (1, 2),
        (1, 2),
        (2, 2),
    ]


def _found(start: Callable[..., Any], expression: str = "", **names: Any) -> bool:
    return may_thread([start], list(pieces([start], expression, names)))


@pytest.mark.parametrize(
    "call",
    [
        helper,
        functools.partial(helper, 3),
        functools.lru_cache(helper),
        lambda size: helper(size + 1),
        lambda sizes: [helper(size) for size in sizes],
        lambda array: array.dot(array),
        lambda size: SOLVER.solve(size + 1),
        SOLVER.solve,
        np.linalg.svd,
        np.dot,
    ],
)
def test_products_of_matrices_may_have_threads(call: Callable[..., Any]) -> None:
    """However they are called, by whichever function of the user's."""
    assert _found(call)


@pytest.mark.parametrize(
    "call",
    [
        lambda array: np.sqrt(array).sum(),
        lambda array: np.sort(array)[:10],
        lambda number: inner(number + 1),
        lambda size: np.zeros(size) + 1,
        np.sort,
        len,
        sum,
    ],
)
def test_what_works_on_elements_has_no_threads(call: Callable[..., Any]) -> None:
    """Nor has a function of the user's that is called as a product is."""
    assert not _found(call)


def test_names_of_an_expression_are_those_of_its_namespace() -> None:
    """A cell's statements name functions that only the notebook has."""
    assert _found(len, "chosen(*args)", chosen=helper)
    assert not _found(len, "chosen(*args)", chosen=inner)
    assert _found(len, "part.svd(x)", part=np.linalg)
    assert not _found(len, "yield x", x=helper)


def test_objects_are_asked_for_nothing_that_they_would_compute() -> None:
    """Reading an attribute may be a call over a network."""

    class Remote:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(name)

    assert not _found(lambda: remote, "remote()", remote=(remote := Remote()))


def test_a_package_is_asked_only_for_modules_that_it_has() -> None:
    """`np.random` is loaded when it is read; `np.sort` is no module, and `np.tests` is not read."""
    tests = type("Plain", (), {"tests": 3})()

    def draw(seed: int) -> Any:
        return np.sort(np.random.default_rng(seed).random(3)), tests.tests

    assert loads_later(pieces([draw], "", {})) == {"numpy.random"}
