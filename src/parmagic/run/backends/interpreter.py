"""The backend `interpreter`: interpreters with a GIL of their own, in threads of the notebook.

They stay for the next cell, as the workers of a pool do, and are given work in the same way.
Since Python 3.14 (PEP 734, with the GIL of PEP 684).
"""

from __future__ import annotations

import ast
import atexit
import os
import sys
from collections.abc import Iterator
from functools import cache

from parmagic.errors import TravelError
from parmagic.modules.own_modules import is_own_file
from parmagic.modules.package import Package
from parmagic.modules.quiet import parsed
from parmagic.run.backends.pool import Kept, Pool
from parmagic.run.job import Job
from parmagic.run.processes import host, launch
from parmagic.run.processes.handle import Handle
from parmagic.run.workers.guest import cannot_be_loaded
from parmagic.words import plural


def run(job: Job, workers: int) -> None:
    """Run a job in so many warm interpreters."""
    check(job.packer.pack())
    before = host.left()
    try:
        _kept.here().run(job, workers)
    finally:
        count = host.left() - before
        if count > 0:
            tasks = plural(count, "task")
            job.screen.write(
                "stderr",
                f"{tasks} cannot be stopped in the middle of what is not Python, such as a "
                "`sleep`: the worker ends after it\n",
            )


def check(package: Package) -> None:
    """Raise TravelError if the tasks' module file imports what interpreters cannot load."""
    if name := refused(package):
        raise TravelError(cannot_be_loaded(name))


def refused(package: Package) -> str:
    """Name what the tasks' module file imports and interpreters cannot load; "" if nothing.

    Only installed packages are tried, and each once.
    """
    new = tuple(name for name in _imported(package.text.text) if name not in _loadable)
    name = host.refusal(new) if new else ""
    if not name:
        _loadable.update(new)
    return name


def _imported(text: str) -> Iterator[str]:
    """Yield the installed packages' modules that a module file imports first of all."""
    for node in parsed(text).body:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            root = name.partition(".")[0]
            path = getattr(sys.modules.get(name), "__file__", None)
            standard = root in sys.stdlib_module_names or root == "parmagic"
            if isinstance(path, str) and not standard and not is_own_file(path):
                yield name


def warm() -> int:
    """Count the interpreters that are there already."""
    return _kept.here().warm(launch.INTERPRETER)


def close() -> None:
    """End all interpreters."""
    _kept.here().close()
    atexit.unregister(close)


@cache
def _mind_forks() -> None:
    # It stays, as every such hook, and does nothing where there are no interpreters.
    os.register_at_fork(before=_end_idle)


def _end_idle() -> None:
    """End the interpreters unless they run something: with any, a forked Python 3.14 crashes."""
    kept = _kept.here()
    kept.alone(kept.pool.close)


class _Interpreters(Pool):
    """Interpreters that stay."""

    def use(self, method: str) -> None:  # noqa: ARG002 - there is one way
        """Start interpreters, whatever the start method of processes is."""
        super().use(launch.INTERPRETER)

    def start(self, threads: int) -> Handle:  # noqa: ARG002 - those of the process are as they are
        """Start one more worker."""
        _mind_forks()
        return super().start(0)

    def end_at_exit(self) -> None:
        """End the interpreters before Python does, which would warn of them."""
        atexit.unregister(close)
        atexit.register(close)


_loadable: set[str] = set()  # modules that interpreters have imported
_kept = Kept(_Interpreters)
