"""The pickled values beside a module file, and how it reads them."""

from __future__ import annotations

import io
import os
import pickle
import sys
import time
from collections.abc import Callable
from functools import reduce
from typing import Any

from parmagic.modules.values.buffers import Parcel, views_of
from parmagic.modules.whole_file import write_whole

SUFFIX = ".data"  # of the file, named like the module file, that holds its values


class Data:
    """The `__data__` of a module file: pickled values, read in the order in which it needs them."""

    def __init__(
        self,
        names: tuple[str, ...],
        data: Parcel,
        unpickler: type[pickle.Unpickler] = pickle.Unpickler,
        on_load: Callable[[Any], object] | None = None,
    ) -> None:
        self._names = iter(names)
        self.seconds = 0.0  # that unpickling has taken, without that which imported something
        self._on_load = on_load  # is given each value
        # Copy-on-write: a task may write to an array, and no other worker sees it.
        self._unpickler = unpickler(io.BytesIO(data.pickle), buffers=views_of(data))

    def __getitem__(self, name: str) -> Any:
        if next(self._names, None) != name:
            raise KeyError(name)
        known, begun = len(sys.modules), time.perf_counter()
        value = self._unpickler.load()
        if len(sys.modules) == known:
            self.seconds += time.perf_counter() - begun
        if self._on_load is not None:
            self._on_load(value)
        return value


def keep(path: str, values: dict[str, Any]) -> str:
    """Copy the module file `path` into a folder with values beside it; return the copy's path.

    Other values make another path: a process that has run a path takes it for the same `__main__`.
    """
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)  # one: what values share stays one
    for value in values.values():
        pickler.dump(value)
    return _beside(path, tuple(values), file.getvalue())


def keep_pickles(path: str, names: tuple[str, ...], contents: bytes | None) -> str:
    """Do the same with values that are pickled already; `contents` is None if they are large."""
    if not names or contents is None or not os.path.exists(path):  # noqa: PTH110 - pathlib is slow to import
        return path
    return _beside(path, names, contents)


def _beside(path: str, names: tuple[str, ...], contents: bytes) -> str:
    folder = f"{path.removesuffix('.py')}-{os.getpid()}-{hash(contents) % (1 << 64):x}"
    copy = os.path.join(folder, os.path.basename(path))  # noqa: PTH118, PTH119 - as above
    os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - as above
    parcel = (names, Parcel(contents))
    write_whole(_values_file(copy), pickle.dumps(parcel, pickle.HIGHEST_PROTOCOL))
    with open(path, "rb") as text:  # noqa: PTH123 - as above
        write_whole(copy, text.read())
    return copy


def data_of(namespace: dict[str, Any]) -> Data:
    """Return the `__data__` of a module file that runs in `namespace` and was given none.

    For processes that a task starts: multiprocessing has each of them run the file of its parent's
    `__main__`, as a module that becomes `__main__` only after that.
    """

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            if (module, name) == (__name__, "named"):
                return namespace.__getitem__
            if module != "__main__":
                return super().find_class(module, name)
            first, *rest = name.split(".")
            return reduce(getattr, rest, namespace[first])

    try:
        with open(_values_file(namespace["__file__"]), "rb") as file:  # noqa: PTH123 - as above
            names, data = pickle.load(file)
    except FileNotFoundError:
        raise FileNotFoundError(
            "the data of this file are not beside it, because they are large: "
            "`%pmap --export FILE.py` writes a script that has them"
        ) from None
    return Data(names, data, Unpickler)


def named(name: str) -> Any:
    """Return what the module file calls `name`; pickles of values refer to it by this."""
    return reduce(getattr, name.split("."), sys.modules["__main__"])


def _values_file(path: str) -> str:
    return path.removesuffix(".py") + SUFFIX
