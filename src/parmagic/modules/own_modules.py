"""The user's own modules: those that are edited while the notebook runs."""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from functools import cache, lru_cache

from parmagic.main import MAINS

Stamp = tuple[str, int]  # a module's name, and when its file was last changed, in nanoseconds

# How many modules there were at the last look, and name and file of the user's. It is replaced as
# a whole: other threads may import modules, and look, at any time.
_found: tuple[int, list[tuple[str, str]]] = 0, []


def stamps() -> tuple[Stamp, ...]:
    """Tell of each module of the user's that this process has imported when it was last saved."""
    return tuple((name, saved(path)) for name, path in _own())


def files() -> dict[str, str]:
    """Name the user's modules that this process has imported, by their files."""
    return {path: name for name, path in _own()}


def _own() -> list[tuple[str, str]]:
    global _found
    known, found = _found
    if len(sys.modules) != known:
        modules = list(sys.modules.items())
        found = [
            (name, path)
            for name, module in modules
            if isinstance(path := getattr(module, "__file__", None), str)
            and name not in MAINS
            and is_own_file(path)
        ]
        _found = len(modules), found
    return found


def saved(path: str) -> int:
    """Tell when a file was last changed, in nanoseconds; 0 if it is not there."""
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - many, at every run
    except OSError:
        return 0


@lru_cache(maxsize=4096)
def is_own_file(path: str) -> bool:
    """Tell whether a file is of the user's: Python, and neither standard nor installed."""
    return path.endswith(".py") and not path.startswith(_installed())


def is_own_module(name: str) -> bool:
    """Tell whether a module that is loaded here is a file of the user's; `__main__` may be none."""
    path = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(path, str) and is_own_file(path)


@cache
def _installed() -> tuple[str, ...]:
    """List where the standard library and installed packages are, and parmagic itself."""
    ours = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    folders = {*sysconfig.get_paths().values(), *site.getsitepackages(), sys.prefix, ours}
    folders.add(site.getusersitepackages())
    return tuple(folder + os.sep for folder in folders if folder)
