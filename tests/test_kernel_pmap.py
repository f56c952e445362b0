"""%pmap and %%pmap in a real kernel: what they take, what they return, and what they show."""

from __future__ import annotations

import itertools
import json
import re

import pytest
from kernel import MEET, Notebook, wait_until
from parmagic.run.backend import BACKENDS

PROCESSES = ("process", "pool")
TOGETHER = ("thread", "process", "pool")

on_each_backend = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what most tests use."""
    notebook.do(
        "numbers = range(1, 6)\n"
        "offset = 10\n"
        "import os, parmagic, sys\n"
        "def square(x): return x * x\n"
        "def show(x): return x"
    )
    notebook.do(MEET)


@on_each_backend
def test_the_values_are_a_list_in_the_order_of_the_items(notebook: Notebook, backend: str) -> None:
    """Both forms, on every backend, return what a plain loop would."""
    values = notebook.do(
        f"squares = %pmap -q -b {backend} square numbers\n"
        f"odd = %pmap -q -b {backend} square(x) + offset for x in numbers if x % 2\n"
        "squares, odd, type(squares), type(odd)"
    )

    assert values.value == "([1, 4, 9, 16, 25], [11, 19, 35], list, list)"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("show [0, -1]", [0, -1]),
        ("show (a -w)", [3, 4]),
        ("show {'a': 1}", ["a"]),
        ("show {'a': offset}.values()", [10]),
        ("{'a': x, \"$offset\": '{offset}'} for x in [7]", [{"a": 7, "$offset": "{offset}"}]),
        ("f'{x} $x {{x}}' for x in 'ab'", ["a $x {x}", "b $x {x}"]),
        ('"it\'s" + x + \'"\' for x in ["#", ";"]', ['it\'s#"', 'it\'s;"']),
        ("x - w for x in a", [3, 4]),
        ("x+y for x, y in zip(a, [10, 20])", [14, 25]),
        ("(i, *rest) for i, *rest in ['abc', 'd']", [("a", "b", "c"), ("d",)]),
        ("x * y for x in range(3) for y in range(x) if x + y", [0, 0, 2]),
        ("x if x else None for x in [0, 1]", [None, 1]),
        ("[y for y in range(x)] for x in [1, 2]", [[0], [0, 1]]),
        ("-- -x for x in a", [-4, -5]),
        ("lambda x: x + 1 range(3)", [1, 2, 3]),
        ("(lambda x, by=offset: x * by) [1, 2]", [10, 20]),
        ("str.upper ['a', 'ß']", ["A", "SS"]),
        ("abs [-1, 2]", [1, 2]),
    ],
)
def test_the_rest_of_the_line_arrives_as_written(
    notebook: Notebook, line: str, values: list[object]
) -> None:
    """Braces, dollars, quotes, minus signs and brackets are Python, not the shell's or ours."""
    notebook.do("from parts import a, w" if False else "class Less(list):\n"
                "    def __sub__(self, other): return [x - other for x in self]\n"
                "a, w = Less([4, 5]), 1")

    assert notebook.get(f"%pmap -q {line}") == values
