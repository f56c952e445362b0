"""Settings of Python and of libraries in the notebook, by which tasks compute, too."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from parmagic.run.workers import options
from parmagic.run.workers.options import Options

# How numpy handles errors at first.
_FIRST = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


class Settings(NamedTuple):
    """What the notebook has set; None where it has set nothing, or has not imported the module."""

    depth: int = 1000  # calls inside calls: `sys.setrecursionlimit`
    digits: int = 4300  # of integers that are read or written: `sys.set_int_max_str_digits`
    decimal: tuple[Any, ...] | None = None  # what a `decimal.Context` is made of
    numpy: tuple[tuple[str, str], ...] | None = None  # what `numpy.seterr` is given
    libraries: dict[str, Options] | None = None  # of those that `options` knows


def settings() -> Settings:
    """Read those of this process, and of the thread that asks."""
    depth, digits = sys.getrecursionlimit(), sys.get_int_max_str_digits()
    return Settings(depth, digits, _decimal(), _numpy(), options.options())


def _decimal() -> tuple[Any, ...] | None:
    decimal: Any = sys.modules.get("decimal")
    if not hasattr(decimal, "getcontext"):  # or it is just being imported by another thread
        return None
    there, first = decimal.getcontext(), decimal.DefaultContext
    return None if _parts(there) == _parts(first) else _parts(there)


def _parts(context: Any) -> tuple[Any, ...]:
    """Return what a `decimal.Context` is made of, in the order of its arguments."""
    _, (*parts, _flags, traps) = context.__reduce__()  # reading them one by one takes longer
    return *parts, [], traps


def _numpy() -> tuple[tuple[str, str], ...] | None:
    numpy: Any = sys.modules.get("numpy")
    if not hasattr(numpy, "geterr"):
        return None
    there: dict[str, str] = numpy.geterr()
    if "call" in there.values() or "log" in there.values():
        return None  # by a function of the notebook's
    return None if there == _FIRST else tuple(there.items())


@contextlib.contextmanager
def in_thread(there: Settings) -> Iterator[None]:
    """Follow in what each thread has of its own, and go back in the end."""
    with _numpy_as(there), options.in_thread(there.libraries or {}):
        yield


@contextlib.contextmanager
def _numpy_as(there: Settings) -> Iterator[None]:
    """Have numpy handle errors so in this thread: before numpy 2, each has settings of its own."""
    if there.numpy == _numpy():
        yield
        return
    numpy: Any = sys.modules["numpy"]
    before = numpy.seterr(**dict(there.numpy or _FIRST))
    try:
        yield
    finally:
        numpy.seterr(**before)


def follow(there: Settings) -> None:
    """Set those of this process, of which modules that it has imported may have set others."""
    sys.setrecursionlimit(there.depth)
    sys.set_int_max_str_digits(there.digits)
    options.follow(there.libraries or {})
    with contextlib.suppress(ImportError):  # an interpreter cannot import all that a process can
        if there.decimal != _decimal():
            import decimal  # here and below: only where the notebook has set something

            made = decimal.Context(*there.decimal) if there.decimal else decimal.Context()
            decimal.setcontext(made)
        if there.numpy != _numpy():
            import numpy as np

            np.seterr(**dict(there.numpy or _FIRST))  # type: ignore[arg-type]  # from `geterr`
