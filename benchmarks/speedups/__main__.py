"""The command: `python -m benchmarks.speedups`; it writes README.md beside it, in minutes."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.kernel import Kernel
from parmagic.run.workers.libraries import VARIABLES

_HERE = Path(__file__).parent
_ROUNDS = 3
_LIMIT = 120.0  # seconds for one cell
_TIMED = """import time as _time
_begun = _time.perf_counter()
{cell}
_took = _time.perf_counter() - _begun"""
_HEAD = """# Cells as people write them

Each cell of [cells](cells) runs as it is, and below `%%parallel`, in kernels of their own that
take turns; the times are medians of {rounds} runs, measured in the notebook from the first
statement to the last. The answers are equal, or the command fails.

Numerical libraries (BLAS, OpenMP) have one thread for each process, serially and in parallel
alike: so a row compares tasks with a loop, and not one way of using all processors with another.
A cell that calls BLAS has a second row, where the library has what it takes by itself: all
processors serially, a share of them in each worker.

The crawl waits, so it runs on threads, more than there are processors; all others run as
`%%parallel` does by itself. Measured on {cpus} processors, Python {python}, by

```console
$ python -m benchmarks.speedups
```

| cell | serially, s | in parallel, s | speed-up | what stays serial |
| --- | ---: | ---: | ---: | --- |
"""


class Result(NamedTuple):
    """What one cell came to."""

    about: str
    serial: float  # seconds
    parallel: float  # seconds
    reasons: list[str]

    def line(self) -> str:
        """Write the line of the table."""
        times = f"{self.serial:.2f} | {self.parallel:.2f} | {self.serial / self.parallel:.2f} ×"
        return f"| {self.about} | {times} | {'; '.join(self.reasons)} |"


def main() -> int:
    """Measure every cell, and write the table."""
    lines = []
    for path in sorted((_HERE / "cells").glob("*.ipy")):
        uses_blas = " @ " in path.read_text(encoding="utf-8")
        for pinned in (True, False) if uses_blas else (True,):
            lines.append(_measured(path, pinned=pinned).line())
            sys.stdout.write(lines[-1] + "\n")
            sys.stdout.flush()
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    head = _HEAD.format(rounds=_ROUNDS, cpus=cpus, python=platform.python_version())
    (_HERE / "README.md").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


def _measured(path: Path, *, pinned: bool) -> Result:
    before, after = path.read_text(encoding="utf-8").split("# %%parallel")
    options, cell = after.split("\n", maxsplit=1)
    about = before.splitlines()[0].removeprefix("# ").rstrip(".")
    about += "" if pinned else "; BLAS on all processors"
    serial, parallel = [], []
    reasons: list[str] = []
    for _ in range(_ROUNDS):
        one = _run(before, cell, "", pinned=pinned)
        two = _run(before, cell, f"%%parallel -q{options}\n", pinned=pinned)
        if one["answer"] != two["answer"]:
            raise SystemExit(f"{path.name}: {one['answer']} serially, {two['answer']} in parallel")
        serial.append(one["took"])
        parallel.append(two["took"])
        reasons = two["reasons"]
    return Result(about, statistics.median(serial), statistics.median(parallel), reasons)


def _run(before: str, cell: str, magic: str, *, pinned: bool) -> dict[str, Any]:
    with Kernel(dict.fromkeys(VARIABLES, "1") if pinned else None) as kernel:
        if magic:
            kernel.run("%load_ext parmagic", _LIMIT)
        kernel.run(before, _LIMIT)
        found: dict[str, Any] = {}
        if magic:
            # Workers that start ahead of need are there by the time a person has typed a cell.
            kernel.run("import time; time.sleep(1)", _LIMIT)
            found = kernel.run(_REASONS.format(cell=cell), _LIMIT, reasons="_reasons")
        kernel.run(magic + _TIMED.format(cell=cell), _LIMIT)
        return found | kernel.run("pass", _LIMIT, took="_took", answer="repr(answer)")


_REASONS = """
import ast as _ast
from parmagic.magics.known import known as _known
from parmagic.plan.cells.cell import read_cell as _read
_reasons = sorted({{one.text for one in _read(_ast.parse({cell!r}), _known(globals())).reasons}})
"""

if __name__ == "__main__":
    sys.exit(main())
