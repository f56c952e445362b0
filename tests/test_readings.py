"""What %%parallel makes of cells, and that they leave what they leave serially."""

from __future__ import annotations

import ast
from typing import NamedTuple

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Twice
from parmagic.magics.known import known
from parmagic.plan.cell import read_cell


class Row(NamedTuple):
    """A cell, how many tasks it has, and what of it stays serial and why."""

    cell: str
    tasks: int
    serial: tuple[str, ...] = ()  # line: reason


TABLE = [
    Row("a = [counted(x) for x in xs]", 0, ("1: `counted()` assigns the global `count`",)),
    Row(
        "a = counted(1)\nb = counted(2)",
        0,
        ("1: `counted()` assigns the global `count`", "2: `counted()` assigns the global `count`"),
    ),
    Row(
        "def k(x): return counted(x)\na = [k(x) for x in xs]",
        0,
        ("2: `counted()` assigns the global `count`",),
    ),
    Row("a = [f(x) for x in xs]", 8),
    Row("a = [f(x) + 1 for x in xs if x > 2]", 5),
    Row("a = {f(x) for x in xs}", 8),
    Row("a = {k: g(v) for k, v in table.items()}", 3),
    Row("a = {f(x): x for x in xs}", 8),
    Row("a = [g(x, y) for x in xs for y in ys if x != y]", 29),
    Row("a = sum(f(x) for x in xs)", 8),
    Row("a = max(f(x) for x in xs) - min(g(x) for x in ys)", 12),
    Row("any(f(x) > 3 for x in xs)", 2),
    Row("all(even(x) for x in xs)", 2),
    Row("a = sorted((f(x) for x in xs), reverse=True)", 8),
    Row("a = dict((x, f(x)) for x in xs)", 8),
    Row("a = tuple(f(x) for x in xs)", 8),
    Row('a = "".join(str(f(x)) for x in xs)', 8),
    Row("a = [[g(x, y) for x in xs] for y in ys]", 4),
    Row("a = [f(bad(x)) for x in xs]", 8),
    Row("any(bad(x) > 3 for x in [1, 5, 3])", 2),
    Row("it = iter(xs)\na = any(f(x) > 3 for x in it)\nrest = list(it)", 2),
    Row("a = [done.append(f(x)) for x in xs]", 8),
    Row("a = [f(random.Random(x).random()) for x in xs]", 8),
    Row("random.seed(1)\na = [f(random.random()) for x in xs]", 8),
    Row("it = iter(xs)\na = [f(next(it)) for x in ys]", 4),
    Row("a = [f(x) for x in xs if not done.append(x)]", 8),
    Row(
        "a = [g(x, len(done)) for x in xs if not done.append(x)]",
        0,
        ("1: `done` may be changed by `done.append()`",),
    ),
    Row("a = [str(f(x)).upper() for x in xs]", 8),
    Row("a = [math.floor(f(x)) for x in xs]", 8),
    Row("a = [print(f(x)) for x in xs]", 8),
    Row("a = [scaled(x) for x in xs]\nscale = 5\nb = [scaled(x) for x in xs]", 16),
    Row("for k in range(3):\n    a = [g(x, k) for x in xs]\n    print(a)", 24),
    Row("a = f(1)\nb = g(sum([f(x) + a for x in xs]))\nc = h(*[f(x) for x in ys])\nc", 15),
    Row("a = [f(x) for x in []]", 0),
    Row("a = [Point(f(x)) for x in xs]", 8),
    Row("if any(f(x) > 3 for x in xs): r = 1\nelse: r = 2", 2),
    Row("a = sum((x * f(x) for x in xs), 0.25)", 8),
    Row("a = [f(x)(1) for x in xs]", 8),
    Row(
        "a = (f(x) for x in xs)\nb = next(a)",
        0,
        ("1: nobody knows how far a generator is read: use a list",),
    ),
    Row("a = sum(f(1 / x) for x in [2, 1, 0, 3])", 4),
    Row("a = [f(1 / (x - 1)) + bad(x) for x in [4, 3, 1]]", 3),
    Row("a = [f(x) if x > 2 else g(x) for x in xs]", 8),
    Row("a = [x and f(x) for x in xs]", 8),
    Row("a = [(y := f(x)) for x in xs]", 0, ("1: `:=` stands in its element or its clauses",)),
    Row("a = [fn(1) for fn in (f, g)]", 0),
    Row("a = [f(f) for f in xs]", 0),
    Row("a = [f(x) for x in xs][::2]", 8),
    Row("print(*[f(x) for x in xs])", 8),
    Row("out[0] = sum(f(x) for x in xs)", 8),
    Row("total += sum(f(x) for x in xs)", 8),
]


def test_the_table_is_long_enough_to_mean_something() -> None:
    """Every construct of the rules has a row, and none is there twice."""
    assert len({row.cell for row in TABLE}) == len(TABLE)


@pytest.mark.parametrize("backend", ["serial", "thread", "pool"])
def test_each_cell_is_read_as_expected_and_leaves_what_it_leaves_serially(
    shell: InteractiveShell, backend: str
) -> None:
    """Values, bindings, the order of dicts, the exception, the output, and the value shown."""
    twice = Twice(shell)
    for row in TABLE:
        serial = twice.serial(row.cell)
        parallel = twice.parallel(row.cell, f"-q -w 2 -b {backend} -o run_")
        run = shell.user_ns.get("run_")
        parallel.names.pop("run_", None)

        assert parallel == serial, row.cell
        assert (len(run.tasks) if run else 0) == row.tasks, row.cell
        assert reasons(twice, row.cell) == row.serial, row.cell


def reasons(twice: Twice, cell: str) -> tuple[str, ...]:
    """Read a cell from the same names, without running it."""
    namespace = twice.start()
    found = read_cell(ast.parse(cell), known(namespace)).reasons
    return tuple(f"{reason.line}: {reason.text}" for reason in sorted(set(found)))
