"""The lines of a file that a `with` opens are read ahead, where nothing else reads the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Row, Twice

IN_TASKS = {
    "a loop over its lines": ("for line in file: done.append(f(int(line)))", 4),
    "a comprehension over its lines": ("done = [f(int(line)) for line in file if line > '1']", 3),
    "numbered lines below a head": (
        "a = next(file)\n    for i, line in enumerate(file): found[i] = g(int(line), i)",
        3,
    ),
    "rows": ("import csv\n    for row in csv.reader(file): total += f(int(row[0]))", 4),
    "what is left of it": ("b = [f(int(line)) for line in file]\n    a = file.read()", 4),
    "a turn that fails": ("for line in file: done.append(bad(int(line)))", 4),
}
SERIAL = {
    "a loop around the loop": (
        "for i in range(2):\n        for line in file: done.append(f(int(line) + i))"
    ),
    "an element that reads all of it": "done = [f(sum(map(int, file)) + i) for i in range(2)]",
    "a turn that reads on": "for line in file: done.append(f(int(next(file, '0'))))",
    "a function that reads on": (
        "def rest(): return file.readline()\n    for line in file: done.append(rest())"
    ),
    "a function that is given the file": (
        "def rest(file): return file.readline()\n    done = [rest(file) for line in file]"
    ),
    "a failure after which it is read": (
        "try:\n        for line in file: done.append(bad(int(line)))\n"
        "    except ValueError: a = file.read()"
    ),
    "another name of the file": "a = file\n    for line in file: done.append(f(1))\n    del a",
    "a name that means something else": (
        "b, file = file, iter(xs)\n    for line in file: done.append(f(1))\n    b.close(); b = 0"
    ),
}


@pytest.fixture
def begin(kept_shell: InteractiveShell, tmp_path: Path) -> str:
    """Return how the cells begin, with a file of four lines."""
    kept_shell.run_line_magic("reset", "-sf")
    path = tmp_path / "numbers.txt"
    path.write_text("1\n3\n0\n2\n")
    return f"with open({str(path)!r}) as file:\n    "


@pytest.mark.parametrize("why", IN_TASKS)
def test_the_lines_of_a_file_that_a_with_opens_are_items(
    kept_shell: InteractiveShell, begin: str, why: str
) -> None:
    """It is closed below, so that nobody sees how far it was read when a turn failed."""
    body, tasks = IN_TASKS[why]
    Twice(kept_shell).check(Row(begin + body, tasks))


@pytest.mark.parametrize("why", SERIAL)
def test_a_file_that_something_else_reads_is_read_turn_by_turn(
    kept_shell: InteractiveShell, begin: str, why: str
) -> None:
    """The body, a function, or the cell where it goes on after a failure."""
    twice = Twice(kept_shell)
    cell = begin + SERIAL[why]
    serial = twice.serial(cell)

    for backend in ("serial", "pool"):
        found = twice.parallel(cell, f"-q -w 2 -b {backend} -o run_")
        assert found.names.pop("run_", None) is None
        assert found == serial
