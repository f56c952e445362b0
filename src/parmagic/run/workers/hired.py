"""What a worker of somebody else's executor runs: one chunk, and then it is as it was before.

What a worker of ours would send while the chunk runs, this one returns in the end. One thread of a
process does this at a time: they share `__main__`, the folder and the environment.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
import time
import warnings
from typing import Any, cast

from parmagic.main import MAINS
from parmagic.run.workers import levels, worker
from parmagic.run.workers.loader import Loader
from parmagic.run.workers.outbox import Outbox
from parmagic.run.workers.output import caught
from parmagic.run.workers.protocol import Order
from parmagic.run.workers.surroundings import Surroundings, follow, here
from parmagic.run.workers.usage import cpu_seconds, pages_of_process, pages_of_thread

HERE = "here"  # the answer of a thread of the notebook itself, where no module file may be __main__

notebook = 0  # the process whose notebook this is; 0 in every other, and in interpreters
_turn = threading.Lock()


class _Known:
    """What this process, or this interpreter, has of the notebook's."""

    def __init__(self) -> None:
        self.loader = Loader()
        self.brief = ""  # the file, as `hiring` writes it, that was read last
        self.key = ""  # of its package
        self.around: Surroundings | None = None
        self.new = True  # whether it has run nothing yet

    def read(self, brief: str) -> bool:
        """Read a run's brief if it is new; False if the run is over."""
        try:
            with open(brief, "rb") as file:  # noqa: PTH123 - pathlib takes long to import
                if not file.peek(1):  # it could not be removed
                    return False
                if brief == self.brief:
                    return True
                around, package = pickle.load(file)
        except FileNotFoundError:
            return False
        # Tasks of an earlier run may have changed what they were given: it is loaded anew.
        self.loader.forget([self.key])
        self.around, self.brief, self.key = around, brief, package[0]
        self.loader.expect(*package)
        return True


_known = _Known()


def work(brief: str, order: bytes, shared: int, _number: int) -> bytes | str:
    """Run a chunk; return, pickled, who has run it, whether it is new, and its messages.

    `shared` is the process of the notebook, in which this may be an interpreter. Returns b"" if the
    run is over, and HERE if this is the notebook itself.
    """
    if notebook == os.getpid():
        return HERE
    with _turn:
        received, before = time.perf_counter(), _known.around
        if not _known.read(brief):
            return b""
        new, _known.new = _known.new, False
        hired = _Hired(inside=os.getpid() == shared)
        hired.serve(Order(*pickle.loads(order)), before, received, new=new)
        who = os.getpid(), threading.get_ident()
        return pickle.dumps((who, new, hired.said), pickle.HIGHEST_PROTOCOL)


class _Collected(Outbox):
    """Needs no thread that sends: everything goes with the chunk."""

    def _send_soon(self) -> None:
        pass


class _Hired(worker.Worker):
    """A worker for one chunk."""

    outbox_kind = _Collected

    def __init__(self, *, inside: bool) -> None:
        super().__init__(cast("Any", None), [])
        self._inside = inside  # the notebook's process
        self.cpu = time.thread_time if inside else cpu_seconds
        self.pages = pages_of_thread if inside else pages_of_process
        self._loader = _known.loader
        self.said: list[tuple[Any, ...]] = []

    def _write(self, *message: Any) -> None:
        self.said.append(message)  # it is kept until the chunk is over

    def serve(
        self, order: Order, before: Surroundings | None, received: float, *, new: bool
    ) -> None:
        """Run a chunk, and leave everything as it was found."""
        there = cast("Surroundings", _known.around)
        own = here()._replace(filters=list(warnings.filters))
        mains, nested = {name: sys.modules.get(name) for name in MAINS}, worker.inside
        self._received, self._new, self._surroundings = received, new, there
        worker.inside = True
        try:
            seen = before.modules if before else ()
            follow(there, own._replace(modules=seen), shared=self._inside)
            self.hooks.begin()
            self.hooks.follow(there.levels)
            with caught(self.lines):
                self._run(order)
        finally:
            self.hooks.end()
            self._delay.close()
            worker.inside = nested
            for name, module in mains.items():
                if module is None:
                    sys.modules.pop(name, None)
                else:
                    sys.modules[name] = module
            there = there._replace(modules=())  # those of the user stay as they are
            follow(own, there, shared=self._inside)
            if "logging" in sys.modules:
                levels.follow(own.levels, there.levels)
