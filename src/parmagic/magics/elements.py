"""Runs the elements of comprehensions as tasks, where the comprehension stands in its statement."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, cast

from parmagic.here import with_none_of_ours
from parmagic.magics.cell import Cell
from parmagic.magics.confirmed import found_out
from parmagic.magics.iterated import seen
from parmagic.magics.shared import why_serial
from parmagic.magics.turns import LoopRun
from parmagic.measure.record import Run
from parmagic.measure.records import Tasks
from parmagic.modules.package import Entry
from parmagic.modules.quiet import parsed_expression
from parmagic.plan.cells.comprehension import Mapped
from parmagic.plan.cells.loop import Loop
from parmagic.plan.effects.uncertain import Uncertain
from parmagic.plan.reason import Reason
from parmagic.plan.syntax import at_lines, brief
from parmagic.plan.work import Plan, as_task
from parmagic.run.cpus import available
from parmagic.run.workers.raised import set_traceback

_AHEAD = 4  # `any` and `all` are given this many tasks for each worker beyond what is known


class ElementRun:
    """What stands in the places of the comprehensions of a cell, as `_parmagic_run(number, items)`.

    The items are evaluated first, in the notebook; each is the tuple of a task's arguments.
    """

    def __init__(
        self,
        maps: Sequence[Mapped | Loop],
        cell: Cell,
        execute: Callable[[Plan], Run],
        workers: int | None,
    ) -> None:
        self._maps = maps
        self._cell = cell
        self._namespace = cell.namespace
        self._execute = execute
        self._workers = workers or available()
        self.within: Sequence[Uncertain] = ()  # what to ask of the statement that is running
        self.reasons: list[Reason] = []  # why something has had no tasks
        self._iterated: Iterable[Any] = ()
        self._kept: dict[int, list[tuple[Any, ...]]] = {}  # arguments of the calls to come
        self._careful = False  # whether the items of `any` or `all` must be read one by one

    def __call__(self, number: int, items: Iterable[Any]) -> Any:
        """Run the tasks of the comprehension `number`, and return what it is."""
        __tracebackhide__ = True
        mapped = cast("Mapped", self._maps[number])
        if mapped.kind == "short":
            return self._until_known(mapped, items)
        if mapped.kind == "generator":
            return self._values(mapped, items)
        read, stop = _read(items)
        with self._cell.tasks_run():  # taking a million values may take longer than making them
            values, error = self._run(mapped, read)
            made = list(values)
        failure = stop if error is None else error
        if mapped.kept and failure is not None and not isinstance(failure, StopIteration):
            return _failing(made, failure)  # what comes after the tasks may print
        # Not in a generator, where a StopIteration would become another exception.
        if failure is not None:
            raise failure
        if mapped.kept:
            return made
        return {"list": list, "set": set, "dict": dict}[mapped.kind](made)

    def turns(self, number: int, items: Iterable[Any]) -> None:
        """Run the turns of the loop `number`; an item is the tuple of the loop variables."""
        __tracebackhide__ = True
        loop = cast("Loop", self._maps[number])
        read, stop = _read(items)
        if read:
            LoopRun(loop, self._cell, self._execute).run(read)
        if stop is not None:
            raise stop

    def may_run(self, number: int) -> bool:
        """Tell whether tasks change nothing, now that the names are bound which they read."""
        mapped = self._maps[number]
        own = {*mapped.parameters, *(mapped.temporaries if isinstance(mapped, Loop) else ())}
        for one in self.within:
            doubts = frozenset(doubt for doubt in one.doubts if doubt.name not in own)
            asked = one._replace(doubts=doubts, used=one.used - own)
            if (reason := found_out(asked, self._namespace)) is not None:
                self.reasons.append(reason)
                return False
        return True

    def caught(self) -> None:
        """Leave no frame of ours in what an `except` of the cell has caught: it may print it."""
        error = sys.exception()
        if error is not None:
            set_traceback(error, with_none_of_ours(error.__traceback__))

    def reads_ahead(self, number: int, iterable: Iterable[Any], *alone: str) -> bool:
        """Tell whether the comprehension or loop `number` may read all before its first task."""
        __tracebackhide__ = True
        self._iterated, why = self._seen(number, iterable, alone)
        mapped = self._maps[number]
        if not why and isinstance(mapped, Loop) and mapped.objects.items:
            read, stop = _read(self._iterated)  # to look at what is changed before any turn is run
            self._iterated = read if stop is None else _failing(read, stop)
            return stop is None
        return not why

    def _seen(
        self, number: int, iterable: Iterable[Any], alone: Sequence[str] = ()
    ) -> tuple[Iterable[Any], str]:
        __tracebackhide__ = True
        mapped = self._maps[number]
        others = {name: one for name, one in self._namespace.items() if name not in alone}
        seen_as, why = seen(iterable, others)
        if why:
            text = given = mapped.iterates
            if getattr(iterable, "__name__", "") == "<genexpr>" and text.startswith("("):
                given = text[1:-1]  # the brackets of `list()` are enough
            self.reasons.append(Reason(mapped.line, why.format(brief(text), brief(given))))
        return seen_as, why

    def iterated(self, more: int = 0) -> Iterable[Any]:
        """Return what `reads_ahead` was last asked about; it is wanted `more` times after this."""
        iterated = self._iterated
        if not more:
            self._iterated = ()
        return iterated

    def kept(self, number: int, *iterables: Iterable[Any]) -> list[Iterable[Any]]:
        """Return the `xs` of `max(xs, key=f)`; read, if the calls of `f` may be tasks."""
        __tracebackhide__ = True
        if not self.may_run(number):
            return [*iterables]
        looked = [self._seen(number, one) for one in iterables]
        given = [iterable for iterable, _ in looked]
        if any(why for _, why in looked):
            return given
        read = [_read(one) for one in given]
        self._kept[number] = list(zip(*(values for values, _ in read), strict=False))
        return [values if stop is None else _failing(values, stop) for values, stop in read]

    def calls(self, number: int, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what is called in place of a function: it gives the values of tasks, in order."""
        values: Iterator[Any] | None = None
        error: BaseException | None = None

        def call(*given: Any) -> Any:
            __tracebackhide__ = True
            nonlocal values, error
            if number in self._kept:
                read = self._kept.pop(number)
                found, error = self._run(cast("Mapped", self._maps[number]), read)
                values = iter(found)
            if values is None:
                return function(*given)
            for value in values:
                return value
            assert error is not None  # noqa: S101 - it is called as often as there are items
            raise error

        return call

    def may_turn(self, number: int, items: Iterable[Sequence[Any]] = ()) -> bool:
        """Tell whether the turns of a loop may be tasks, as the objects of the notebook are."""
        loop = cast("Loop", self._maps[number])
        turns = [dict(zip(loop.parameters, one, strict=True)) for one in items]
        reason = why_serial(loop.objects, self._namespace, turns)
        if reason is not None:
            self.reasons.append(reason)
        return reason is None

    def only_once(self, _number: int, iterable: Iterable[Any]) -> Iterable[Any]:
        """Note whether `any` or `all` must read item by item: others may read what is left."""
        __tracebackhide__ = True
        iterable, why = seen(iterable, self._namespace)
        self._careful = bool(why) or isinstance(iterable, Iterator)
        return iterable

    def _values(self, mapped: Mapped, items: Iterable[Any]) -> Generator[Any, None, bool]:
        """Run a task for each item; yield the values, and raise what the first failure raised.

        Returns whether there was any item.
        """
        __tracebackhide__ = True
        read, stop = _read(items)
        values, error = self._run(mapped, read)
        yield from values
        if error is not None:
            raise error
        if stop is not None:  # serially, what came before it might have been enough
            raise stop
        return bool(read)

    def _until_known(self, mapped: Mapped, items: Iterable[Any]) -> Iterator[Any]:
        __tracebackhide__ = True
        items, count = iter(items), 1 if self._careful else self._workers
        while (yield from self._values(mapped, islice(items, count))):
            if not self._careful:
                count = min(2 * count, _AHEAD * self._workers)

    def _run(self, mapped: Mapped, read: list[Any]) -> tuple[Iterable[Any], BaseException | None]:
        """Run a task for each item; return the values before the first failure, and that."""
        __tracebackhide__ = True
        if not read:
            return (), None
        kept = [item[1] for item in read] if mapped.kept else None
        arguments = [item[0] for item in read] if mapped.kept else read
        run = self._execute(self._plan(mapped, arguments))
        errors = cast("Tasks", run.tasks).errors
        if run.error is not None and not errors:
            raise run.error  # an interrupt
        # Values beyond these are of tasks that were enqueued.
        failed = len(read) if run.error is None else min([*errors, len(read)])
        values = islice(run.values, failed)
        if kept is None:
            return values, run.error
        pairs = zip(kept, values, strict=False)
        if errors:  # which were kept: nothing can come after a task that has failed
            return (pair for number, pair in enumerate(pairs) if number not in errors), run.error
        return pairs, run.error

    def _plan(self, mapped: Mapped, items: list[Any]) -> Plan:
        parameters = ", ".join(mapped.parameters)
        tree = parsed_expression(f"lambda {parameters}: (\n{mapped.expression}\n)").body
        at_lines(tree, lambda _: mapped.line)
        return Plan(
            code=mapped.text,
            label=mapped.label,
            call=as_task(self._cell.evaluate(tree)),
            entry=Entry(
                code=mapped.expression,
                filename=self._cell.filename,
                line=mapped.line,
                parameters=mapped.parameters,
                expression=mapped.expression,
            ),
            namespace=self._namespace,
            items=items,
            spread=True,
        )


def _failing(values: list[Any], failure: BaseException) -> Iterator[Any]:
    """Give the values that there are, and raise what the next one raised."""
    __tracebackhide__ = True
    yield from values
    raise failure


def _read(items: Iterable[Any]) -> tuple[list[Any], BaseException | None]:
    """Read items up to their end, or up to the exception that ends them."""
    __tracebackhide__ = True
    read: list[Any] = []
    try:
        read.extend(items)
    except Exception as error:  # noqa: BLE001 - serially, the tasks before it would have run
        return read, error
    return read, None
