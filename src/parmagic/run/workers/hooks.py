"""A worker's end of what tasks warn of and log: it goes to the notebook, which shows it.

The notebook's handlers stay in the notebook. So a record that no handler here wants, and a warning
that nothing here catches, are sent there. A worker does not import `logging`, which takes 10 ms: it
waits until a task's own code does.
"""

from __future__ import annotations

import pickle
import sys
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, NamedTuple, TextIO

from parmagic.run.workers import levels
from parmagic.run.workers.failure import Link, take_apart
from parmagic.run.workers.levels import Levels

MOST = 1_000  # warnings and records of one chunk that are sent: nobody reads more
_PLAIN = (str, int, float, bool, type(None))


class Warned(NamedTuple):
    """A warning: an instance of its class, if that survives the trip, and where it came from."""

    pickled: bytes | None
    text: str
    base: str  # the nearest built-in class
    filename: str
    line: int


class Logged(NamedTuple):
    """A log record: its attributes, those that are no plain values pickled."""

    plain: dict[str, str | float | None]
    pickled: dict[str, bytes]
    links: list[Link] | None  # its exception


Record = Warned | Logged | int  # or how many more there were


class Hooks:
    """Hooks into `warnings`, and into `logging` once that is there, for as long as a worker is."""

    def __init__(self, put: Callable[[Record], None]) -> None:
        self._put = put
        self._count = 0
        self._levels: Levels | None = None  # that the notebook's loggers have
        self._set: Levels | None = None  # that ours have
        self._undo: list[Callable[[], None]] = []  # what gives our hooks up

    def begin(self) -> None:
        """Take what is warned of and logged from now on."""
        usual = warnings.showwarning
        self._undo.append(partial(setattr, warnings, "showwarning", usual))
        warnings.showwarning = self._warned
        if "logging" in sys.modules:
            self._join(sys.modules["logging"])
        else:
            sys.meta_path.insert(0, _Watch(self._join))

    def end(self) -> None:
        """Take no more: all goes where it would usually go."""
        if self._set is not None:
            levels.stand_in(wanted=False)
        while self._undo:
            self._undo.pop()()
        sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _Watch)]

    def follow(self, there: Levels) -> None:
        """Log what the notebook's loggers would."""
        self._levels = there
        if self._set is not None and there != self._set:
            levels.follow(there, self._set)
            self._set = there

    def end_chunk(self) -> None:
        """Say how much was not sent, and count anew."""
        if self._count > MOST:
            self._put(self._count - MOST)
        self._count = 0

    def _one_more(self) -> bool:
        self._count += 1
        return self._count <= MOST

    def _warned(  # noqa: PLR0913, PLR0917 - what `warnings` calls
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,  # noqa: ARG002 - the notebook decides where it is shown
        line: str | None = None,  # noqa: ARG002 - the notebook has the cell
    ) -> None:
        if self._one_more():
            found = next(kind for kind in category.__mro__ if kind.__module__ == "builtins")
            pickled = _pickled(message if isinstance(message, Warning) else category(message))
            self._put(Warned(pickled, str(message), found.__name__, filename, lineno))

    def _join(self, logging: Any) -> None:
        """Take the records that no handler of this process wants."""
        self._set = Levels()
        if self._levels is not None:
            levels.follow(self._levels, None)
            self._set = self._levels
        usual = logging.Logger.callHandlers

        def call_handlers(logger: Any, record: Any) -> None:
            if _handled_here(logger, logging.NullHandler):
                usual(logger, record)
            elif self._one_more():
                self._put(_logged(record))

        # A handler of ours would be in the way of a task's own `basicConfig`.
        logging.Logger.callHandlers = call_handlers
        self._undo.append(partial(setattr, logging.Logger, "callHandlers", usual))


class _Watch:
    """Notices when `logging` is imported: a finder that finds nothing else."""

    def __init__(self, then: Callable[[ModuleType], None]) -> None:
        self._then = then

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find `logging` as Python does, and have its loader say when it is there."""
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(name)
        if spec is None or spec.loader is None:
            return None
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            if module.__spec__ is spec:  # a zip file has one loader for all of its modules
                self._then(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _handled_here(logger: Any, null: type) -> bool:
    """Tell whether a handler of this process wants what `logger` is given."""
    while logger is not None:
        if not all(isinstance(handler, null) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _logged(record: Any) -> Logged:
    attributes = dict(vars(record), msg=_message(record), args=None, exc_info=None, exc_text=None)
    error = record.exc_info[1] if record.exc_info else None
    plain = {name: value for name, value in attributes.items() if type(value) in _PLAIN}
    others = {
        name: _pickled(value) or pickle.dumps(repr(value))
        for name, value in attributes.items()
        if name not in plain
    }
    return Logged(plain, others, None if error is None else take_apart(error))


def _message(record: Any) -> str:
    try:
        return str(record.getMessage())
    except Exception as error:  # noqa: BLE001 - serially, logging says so and goes on
        return f"{record.msg} {record.args} ({type(error).__name__}: {error})"


def _pickled(value: object) -> bytes | None:
    try:
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        return None
