"""What the machine itself allows: bare processes, bare pipes, bare loops.

A notebook imports this file, and calls it where a contender would be called.
"""

from __future__ import annotations

import multiprocessing
import pickle
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.memory import MIB, held

_MESSAGE = 16  # bytes
_ECHO = f"""
import os
while message := os.read(0, {_MESSAGE}):
    os.write(1, message)
"""
_TIMES = 3  # a loop is run so often
_SETTLE = 1.0  # seconds


def interpreter(imports: str = "") -> float:
    """Return the seconds that one bare interpreter takes to start, import, and end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", imports], check=True)
    return time.perf_counter() - begin


class Echo:
    """A process that sends back what it gets; it ends when this one does."""

    def __init__(self) -> None:
        command = [sys.executable, "-I", "-c", _ECHO]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, bufsize=0)
        self.round_trip()

    def round_trip(self) -> None:
        """Send a few bytes there, and wait until they are back."""
        there, back = self._process.stdin, self._process.stdout
        if there and back:
            there.write(b"." * _MESSAGE)
            back.read(_MESSAGE)


def half_a_loop(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return half the seconds of a plain loop: two processes, and nothing moved."""
    return statistics.median(_loop(function, items) for _ in range(_TIMES)) / 2


def pickling(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return the seconds to pickle all items and unpickle all values, as one blob each."""
    values = pickle.dumps([function(item) for item in items], pickle.HIGHEST_PROTOCOL)
    seconds = []
    for _ in range(_TIMES):
        begin = time.perf_counter()
        pickle.dumps(items, pickle.HIGHEST_PROTOCOL)
        pickle.loads(values)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def two_processes(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    """Return the seconds of two forked processes that loop over half of the items each.

    It is the median of a few turns, as with the contenders: a minimum would flatter the machine.
    """
    return statistics.median(_two_processes(function, items) for _ in range(_TIMES))


def _two_processes(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    fork = multiprocessing.get_context("fork")
    barrier, ends = fork.Barrier(2), fork.SimpleQueue()

    def work(half: Sequence[Any]) -> None:
        barrier.wait()
        begin = time.perf_counter()
        for item in half:
            function(item)
        ends.put((begin, time.perf_counter()))

    halves = [fork.Process(target=work, args=(items[turn::2],)) for turn in range(2)]
    for process in halves:
        process.start()
    spans = [ends.get() for _ in halves]
    for process in halves:
        process.join()
    return float(max(end for _, end in spans) - min(begin for begin, _ in spans))


def two_idle_interpreters() -> float:
    """Return the MiB that two bare interpreters hold that wait for input."""
    wait = [sys.executable, "-I", "-c", "input()"]
    idle = [subprocess.Popen(wait, stdin=subprocess.PIPE) for _ in range(2)]
    time.sleep(_SETTLE)
    size = held(process.pid for process in idle)
    for process in idle:
        process.communicate(b"\n")
    return size / MIB


def _loop(function: Callable[[Any], Any], items: Sequence[Any]) -> float:
    begin = time.perf_counter()
    values = [function(item) for item in items]
    took = time.perf_counter() - begin
    del values
    return took
