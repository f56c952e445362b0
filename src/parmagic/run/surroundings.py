"""What a task may see of the process it runs in, and which workers therefore follow."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from parmagic.modules.local import Stamp, stamps


class Surroundings(NamedTuple):
    """The notebook's folder, module path, environment and warning filters."""

    folder: str | None  # None if it is not there any more
    path: tuple[str, ...]
    environment: Mapping[str, str]
    filters: Sequence[tuple[Any, ...]]
    modules: tuple[Stamp, ...]  # the user's own, and when they were saved


def surroundings() -> Surroundings:
    """Read those of this process."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - a worker has no use for pathlib
    except OSError:
        folder = None
    # A filter for a library's own warnings would make each worker import that library.
    filters = [one for one in warnings.filters if one[2].__module__ == "builtins"]
    return Surroundings(folder, tuple(sys.path), dict(os.environ), filters, stamps())


def follow(there: Surroundings, before: Surroundings | None) -> None:
    """Make those of this process, which were as `before`, the same as `there`."""
    if before is not None and set(before.modules) - set(there.modules):
        # One of the user's modules was edited; the others may hold parts of what it was.
        for name, _ in before.modules:
            sys.modules.pop(name, None)
    if there.folder is not None:
        os.chdir(there.folder)
    sys.path[:] = there.path
    for name in os.environ.keys() - there.environment.keys():
        del os.environ[name]
    os.environ.update(there.environment)
    warnings.filters[:] = there.filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - else caches stay
