"""Runs a cell serially and in parallel in a shell of this process, and compares all it leaves."""

from __future__ import annotations

import ast
import contextlib
import io
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from IPython.core.interactiveshell import InteractiveShell

from parmagic.magics.known import known
from parmagic.plan.cells.cell import read_cell

# What the cells of the table and of the property test may use.
FUNCTIONS = """
import math, random
from math import sqrt
def f(x): return x * 3 % 7 + 0.1
def g(x, y=1): return x * y - y
def h(*xs): return sum(xs) / 3
def pair(x): return x, x + 1
def words(n): return ["w" + str(i % 3) for i in range(n)]
def sized(x): return len(x)
def even(x): return x % 2 == 0
def bad(x):
    if x == 3: raise ValueError(f"bad {x}")
    return x
def say(x):
    print("say", x)
    return x
class Point:
    def __init__(self, x): self.x = x
    def __eq__(self, other): return self.x == other.x
def counted(x):
    global count
    count = count + x
    return count
def scaled(x): return x * scale
"""
DATA = """
xs = [3, 1, 4, 1, 5, 9, 2, 6]
ys = [2, 7, 1, 8]
table = {"b": 2, "a": 1, "c": 3}
nested = [[1, 2], [3], []]
out = [0] * 8
done = []
extra = []
found = {}
total = 0.5
best = 100
scale = 2
count = 0
n = 4
a, b, c = 1, 2, 3
"""


class Row(NamedTuple):
    """A cell, how many tasks it has, and what of it stays serial and why."""

    cell: str
    tasks: int
    serial: tuple[str, ...] = ()  # line: reason


@dataclass
class Left:
    """What a cell leaves behind."""

    names: dict[str, Any] = field(default_factory=dict)
    order: dict[str, list[Any]] = field(default_factory=dict)  # of the keys of dicts
    error: str = ""
    places: list[tuple[str, int]] = field(default_factory=list)  # where it was raised
    output: str = ""
    value: Any = None


class Twice:
    """A shell in which each cell runs from the same data."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        shell.ast_node_interactivity = "last_expr"
        # How errors are shown is tested elsewhere, and takes longer than the cells that fail.
        shell.showtraceback = lambda *_, **__: None  # type: ignore[method-assign]
        assert shell.run_cell("%load_ext parmagic").success
        before = set(shell.user_ns)
        assert shell.run_cell(FUNCTIONS).success
        self._functions = set(shell.user_ns)
        self._defined = {name: shell.user_ns[name] for name in self._functions - before}

    def start(self) -> dict[str, Any]:
        """Put the data back as they are before a cell, and return the namespace."""
        namespace: dict[str, Any] = self._shell.user_ns
        for name in set(namespace) - self._functions:
            del namespace[name]
        namespace.update(self._defined)  # a cell may define one of them anew
        exec(DATA, namespace)  # noqa: S102 - the test's own
        return namespace

    def serial(self, cell: str) -> Left:
        """Run a cell as it is."""
        return self._run(cell)

    def parallel(self, cell: str, options: str) -> Left:
        """Run a cell below `%%parallel` with these options."""
        return self._run(f"%%parallel {options}\n{cell}")

    def check(self, row: Row, backends: Sequence[str] = ("serial", "thread", "pool")) -> None:
        """Compare what a cell leaves in parallel with what it leaves serially, and its reading."""
        serial = self.serial(row.cell)
        for backend in backends:
            parallel = self.parallel(row.cell, f"-q -w 2 -b {backend} -o run_")
            run = self._shell.user_ns.get("run_")
            parallel.names.pop("run_", None)

            assert parallel == serial, (row.cell, backend)
            assert (len(run.tasks) if run else 0) == row.tasks, row.cell
        assert self.reasons(row.cell) == row.serial, row.cell

    def reasons(self, cell: str) -> tuple[str, ...]:
        """Read a cell, without running it; say which lines stay serial and why."""
        found = read_cell(ast.parse(cell), known(self.start())).reasons
        return tuple(f"{reason.line}: {reason.text}" for reason in sorted(set(found)))

    def _run(self, code: str) -> Left:
        shell = self._shell
        self.start()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            result = shell.run_cell(code, silent=False, store_history=False)
        error = result.error_in_exec or result.error_before_exec
        namespace = {
            name: value
            for name, value in shell.user_ns.items()
            if name not in self._functions and not name.startswith("_")
        }
        return Left(
            {name: _plain(value) for name, value in namespace.items()},
            {name: list(value) for name, value in namespace.items() if isinstance(value, dict)},
            "" if error is None else f"{type(error).__name__}: {error}",
            _places(error, 1 if code.startswith("%%") else 0),
            printed.getvalue(),
            _plain(result.result),
        )


def _places(error: BaseException | None, above: int) -> list[tuple[str, int]]:
    """List the functions and lines of cells in a traceback; of the cell itself, the last line.

    It is without the lines `above` it.
    """
    found: list[tuple[str, int]] = []
    cell = ""
    for frame, line in traceback.walk_tb(error.__traceback__ if error is not None else None):
        code = frame.f_code
        if "ipython-input" not in code.co_filename:
            continue
        own = code.co_name.startswith("<")  # also the task that an element or a turn is
        cell = code.co_filename if own else cell
        if own and found:
            found.pop()
        at = line - above if code.co_filename == cell else line
        found.append(("" if own else code.co_name, at))
    return found


def _plain(value: Any) -> Any:
    """Make a value comparable: what has an identity only is compared by its type."""
    if callable(value) or type(value).__module__ not in ("builtins", "__main__", "collections"):
        return type(value).__name__
    if type(value).__name__ in ("generator", "list_iterator", "module"):
        return type(value).__name__
    return value
