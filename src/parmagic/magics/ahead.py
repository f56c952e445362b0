"""Has workers ready before they are needed, with what the notebook's functions import."""

from __future__ import annotations

import contextlib
import importlib
import sys
import threading
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from parmagic.errors import TravelError, WorkerDied
from parmagic.magics.magics import ParallelMagics
from parmagic.run import cpus
from parmagic.run.manner import Manner
from parmagic.run.processes import launch

LATER = 0.2  # seconds between imports, in which a first run may begin
PATIENCE = 1.0  # seconds that a look may wait for what an earlier one has begun


class Ahead:
    """Looks after each cell at what the notebook's functions would import."""

    def __init__(self, shell: InteractiveShell, magics: ParallelMagics) -> None:
        self._shell = shell
        self._magics = magics
        self._imported: set[str] = set()
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()  # set when the thread is to end
        self._changing = threading.Lock()  # a kernel is told to end in a thread of its own
        self._stopped = False

    def begin(self) -> None:
        """Start workers, and look after each cell from now on."""
        self._prepare(())
        self._shell.events.register("post_run_cell", self.look)

    def end(self) -> None:
        """Look no more, and start nothing more."""
        self.stop()
        self._shell.events.unregister("post_run_cell", self.look)

    def stop(self) -> None:
        """Start nothing more: whoever calls is about to end what was started."""
        launch.end_runs()  # or the thread may wait for a stopped fork server for ever
        with self._changing:
            self._stopped = True
            self._wait(0)
            while self._thread is not None and self._thread.is_alive():
                self._wait(launch.ASK)
                launch.end_runs()  # again: it may have asked the server only after the first

    def look(self, _result: Any = None) -> None:
        """Have the workers import what the notebook's functions use since the last cell.

        And start others for those that an interrupt ended: the next run is warm again, and if the
        notebook is killed, they remove its files.
        """
        new = set(self._modules()) - self._imported
        self._imported |= new
        # Our thread may be importing it just now: then no workers can be lacking yet.
        lacking = getattr(sys.modules.get("parmagic.run.backends.pool"), "lacking", None)
        method = lacking(self._magics.workers or cpus.available()) if lacking else ""
        if method:
            self._prepare(tuple(sorted(self._imported)), method)
        elif new:
            self._prepare(tuple(sorted(new)))

    def _prepare(self, modules: tuple[str, ...], method: str | None = None) -> None:
        manner = Manner(
            workers=self._magics.workers or None,
            start_method=method or self._magics.start_method or None,
        ).checked()
        with self._changing:
            if self._stopped:
                return
            self._wait(PATIENCE)
            if self._thread is not None and self._thread.is_alive():
                self._imported.difference_update(modules)  # the next look begins with these
                return
            self._wanted = threading.Event()
            args = (manner.start_method or "", manner.workers or 1, modules, self._wanted)
            self._thread = threading.Thread(target=_prepare, args=args, daemon=True)
            self._thread.start()

    def _wait(self, seconds: float | None = None) -> None:
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(seconds)

    def _modules(self) -> Iterator[str]:
        namespace = self._shell.user_ns
        values = list(namespace.values())
        numpy = sys.modules.get("numpy")  # nearly every function uses it where it was imported
        if numpy is not None and any(value is numpy for value in values):
            yield "numpy"
        for value in values:
            if isinstance(value, FunctionType) and value.__module__ == "__main__":
                for name in value.__code__.co_names:
                    module = namespace.get(name)
                    if isinstance(module, ModuleType) and module.__name__ in sys.modules:
                        yield module.__name__


def _prepare(method: str, workers: int, modules: tuple[str, ...], wanted: threading.Event) -> None:
    """Prepare the pool, and import what the first use of a magic would wait for.

    With pauses: a run right after loading would have to share a processor with the imports.
    """
    from parmagic.modules.own_modules import stamps
    from parmagic.run.backends import pool

    # The first run says what is wrong; or the extension is just unloaded.
    with contextlib.suppress(OSError, TravelError, WorkerDied):
        pool.prepare(method, workers, modules)
    stamps()  # it learns where installed modules are
    for name in ("run.scheduling.feed", "magics.line", "magics.parallel"):
        if wanted.wait(LATER):
            return
        # The notebook's own thread may be interrupted in the middle of importing the same.
        with contextlib.suppress(ImportError, KeyError):
            importlib.import_module(f"parmagic.{name}")
