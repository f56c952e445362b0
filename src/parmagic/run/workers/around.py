"""Context managers that let any exception through.

Those of `contextlib` write to an exception that passes, which that of a frozen dataclass refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import wraps
from typing import ParamSpec

_Arguments = ParamSpec("_Arguments")


def around(
    steps: Callable[_Arguments, Iterator[None]],
) -> Callable[_Arguments, AbstractContextManager[None]]:
    """Make a context manager of what is done before and after a `yield`, however that ends."""

    @wraps(steps)
    def made(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Around:
        return _Around(steps(*args, **kwargs))

    return made


class _Around(AbstractContextManager[None]):
    """Takes the one step when it is entered, and the other when it is left."""

    def __init__(self, steps: Iterator[None]) -> None:
        self._steps = steps

    def __enter__(self) -> None:
        next(self._steps)

    def __exit__(self, *_: object) -> None:
        next(self._steps, None)
