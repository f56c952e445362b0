"""What a task may see of the process it runs in, and which workers therefore follow."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from parmagic.modules.local import Stamp, stamps
from parmagic.run.levels import Levels, levels


class Surroundings(NamedTuple):
    """The notebook's folder, module path, environment, warning filters and logging levels."""

    folder: str | None  # None if it is not there any more
    path: tuple[str, ...]
    environment: Mapping[str, str]
    filters: Sequence[tuple[Any, ...]]
    modules: tuple[Stamp, ...]  # the user's own, and when they were saved
    levels: Levels = Levels()  # of its loggers


def surroundings() -> Surroundings:
    """Read those of this process."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - a worker has no use for pathlib
    except OSError:
        folder = None
    # A filter for a library's own warnings would make each worker import that library.
    filters = [one for one in warnings.filters if one[2].__module__ == "builtins"]
    return Surroundings(folder, tuple(sys.path), environment(), filters, stamps(), levels())


def environment() -> Mapping[str, str]:
    """Return a copy of this process's; as making one is slow, the last if nothing has changed."""
    global _raw, _copy
    raw = getattr(os.environ, "_data", None)
    if raw is None or raw != _raw:
        _raw, _copy = dict(raw or {}), dict(os.environ)
    return _copy


_raw: dict[Any, Any] = {}
_copy: dict[str, str] = {}


def follow(there: Surroundings, before: Surroundings | None) -> None:
    """Make those of this process, which were as `before`, the same as `there`."""
    known = set(before.modules) if before else set()
    new = set(there.modules)
    if known - new or any(name in sys.modules for name, _ in new - known):
        # One of the user's modules was edited, or may have been since it was imported ahead; the
        # others may hold parts of what it was.
        for name, _ in known | new:
            sys.modules.pop(name, None)
    if there.folder is not None:
        os.chdir(there.folder)
    sys.path[:] = there.path
    for name in os.environ.keys() - there.environment.keys():
        del os.environ[name]
    os.environ.update(there.environment)
    warnings.filters[:] = there.filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - else caches stay
