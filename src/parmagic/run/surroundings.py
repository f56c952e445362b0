"""What a task may see of the process it runs in, and which workers therefore follow."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class Surroundings(NamedTuple):
    """The notebook's folder, module path, environment and warning filters."""

    folder: str | None  # None if it is not there any more
    path: tuple[str, ...]
    environment: Mapping[str, str]
    filters: Sequence[tuple[Any, ...]]


def surroundings() -> Surroundings:
    """Read those of this process."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - a worker has no use for pathlib
    except OSError:
        folder = None
    # A filter for a library's own warnings would make each worker import that library.
    filters = [one for one in warnings.filters if one[2].__module__ == "builtins"]
    return Surroundings(folder, tuple(sys.path), dict(os.environ), filters)


def follow(there: Surroundings) -> None:
    """Make those of this process the same as `there`."""
    if there.folder is not None:
        os.chdir(there.folder)
    sys.path[:] = there.path
    for name in os.environ.keys() - there.environment.keys():
        del os.environ[name]
    os.environ.update(there.environment)
    warnings.filters[:] = there.filters  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - else caches stay
