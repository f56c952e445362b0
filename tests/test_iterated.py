"""What may be read to its end before the first task, and whose methods do what they say."""

from __future__ import annotations

import csv
import io
import itertools
import operator
import os
import queue
import random
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from parmagic.magics.iterated import seen
from parmagic.magics.known import has_state


def numbers() -> Iterator[int]:
    """Run code between the items."""
    yield from (1, 2)


def double(x: int) -> int:
    """Stand for a function of the user's."""
    return 2 * x


class Rows:
    """Makes its iterator by code of the user's."""

    def __init__(self, items: Iterable[int]) -> None:
        self.items = items

    def __iter__(self) -> Iterator[int]:
        return iter(self.items)


class Count:
    """Has a method that does not only say what is there."""

    def __init__(self) -> None:
        self.queue: queue.Queue[int] = queue.Queue()
        self.table = {"a": 1}

    def get(self) -> int:
        """Take one."""
        return self.queue.get()


@pytest.mark.parametrize(
    "value",
    [
        [1], (1,), {1}, {1: 2}, "a", range(3), {}.items(), Counter("a"), deque([1]), np.ones(3),
        iter([1]), iter({1: 2}.values()), iter("a"), iter(np.ones(3)), enumerate([1]),
        zip([1], itertools.count(), strict=False), zip([1], itertools.repeat(2), strict=False),
        itertools.repeat(1, 3), itertools.chain([1], iter([2])),
        itertools.chain.from_iterable([[1]]),
        itertools.product([1], [2]), itertools.combinations([1, 2], 2), itertools.islice([1], 1),
        itertools.pairwise([1, 2]), reversed([1]), map(str, [1]), map(len, ["a"]), map(abs, [1]),
        map(str.upper, ["a"]), map({1: 2}.get, [1]), map(np.sqrt, [1]), filter(None, [1]),
        map(operator.mul, [1], [2]),
        np.ndenumerate(np.ones(3)), np.ndindex(2, 2), Rows([1]), Path().glob("*"),
        re.finditer("a", "aa"), csv.reader(["a,b"]),
    ],
)  # fmt: skip
def test_what_runs_no_code_of_the_users_is_read_ahead(value: Iterable[Any]) -> None:
    """Containers, and iterators of Python's own over them."""
    assert not seen(value, {})[1]


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (numbers(), "runs code"),
        ((x for x in [1]), "runs code"),
        (Rows(numbers()), "runs code"),
        (enumerate(numbers()), "runs code"),
        (zip([1], numbers(), strict=False), "runs code"),
        (itertools.chain([1], numbers()), "runs code"),
        (itertools.chain.from_iterable(str(x) for x in [1]), "runs code"),
        (itertools.chain.from_iterable([Rows(numbers())]), "runs code"),
        (itertools.islice(numbers(), 1), "runs code"),
        (map(double, [1]), "runs code"),
        (map([1].remove, [1]), "runs code"),
        (map(random.gauss, [1], [2]), "runs code"),
        (filter(lambda x: x, [1]), "runs code"),
        (iter([1].pop, 1), "runs code"),
        (itertools.groupby("aab"), "runs code"),
        (io.StringIO("a\n"), "runs code"),
        (itertools.count(), "no end"),
        (itertools.cycle([1]), "no end"),
        (itertools.repeat(1), "no end"),
        (enumerate(itertools.count()), "no end"),
        (zip(itertools.count(), itertools.repeat(1), strict=False), "no end"),
    ],
)
def test_what_runs_code_between_its_items_is_read_turn_by_turn(
    value: Iterable[Any], why: str
) -> None:
    """And so is what may have no end, and what reads one of these."""
    assert why in seen(value, {})[1]


def test_a_file_on_disk_is_read_ahead(tmp_path: Path) -> None:
    """A pipe may have no end, and a file that has a name can be read elsewhere."""
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n")
    with path.open() as file, path.open("rb") as binary, path.open() as table:
        assert not seen(file, {})[1]
        assert not seen(binary, {})[1]
        assert not seen(csv.reader(table), {})[1]
        assert "elsewhere" in seen(csv.reader(table), {"table": table})[1]
    end, other = os.pipe()
    os.close(other)
    with os.fdopen(end) as pipe:
        assert "no end" in seen(pipe, {})[1]


def test_an_iterator_of_the_notebook_is_read_turn_by_turn() -> None:
    """Others may read it, also where it is within another one."""
    kept = iter([1, 2])
    assert "elsewhere" in seen(kept, {"kept": kept})[1]
    assert "elsewhere" in seen(enumerate(kept), {"kept": kept})[1]
    assert not seen(kept, {"other": iter([1, 2])})[1]


@pytest.mark.parametrize(
    ("value", "steps", "method", "stateful"),
    [
        ({"a": 1}, (), "get", False),
        ("abc", (), "count", False),
        (np.ones(3), (), "mean", False),
        (Counter("a"), (), "total", False),
        ([np.ones(3)], (None,), "mean", False),
        (Count(), ("table",), "get", False),
        (Count(), (), "get", True),
        (Count(), ("queue",), "get", True),
        (Count(), ("missing",), "get", True),
        (Count, (), "get", True),
        ([Count()], (None,), "get", True),
        ({"a": Count()}, (None,), "get", True),
        (queue.Queue(), (), "get", True),
        (random.Random(1), (), "random", True),  # noqa: S311 - not for secrets
        (np.random.default_rng(1), (), "normal", True),
        (io.StringIO(), (), "read", True),
    ],
)
def test_methods_of_the_users_and_of_what_is_used_up_have_state(
    value: object,
    steps: tuple[str | None, ...],
    method: str,
    stateful: bool,
) -> None:
    """Whatever they are called."""
    assert has_state(value, steps, method) is stateful
