"""What a task may see of its process: in a worker it is made the same as in the notebook."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from parmagic.main import MAINS
from parmagic.modules.own_modules import Stamp, stamps
from parmagic.run.workers import settings
from parmagic.run.workers.levels import Levels, levels
from parmagic.run.workers.settings import Settings

LAG = 20_000_000  # nanoseconds that what a system says of when a file was saved may be behind


class Surroundings(NamedTuple):
    """The notebook's folder, module path, environment, warning filters, and what it has set."""

    folder: str | None  # None if it is not there any more
    path: tuple[str, ...]
    environment: Mapping[str, str]
    filters: Sequence[tuple[Any, ...]]
    modules: tuple[Stamp, ...]  # the user's own, and when they were saved
    levels: Levels = Levels()  # of its loggers
    settings: Settings = Settings()


def surroundings() -> Surroundings:
    """Read those of this process."""
    return here(stamps())


def here(modules: tuple[Stamp, ...] = ()) -> Surroundings:
    """Read those of this process, with these modules."""
    try:
        folder = os.getcwd()  # noqa: PTH109 - a worker has no use for pathlib
    except OSError:
        folder = None
    filters = [one for one in map(_sent, warnings.filters) if one is not None]
    found = tuple(sys.path), environment(), filters, modules, levels(), settings.settings()
    return Surroundings(folder, *found)


def _sent(one: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Return a filter of warnings as workers are sent it; None if they have no use for it.

    The notebook's own filters decide which warnings are shown. But what is to be raised must be
    raised in the worker. Its class is sent by name: else each worker would import its library.
    """
    kind = one[2]
    if kind.__module__ == "builtins":
        return one
    if one[0] != "error" or kind.__module__ in MAINS:
        return None
    return (*one[:2], (kind.__module__, kind.__qualname__), *one[3:])


def follow_imports(there: Surroundings | None) -> None:
    """Set again what the notebook has set of modules: one that was imported may have changed it."""
    if there is not None:
        settings.follow(there.settings)
        _raise_warnings(there)


def _raise_warnings(there: Surroundings) -> None:
    """Have warnings of a library raised that the notebook raises, once it is imported here."""
    for one in there.filters:
        if isinstance(one[2], tuple):
            module, name = one[2]
            kind = getattr(sys.modules.get(module), name, None)
            new: Any = (*one[:2], kind, *one[3:])
            if kind is not None and new not in warnings.filters:
                warnings.filters.insert(0, new)  # type: ignore[attr-defined]
                warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - as below


# The environment as Python kept it when it was copied last, and the copy.
_last: tuple[dict[Any, Any], dict[str, str]] = {}, {}


def environment() -> Mapping[str, str]:
    """Return a copy of this process's environment; the last one, if nothing has changed."""
    global _last
    raw = getattr(os.environ, "_data", None)
    before, copy = _last
    if raw is None or raw != before:
        before, copy = dict(raw or {}), dict(os.environ)
        _last = before, copy
    return copy


def follow(there: Surroundings, before: Surroundings | None, *, shared: bool = False) -> None:
    """Make those of this process, which were as `before`, the same as `there`.

    An interpreter in a process that is `shared` with the notebook has the notebook's folder and
    environment, and only has to read the latter again.
    """
    known = set(before.modules) if before else set()
    new = set(there.modules)
    if known - new or any(name in sys.modules for name, _ in new - known):
        # One of the user's modules was edited, or may have been since it was imported ahead. The
        # others may hold parts of it.
        for name, _ in known | new:
            sys.modules.pop(name, None)
    sys.path[:] = there.path
    if shared:
        _see(there.environment)
    else:
        _move(there)
    plain = [one for one in there.filters if not isinstance(one[2], tuple)]
    warnings.filters[:] = plain  # type: ignore[index]
    warnings._filters_mutated()  # type: ignore[attr-defined]  # noqa: SLF001 - else caches stay
    follow_imports(there)


_looked = time.time_ns()  # when a run began here, and edited modules were looked for


def forget_edited(there: Surroundings | None) -> None:
    """Have modules of the user's that only tasks have imported be imported anew, if one was saved.

    The notebook, which was as `there`, sees to those that it has imported as well.
    """
    global _looked
    since, _looked = _looked - LAG, time.time_ns()
    if there is None:
        return  # no task has run
    own = stamps()
    if any(stamp > since for _, stamp in own):
        for name in {name for name, _ in own} - {name for name, _ in there.modules}:
            sys.modules.pop(name, None)


def go_back(there: Surroundings) -> None:
    """Undo what tasks may have set for this process since it followed `there`."""
    _move(there)
    settings.follow(there.settings)


def _move(there: Surroundings) -> None:
    """Take the folder and the environment."""
    if there.folder is not None:
        try:  # noqa: SIM105 - this is faster
            os.chdir(there.folder)
        except OSError:  # it has been removed since
            pass
    if environment() == there.environment:
        return
    for name in os.environ.keys() - there.environment.keys():
        del os.environ[name]
    for name, value in there.environment.items():
        if os.environ.get(name) != value:  # few are, and each takes memory anew
            os.environ[name] = value


def _see(environment: Mapping[str, str]) -> None:
    """Have `os.environ` say what the environment is, without setting it for the whole process."""
    there: Any = os.environ
    found = {there.encodekey(name): there.encodevalue(text) for name, text in environment.items()}
    there._data.clear()  # noqa: SLF001 - nothing public reads the environment again
    there._data.update(found)  # noqa: SLF001 - as above
