"""How a worker imports a module file: as its `__main__`, so that pickles by name go both ways.

What is loaded when, and what is let go of, is decided by the notebook: see `inventory`.
"""

from __future__ import annotations

import contextlib
import gc
import sys
import warnings
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any, NamedTuple

from parmagic.modules.beside import Data, keep
from parmagic.modules.place import Place, hide, placed, show
from parmagic.modules.values.buffers import LARGE, Parcel
from parmagic.run.workers.renew import Classes, Contents


class _Details(NamedTuple):
    """Where a package's module file is, which cells its lines are from, and its values."""

    path: str
    places: tuple[Place, ...]
    names: tuple[str, ...]
    data: Parcel


class _Loaded(NamedTuple):
    """A package that has been loaded."""

    module: ModuleType
    path: str
    classes: Classes  # of the module
    large: bool  # whether it has much memory


class Loader:
    """Holds the packages that this worker has loaded, by their keys.

    The notebook says which to let go of: it must know what there is.
    """

    def __init__(self) -> None:
        self._loaded: dict[str, _Loaded] = {}
        self._expected: dict[str, _Details] = {}
        self._full = False  # whether one with much memory was let go of
        self.given = 0.0  # seconds that unpickling the notebook's data took, for the last task

    def expect(self, key: str, *details: Any) -> None:
        """Take note of a package; it is loaded when its first task comes."""
        self._expected[key] = _Details(*details)

    def forget(self, keys: Iterable[str]) -> None:
        """Let go of packages; the notebook sends them again if they are wanted again."""
        for key in keys:
            expected, loaded = self._expected.pop(key, None), self._loaded.pop(key, None)
            if loaded is not None:
                self._full |= loaded.large
            gone = {one.path for one in (expected, loaded) if one is not None}
            for path in gone.difference(one.path for one in self._loaded.values()):
                hide(path)

    def task(self, key: str) -> Any:
        """Make the package `key` this worker's `__main__`, and return the function of its tasks."""
        self.given = 0.0
        if key in self._expected:
            loaded = self._loaded.get(key)
            again = loaded is None or "__again__" in vars(loaded.module)
            prepare = self._load if again else self._refresh
            prepare(key, self._expected[key])
            del self._expected[key]  # only now: what cannot be loaded is to fail again next time
        module = self._loaded[key].module
        _become(module)
        task = vars(module)["__task__"]
        if getattr(task, "__qualname__", "") == "__task__":
            task.__qualname__ = "<lambda>"  # as in the notebook, for what Python says of arguments
        return task

    def _refresh(self, key: str, details: _Details) -> None:
        """Give a loaded module the notebook's data again: earlier tasks may have changed theirs."""
        module, _, classes, _ = self._loaded[key]
        fresh = Data(details.names, details.data)
        _become(module)
        classes.renew()
        for name in details.names:
            vars(module)[name] = fresh[name]
        self.given = fresh.seconds

    def _load(self, key: str, details: _Details) -> None:
        path, places, names, data = details
        module = Main(path, names)
        # Before its code runs: its data may be instances of the classes it defines.
        _become(module)
        if self._full:  # a module and its functions hold on to each other: only this frees them
            self._full = False
            gc.collect()
        loader = SourceFileLoader("__main__", path)
        source = loader.get_data(path)
        # A class or a decorator may add to the data again what it has added in its cell.
        contents = Contents(registers=True) if b"class " in source or b"\n@" in source else None
        vars(module)["__data__"] = given = Data(names, data, on_load=contents)
        # Not get_code, which would also write a compiled file, of no use after the next edit.
        with warnings.catch_warnings(action="ignore"):  # what Python warns of, the cell has shown
            code = placed(loader.source_to_code(source, path), places)
        show(path, places)
        with _unwarned({path, *(place.filename for place in places)}):
            exec(code, vars(module))  # noqa: S102 - what an import does
        if contents is not None:
            contents.restore()
        large = bool(data.path) or data.size > LARGE
        self._loaded[key] = _Loaded(module, path, Classes(module), large)
        self.given = given.seconds


@contextlib.contextmanager
def _unwarned(files: AbstractSet[str]) -> Iterator[None]:
    """Show no warnings that point at these files: the cells have shown them.

    Others, such as that an accessor of data frames replaces one, are only true of workers. Filters
    that an import sets meanwhile stay.
    """
    usual = warnings.showwarning

    def show_others(message: Any, category: Any, filename: str, *rest: Any, **named: Any) -> None:
        if filename not in files:
            usual(message, category, filename, *rest, **named)

    warnings.showwarning = show_others
    try:
        yield
    finally:
        warnings.showwarning = usual


def _become(module: ModuleType) -> None:
    # The second is what multiprocessing calls it in a process that a task starts.
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module


class Main(ModuleType):
    """A module file as this worker's `__main__`.

    A process that a task starts by multiprocessing runs the file, and must find its values. They
    are those that this worker has at that moment, as after a fork.
    """

    def __init__(self, path: str, names: tuple[str, ...]) -> None:
        super().__init__("__main__")
        self._parmagic = path, names

    @property
    def __file__(self) -> str:  # type: ignore[override]  # it is a file of two that can be run
        """The file; where a process is about to be started, a copy with the values beside it.

        Others ask, too: `inspect` looks for the module of a file, even while its values are read.
        """
        path, names = self._parmagic
        asking = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - as `inspect` does
        if not names or not asking.endswith(".spawn"):  # of multiprocessing, or of loky
            return path
        return keep(path, {name: vars(self)[name] for name in names})
