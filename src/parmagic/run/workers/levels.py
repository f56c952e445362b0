"""The levels of the notebook's loggers, which decide what tasks log in a worker, too."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple


class Levels(NamedTuple):
    """What `logging` lets through: numbers of levels, 0 where nothing is set."""

    disabled: int = 0  # up to this level nothing is logged: `logging.disable`
    root: int = 30  # WARNING, as it is at first
    loggers: tuple[tuple[str, int], ...] = ()  # names, and levels that are set
    handled: bool = False  # whether the root logger has a handler


def levels() -> Levels:
    """Read those of this process; if it has not imported `logging`, they are as at first."""
    logging = sys.modules.get("logging")
    root = getattr(logging, "root", None)  # it may just be being imported by another thread
    if root is None:
        return Levels()
    named: dict[str, Any] = dict(root.manager.loggerDict)
    loggers = [
        (name, level) for name, logger in named.items() if (level := getattr(logger, "level", 0))
    ]
    return Levels(root.manager.disable, root.level, tuple(loggers), bool(root.handlers))


def follow(there: Levels, before: Levels | None) -> None:
    """Set the levels of this process, which were set to `before`; it has imported `logging`."""
    logging: Any = sys.modules["logging"]
    logging.disable(there.disabled)
    logging.root.setLevel(there.root)
    names = dict(there.loggers)
    for name, _ in before.loggers if before else ():
        names.setdefault(name, 0)
    for name, level in names.items():
        logging.getLogger(name).setLevel(level)
    stand_in(wanted=there.handled)


def stand_in(*, wanted: bool) -> None:
    """Have a handler that does nothing where the notebook has one.

    Else `logging.info` and its like, and `basicConfig`, would give this process one of its own.
    """
    logging: Any = sys.modules["logging"]
    for one in list(logging.root.handlers):
        if type(one) is logging.NullHandler:
            logging.root.removeHandler(one)
    if wanted and not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())
