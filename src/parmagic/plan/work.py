"""A plan says what is to be run: a call for each item, in this process or another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType, MappingProxyType
from typing import Any, NamedTuple, cast

from parmagic.modules.package import Entry

TASK = "<task>"  # the name of the function that is made of a line or a cell, in tracebacks


class CellLine(NamedTuple):
    """A line of the notebook, as a traceback shows it."""

    filename: str
    line: int


class Later(NamedTuple):
    """An item that is made when the tasks it needs are done."""

    needs: tuple[int, ...]  # the tasks, by their numbers; each is before it
    make: Callable[[Sequence[Any]], Any]  # from the values of all tasks, as far as they are done


class Plan(NamedTuple):
    """The tasks of one run, before any backend has seen them."""

    code: str  # what was asked for, e.g. "square(x) for x in numbers"
    label: str  # what each task runs, e.g. "square(x)"
    call: Callable[..., Any]  # runs a task in this process
    entry: Entry  # runs it in another
    namespace: Mapping[str, Any]  # where the entry's names mean something
    items: Iterable[Any]
    spread: bool = False  # whether an item is a tuple of arguments, or the only one
    labels: Sequence[str] = ()  # of each task, where they differ
    later: Mapping[int, Later] = MappingProxyType({})  # what stands for these items
    own: int = 0  # how many arguments at the end of an item are ours, not the user's
    # The frame of the notebook that the task is called from, for tracebacks.
    outer: Callable[[int], CellLine | None] = lambda _task: None
    # Makes what is compared of a task's value: its parts, with names for the message.
    compared: Callable[[Any], Any] | None = None
    called: bool = False  # whether `pmap` was called, and no magic


def as_task(function: FunctionType) -> Callable[..., Any]:
    """Name a function that was made of the notebook's code, so that tracebacks leave it out.

    They show the line that it runs, as in a plain loop, which has no such function.
    """
    function.__code__ = function.__code__.replace(co_name=TASK, co_qualname=TASK)
    return cast("Callable[..., Any]", function)
