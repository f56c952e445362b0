"""The arguments of the tasks, taken in chunks, and only as fast as somebody wants them.

A sequence may be taken from both ends.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from parmagic.run.interrupt import is_press


class Items:
    """The input of a run: a sequence, which is sliced, or any other iterable, which is read on."""

    def __init__(self, source: Iterable[Any]) -> None:
        self.taken = 0  # from the front
        self.total: int | None = None  # None: nobody knows before the end
        self._taken_back = 0
        self.is_sequence = _can_be_sliced(source)  # all are there, and can be taken from both ends
        self._sequence: Any = None
        self._iterator: Iterator[Any] = iter(())
        self.error: BaseException | None = None  # the iterable's; or it gave a queue too many
        if self.is_sequence:
            self._sequence = source
            self.total = len(source)  # type: ignore[arg-type]
        else:
            try:
                self._iterator = iter(source)
            except Exception as error:  # noqa: BLE001 - it is the user's, as what gives the items
                self.error = error

    @property
    def remaining(self) -> int | None:
        """How many items are left, if that is known."""
        return None if self.total is None else self.total - self.taken - self._taken_back

    def take(self, count: int) -> Sequence[Any]:
        """Take the next `count` items, or what is left; empty at the end.

        Raises what the iterable raises. The items it gave before that are given first.
        """
        if self.is_sequence:
            end = min(self.taken + count, len(self._sequence) - self._taken_back)
            chunk: Sequence[Any] = self._sequence[self.taken : end]
        else:
            chunk = self._read(count)
            if len(chunk) < count and self.error is None:
                self.total = self.taken + len(chunk)
        self.taken += len(chunk)
        return chunk

    def take_back(self, count: int) -> tuple[int, Sequence[Any]]:
        """Take the last `count` items left of a sequence; return the first one's index, and all."""
        end = len(self._sequence) - self._taken_back
        start = max(self.taken, end - count)
        self._taken_back += end - start
        return start, self._sequence[start:end]

    def _read(self, count: int) -> list[Any]:
        if self.error is not None:
            raise self.error
        chunk: list[Any] = []
        try:
            chunk.extend(islice(self._iterator, count))
        except BaseException as error:
            self.error = error
            if not chunk or is_press(error):
                raise
        return chunk


def read_all(source: Any) -> Any:
    """Return items that can be taken again: a sequence as it is, a list of any other iterable."""
    return source if _can_be_sliced(source) else list(source)


def _can_be_sliced(source: Any) -> bool:
    if isinstance(source, list | tuple | range | str | bytes):
        return type(source) in (list, tuple, range, str, bytes)
    # There is no `ndarray` yet while another thread imports numpy.
    array = getattr(sys.modules.get("numpy"), "ndarray", None)
    # A slice of an array holds the same scalars that iterating over the array gives.
    return type(source) is array and source.ndim > 0
