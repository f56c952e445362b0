"""The notebook's end of one worker process."""

from __future__ import annotations

import contextlib
import pickle
import sys
from array import array
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, NamedTuple

from parmagic.modules.package import Package
from parmagic.run import launch
from parmagic.run.failure import Link
from parmagic.run.load import KEPT
from parmagic.run.worker import serve

GRACE = 0.2  # seconds that a worker told to end may take before it is killed


class Chunk(NamedTuple):
    """Consecutive tasks that travel to a worker in one message."""

    first: int
    items: Sequence[Any]
    package: Package
    each: bool  # whether the clocks are read for each task
    spread: bool
    payload: bytes  # the items, pickled


@dataclass(frozen=True)
class Printed:
    """A message from a worker: lines that a task printed."""

    task: int
    stream: str
    text: str


@dataclass(frozen=True)
class Done:
    """A message from a worker: the end of a chunk."""

    chunk: Chunk
    values: list[Any]
    clocks: array[float]
    links: list[Link] | None  # the exception that ended the chunk before its end


class Handle:
    """A worker process: what it was given, and what it has loaded."""

    def __init__(self, method: str, lane: int) -> None:
        self.lane = lane
        self.given: deque[Chunk] = deque()
        self._loaded: dict[str, None] = {}
        self.connection, far = Pipe(duplex=True)
        try:
            self.process = launch.start(method, serve, far)
        except BaseException:
            self.connection.close()
            raise
        finally:
            far.close()

    @property
    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return self.process.is_alive()

    def give(self, chunk: Chunk) -> None:
        """Send a chunk, and before it the package it needs if the worker has not got it."""
        self.given.append(chunk)
        package = chunk.package
        if package.key not in self._loaded:
            if len(self._loaded) >= KEPT:
                del self._loaded[next(iter(self._loaded))]
            self._loaded[package.key] = None
            place = (sys.path, str(Path.cwd()))
            details = (package.key, str(package.path), package.names, package.data, *place)
            self._send(("package", *details))
        self._send(("chunk", package.key, chunk.first, chunk.each, chunk.spread, chunk.payload))

    def receive(self) -> Printed | Done:
        """Take the next message; EOFError or OSError if the worker is gone."""
        kind, *details = pickle.loads(self.connection.recv_bytes())
        if kind == "print":
            return Printed(*details)
        _first, payload, clocks, links = details
        done = Done(self.given[0], pickle.loads(payload), _doubles(clocks), links)
        self.given.popleft()
        return done

    def dismiss(self) -> None:
        """Tell the worker to end after what it does now."""
        with contextlib.suppress(OSError):  # it may have ended already
            self._send(None)

    def end(self) -> None:
        """Wait for a dismissed worker to end, not long, and let go of it."""
        self.process.join(GRACE)
        self.kill()

    def kill(self) -> None:
        """End the worker at once, whatever it does, and let go of it."""
        if self.process.is_alive():
            self.process.kill()
        self.process.join()
        self.connection.close()
        self.process.close()

    def _send(self, message: Any) -> None:
        self.connection.send_bytes(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))


def _doubles(data: bytes) -> array[float]:
    numbers = array("d")
    numbers.frombytes(data)
    return numbers
