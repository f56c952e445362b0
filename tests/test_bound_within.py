"""What a statement binds before tasks within it is asked when these are about to run.

Before the statement runs, nobody knows it: a list that a function changes in place, an iterator.
"""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row, Twice

GROWN = "def grown(v):\n    v *= 2\n    return v\n"
CELLS = {
    "lists that a comprehension changes": Row(
        f"{GROWN}if xs:\n    b = [[1], [2]]\n    a = [len(grown(r)) for r in b]", 0
    ),
    "lists that a loop changes": Row(
        f"{GROWN}try:\n    b = [list(p) for p in nested]\n    for r in b: grown(r)\n"
        "except ValueError: pass",
        0,
    ),
    "a list that a function has made": Row(
        f"{GROWN}def made(x): return [[x], [2]]\nif xs:\n    b = made(1)\n"
        "    a = any(grown(r) == 1 for r in b)",
        0,
        (
            (
                "6: `made()` is called inside `if`, whose statements run in the notebook, one "
                "after another"
            ),
        ),
    ),
    "lists that the key of a maximum changes": Row(
        f"{GROWN}if xs:\n    b = [[1], [2]]\n    a = max(b, key=grown)", 0
    ),
    "a global that a function changes": Row(
        "def grow(x):\n    global_rows[0] *= x\n    return x\n"
        "if xs:\n    global_rows = [[1], [2]]\n    a = [grow(x) for x in (1, 2)]",
        0,
        ("6: `grow()` changes the global `global_rows`",),
    ),
    "an iterator": Row("if xs:\n    b = iter(xs)\n    a = [f(sum(b) + i) for i in range(3)]", 0),
    "an iterator that a loop reads": Row(
        "while not done:\n    b = iter(xs)\n    for i in range(3): done.append(f(sum(b) + i))", 0
    ),
    "numbers, which nothing changes": Row(
        f"{GROWN}if xs:\n    b = [1, 2]\n    a = [grown(r) for r in b]\n"
        "    for r in b: done.append(grown(r))",
        4,
    ),
    "numbers where the name of an item was that of a list": Row(
        f"{GROWN}r = [5]\nif xs:\n    b = [1, 2]\n    a = [grown(r) for r in b]\n"
        "    for r in b:\n        s = r\n        done.append(grown(s))",
        4,
    ),
    "a table that is read": Row(
        "def look(x): return rows[x % 2] + x\n"
        "while not done:\n    rows = [1, 2]\n    done = [look(x) for x in xs]\n"
        "    a = max(xs, key=look)",
        16,
    ),
}


@pytest.mark.parametrize("row", [pytest.param(row, id=why) for why, row in CELLS.items()])
def test_what_a_statement_binds_is_asked_before_the_tasks_within_it(
    bare_shell: InteractiveShell, row: Row
) -> None:
    """So they change nothing that the notebook has by then."""
    Twice(bare_shell).check(row)
