"""What it costs to find and write a function's needs: 20 functions over 50 cells.

Run it by `python -m benchmarks.needs`. It prints milliseconds, the best and the median of many
times: what comes between the two is what else the machine did.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from parmagic.modules import folder, kept, names, source, written
from parmagic.modules.package import Entry, Packer

TIMES = 50
FUNCTIONS = 20
OTHERS = 30  # cells that have nothing to do with them
LIMITS = {"first": 5.0, "again": 0.5}  # ms

_START = "import math\nclass Unit:\n    size = 1\nunit = Unit()\ndef task(x): return f0(x)"
_OTHER = "other{n} = {n}\ndef unrelated{n}(x): return other{n} + x"
_FUNCTION = """rate{n} = {n}
def f{n}(x, by={n}):
    total = 0
    for i in range(x):
        total += math.floor(i * rate{n} * by)
    return total + f{next}(x - 1) if x else unit.size
"""


def main() -> None:
    """Measure, and say what came out."""
    shell = _notebook()
    first, again, edited = [], [], []
    try:
        for number in range(TIMES):
            _forget()
            first.append(_milliseconds(lambda: _pack(shell)))
            again.append(_milliseconds(lambda: _pack(shell)))
            shell.run_cell(f"def f0(x): return f1(x) + {number}", store_history=True)
            edited.append(_milliseconds(lambda: _pack(shell)))
    finally:
        folder.remove_folders()
    for what, times in (("first", first), ("again", again), ("edited", edited)):
        limit = f", to be under {LIMITS[what]:g}" if what in LIMITS else ""
        best, median = min(times), statistics.median(times)
        print(f"{what:7} best {best:.2f} ms, median {median:.2f} ms{limit}")  # noqa: T201 - it is its output


def _notebook() -> InteractiveShell:
    config = Config()
    config.HistoryManager.enabled = False
    shell: InteractiveShell = InteractiveShell.instance(config=config)
    shell.run_cell(_START, store_history=True)
    for n in range(OTHERS):
        shell.run_cell(_OTHER.format(n=n), store_history=True)
    for n in range(FUNCTIONS - 1):
        cell = _FUNCTION.format(n=n, next=(n + 1) % (FUNCTIONS - 1))
        shell.run_cell(cell, store_history=True)
    return shell


def _pack(shell: InteractiveShell) -> None:
    task = shell.user_ns["task"]
    Packer(Entry("task", "<cell>", 1, value=task), shell.user_ns).pack()


def _forget() -> None:
    """Make the next time like the first."""
    kept.clear()
    written.forget()
    folder.remove_folders()
    folder.private_folder()
    for module in (names, source, written):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def _milliseconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
