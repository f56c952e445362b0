"""How a worker imports a module file: as its `__main__`, so that pickles by name go both ways."""

from __future__ import annotations

import io
import pickle
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType
from typing import Any

KEPT = 8  # packages a worker keeps loaded: a notebook's last cells, run again and again


class Loader:
    """Holds the packages that this worker has loaded, by their keys."""

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}
        self._expected: dict[str, tuple[Any, ...]] = {}

    def expect(self, key: str, *details: Any) -> None:
        """Take note of a package; it is loaded when its first task comes."""
        self._expected[key] = details

    def task(self, key: str) -> Any:
        """Make the package `key` this worker's `__main__`, and return the function of its tasks."""
        if key in self._expected:
            self._load(key, self._expected.pop(key))
        module = self._modules[key]
        sys.modules["__main__"] = module
        return vars(module)["__task__"]

    def _load(self, key: str, details: tuple[Any, ...]) -> None:
        path, names, data = details
        module = ModuleType("__main__")
        module.__file__ = path
        vars(module)["__data__"] = Data(names, data)
        # Before its code runs: its data may be instances of the classes it defines.
        sys.modules["__main__"] = module
        code = SourceFileLoader("__main__", path).get_code("__main__")
        exec(code, vars(module))  # type: ignore[arg-type]  # noqa: S102 - what an import does
        while len(self._modules) >= KEPT:
            del self._modules[next(iter(self._modules))]
        self._modules[key] = module


class Data:
    """The `__data__` of a module file: pickled values, read in the order the file asks for them."""

    def __init__(self, names: tuple[str, ...], data: bytes) -> None:
        self._names = iter(names)
        self._unpickler = pickle.Unpickler(io.BytesIO(data))

    def __getitem__(self, name: str) -> Any:
        if next(self._names, None) != name:
            raise KeyError(name)
        return self._unpickler.load()
