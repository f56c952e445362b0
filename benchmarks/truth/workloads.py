"""What the tasks do: fifteen kinds of work, of about half a second each when run serially."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


def spin(count: int) -> int:
    """Compute in Python: about 25 million turns a second."""
    total = 0
    for number in range(count):
        total += number & 3
    return total


def nap(seconds: float) -> float:
    """Wait."""
    time.sleep(seconds)
    return seconds


def mixed(count: int) -> int:
    """Compute, then wait about as long."""
    begun = time.thread_time()
    total = spin(count)
    time.sleep(time.thread_time() - begun)
    return total


def sort(size: int) -> float:
    """Sort in numpy, which lets other threads run."""
    values = np.random.default_rng(size).random(size)
    return float(np.sort(values)[size // 2])


def multiply(size: int) -> float:
    """Multiply matrices in numpy's numerical library."""
    one = np.ones((size, size))
    return float((one @ one)[0, 0])


def resample(size: int) -> float:
    """Call numpy again and again on small arrays: each call lets other threads run for a moment."""
    draw = np.random.default_rng(size)
    return float(np.mean([draw.choice(size, size).mean() for _ in range(300)]))


def look(path: Path) -> int:
    """Open a file again and again, which does so, too."""
    found = 0
    for _ in range(1000):
        with path.open("rb") as file:
            found += len(file.read(100))
    return found


def text(count: int) -> int:
    """Make and count words."""
    return len({f"word {number % 1000}" for number in range(count)})


def zeros(size: int) -> np.ndarray[Any, Any]:
    """Return a large array."""
    return np.zeros(size // 8) + 1


def double(number: int) -> int:
    """Do next to nothing."""
    return 2 * number


Wanted = Callable[[str], bool]  # whether a row of that name is to be measured


class Workload(NamedTuple):
    """A function and its items."""

    name: str
    function: Any
    items: Sequence[Any]


WORKLOADS = (
    Workload("pure Python", spin, [400_000] * 32),
    Workload("pure Python, uneven", spin, [50_000 * (1 + number % 16) for number in range(24)]),
    Workload("one long task", spin, [4_000_000, *[200_000] * 20]),
    Workload("few long tasks", spin, [3_000_000] * 4),
    Workload("many short tasks", spin, [10_000] * 800),
    Workload("many tiny tasks", double, range(200_000)),
    Workload("waiting", nap, [0.02] * 24),
    Workload("waiting, uneven", nap, [0.005 * (1 + number % 8) for number in range(24)]),
    Workload("half computing, half waiting", mixed, [150_000] * 24),
    Workload("numpy sort", sort, [600_000 + number for number in range(10)]),
    Workload("numpy matrices", multiply, [400] * 24),
    Workload("numpy on small arrays", resample, [1000 + number for number in range(40)]),
    Workload("many small files", look, sorted(Path(os.__file__).parent.glob("*.py"))[:24]),
    Workload("text", text, [60_000] * 30),
    Workload("results of 8 MB", zeros, [8_000_000] * 24),
)
