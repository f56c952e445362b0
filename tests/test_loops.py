"""Loops that are easily read wrongly: each leaves what it leaves serially, on every backend."""

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


NAMES_OF_WHAT_IS_BUILT_IN = [
    Row(f"{name} = 1\nfor x in xs:\n    y = f(x)\n    done.append(y)\na = f(1)\nb = g(2)", 10)
    for name in ("type", "locals", "globals", "all", "len", "tuple", "str", "BaseException")
] + [
    Row("for x in xs:\n    type = f(x)\n    done.append(type)", 8),
    Row("for x in xs:\n    locals = f(x)\n    done.append(locals)", 8),
    Row("for type in xs:\n    y = f(type)\n    done.append(y)", 8),
]


def check(shell: InteractiveShell, row: Row) -> None:
    """Compare what a cell leaves in parallel with what it leaves serially, and its reading."""
    twice = Twice(shell)
    serial = twice.serial(row.cell)
    for backend in ("serial", "thread", "pool"):
        parallel = twice.parallel(row.cell, f"-q -w 2 -b {backend} -o run_")
        run = shell.user_ns.get("run_")
        parallel.names.pop("run_", None)

        assert parallel == serial, backend
        assert (len(run.tasks) if run else 0) == row.tasks
    found = read_cell(ast.parse(row.cell), known(twice.start())).reasons
    assert tuple(f"{reason.line}: {reason.text}" for reason in sorted(set(found))) == row.serial


@pytest.mark.parametrize("row", NAMES_OF_WHAT_IS_BUILT_IN)
def test_a_cell_may_give_the_name_of_what_is_built_in_to_something_else(
    shell: InteractiveShell, row: Row
) -> None:
    """What a turn does beside its statements is not done by that name."""
    check(shell, row)
