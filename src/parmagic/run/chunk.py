"""A chunk is consecutive tasks that travel to a worker in one message."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from parmagic.errors import TravelError
from parmagic.modules.folder import buffer_folders
from parmagic.modules.package import Package
from parmagic.modules.values.buffers import Collector, Parcel, parcel_of
from parmagic.modules.values.culprit import OR_THREAD, SOURCELESS, blame, kind_of, remedy_for
from parmagic.modules.values.data import dump, made_here, pickled
from parmagic.run.workers.claims import Claims
from parmagic.run.workers.enqueue import Call

# Whether a task is given an item, or the parts of one; or is a call that another task enqueued.
Form = Literal["item", "parts", "call"]


class Chunk(NamedTuple):
    """Tasks on their way, with what the worker must have to run them."""

    first: int  # index of its first task
    items: Sequence[Any]
    payload: Parcel  # the items, pickled
    package: Package
    each: bool = True  # whether the clocks are read for each task
    alone: bool = False  # whether it must have a worker for itself, because it may kill it
    tries: int = 0  # how often its tasks have failed
    form: Form = "item"
    queue: bool = False  # whether its task may enqueue others
    patience: float = math.inf  # seconds after which the tasks not yet begun are to be given back
    claims: Claims | None = None  # by these its worker must claim each task but the first

    @property
    def read_each(self) -> bool:
        """Whether the clocks say how long each of its tasks took."""
        return self.each or len(self.items) == 1

    def tasks_backwards(self, start: int) -> Iterator[Chunk]:
        """Yield its tasks from `start` on one by one, the last first."""
        return (self.part(at, at + 1) for at in reversed(range(start, len(self.items))))

    def singles(self) -> Iterator[Chunk]:
        """Yield its tasks one by one, each to be run alone, after its worker has died.

        Of several, nobody knows which one it was: so that counts as a try of none.
        """
        tries = self.tries + (len(self.items) == 1)
        for number in range(len(self.items)):
            yield self.part(number, number + 1)._replace(alone=True, tries=tries)

    def anew(self) -> Chunk:
        """Return it with its items pickled again: the files of the first time are gone."""
        return self.part(0, len(self.items))._replace(claims=self.claims)

    def part(self, start: int, end: int) -> Chunk:
        """Return some of its tasks as a chunk of their own."""
        if self.form == "call":
            return self  # it is one task, and its payload was not taken over by the worker
        items = self.items[start:end]
        payload = parcel_of(*dump([items], self.package.private), buffer_folders())
        first = self.first + start
        return self._replace(first=first, items=items, payload=payload, claims=None)


class Unsendable(Exception):  # noqa: N818 - it carries the error
    """One of the items cannot be sent; says which."""

    def __init__(self, number: int, error: TravelError) -> None:
        super().__init__(number, error)
        self.number = number  # in its chunk
        self.error = error


Include = Callable[[Iterable[str], Iterable[Any]], Mapping[int, str]]


def payload_of(
    first: int,
    items: Sequence[Any],
    include: Include,
    known: Callable[[Any], Any] = lambda item: item,
) -> Parcel:
    """Pickle items, and tell `include` which definitions of the notebook they refer to.

    It is given names, and objects without one, for which it returns names. `known` turns an item
    into what the user knows of it.

    Raises `Unsendable` at the first item that cannot be pickled.
    """
    try:
        collector = Collector()
        try:
            data = pickled(items, collector, lambda names: include(names, ()))
        except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
            data, collector = _with_objects(items, include)
        return parcel_of(data, collector, buffer_folders() if collector.views else ())
    except Exception as error:  # noqa: BLE001 - as above
        for number, item in enumerate(items):
            if not _can_be_sent(item, include):
                raise Unsendable(number, _refusal(first + number, known(item))) from None
        raise Unsendable(
            0, error if isinstance(error, TravelError) else _refusal(first, items)
        ) from None


def _with_objects(items: Sequence[Any], include: Include) -> tuple[bytes, Collector]:
    """Pickle items with objects among them that the standard pickle would not find by name."""
    names, objects = made_here(items)
    private = include(names, objects)
    if not private.keys() >= set(map(id, objects)):
        raise TravelError("the source of something in the items cannot be found")
    return dump([items], private)


def _can_be_sent(item: object, include: Include) -> bool:
    try:
        pickle.dumps(item, protocol=pickle.HIGHEST_PROTOCOL)
    except Exception:  # noqa: BLE001 - as above
        try:
            _with_objects([item], include)
        except Exception:  # noqa: BLE001 - as above
            return False
    return True


def _refusal(index: int, item: object) -> TravelError:
    what, name = f"item {index} ({kind_of(item)})", "item"
    # Of a cell, the item is a tuple of what the variables of a loop or a comprehension are.
    given = [item, *(item if isinstance(item, tuple) else ())]
    if isinstance(item, Call):
        what, name, given = "an argument of the call", "call", [*item.args, *item.kwargs.values()]
    because, remedy = blame(item, name), remedy_for(given, "task")
    if because == SOURCELESS:
        remedy = f"define it in a cell{OR_THREAD}"
    return TravelError(f"{what} cannot be sent to another process {because}: {remedy}")
