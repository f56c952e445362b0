"""The %%parallel cells of the README, pasted into a real kernel."""

from __future__ import annotations

import re
from pathlib import Path

from kernel import Notebook

README = Path(__file__).parent.parent / "README.md"
# What its readers would have defined before.
BEFORE = """
import random
found, total, w = {}, 0.0, 0.3
def simulate(seed): return random.Random(seed).random() if seed % 5 else None
def combine(a, b): return a - b
def score(run, weight): return (run or 0) ** weight
"""
NAMES = ("a", "b", "c", "d", "runs", "best", "found", "total", "seed", "run")


def cells() -> list[str]:
    """Find the cells, without the line of the magic."""
    text = README.read_text(encoding="utf-8")
    return re.findall(r"^```python\n%%parallel\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_the_cells_of_the_readme_leave_what_they_leave_serially(notebook: Notebook) -> None:
    """All of their calls are tasks, and what they print is printed in serial order."""
    left = f"{{name: globals()[name] for name in {NAMES!r} if name in globals()}}"
    for cell, tasks in zip(cells(), (4, 85 + 170, 100), strict=True):
        notebook.do(BEFORE)
        printed = notebook.do(cell).stdout
        expected = notebook.get(left)
        notebook.do(BEFORE)
        reply = notebook.do(f"%%parallel --no-plot -w 2 -o record\n{cell}")
        *lines, _ = reply.stdout.partition(f"{tasks} tasks on pool")[0].split("\n")

        assert "\n".join([*lines, ""]) == printed
        assert notebook.get(left) == expected
        assert notebook.get("len(record.tasks)") == tasks
        assert reply.stderr == ""
