"""Runs the calls of a group: each as soon as the values it needs are there."""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any, cast

from parmagic.magics.cell import Cell
from parmagic.measure.task import PENDING
from parmagic.modules.package import Entry
from parmagic.plan.cells.step import CallStatement, Group
from parmagic.plan.effects.walks import given_to
from parmagic.plan.work import CellLine, Later, Plan, as_task

_VALUE = "_parmagic_value"  # a name for the moment of an assignment
_COLLECT = "_parmagic_collect"  # another, for the moment in which arguments are evaluated
_Arguments = tuple[Sequence[Any], Mapping[str, Any]]


class GroupRun:
    """One run of a group, from its arguments to the names it binds."""

    def __init__(self, group: Group, cell: Cell) -> None:
        __tracebackhide__ = True
        self._cell = cell
        self._namespace = cell.namespace
        self._items: list[Any] = []
        self._later: dict[int, Later] = {}
        self._parts: dict[ast.stmt, dict[str, Any]] = {}  # what was bound by each statement
        self._error: BaseException | None = None  # of an argument
        self._known: dict[int, Any] = {}  # the values of the calls that have one
        self._kept: dict[int, Any] = {}  # of these, exceptions
        self._all = group.calls
        for number, statement in enumerate(group.calls):
            if statement.needs:
                self._items.append(None)
                needs = tuple(sorted(set(statement.needs.values())))
                self._later[number] = Later(needs, functools.partial(self._make, statement))
                continue
            try:
                self._items.append(self._item(statement))
            except Exception as raised:  # noqa: BLE001 - serially, those before would have run
                self._error = raised
                break
        self._calls = group.calls[: len(self._items)]

    def run(self, execute: Callable[[Plan], Any]) -> Any:
        """Run the calls, bind what they give, and return the value that the cell shows, if any."""
        __tracebackhide__ = True
        value = self._run(execute) if self._calls else None
        if self._error is not None:
            if (after := self._all[len(self._calls)].after) is not None:
                self._finish(after)
            raise self._error
        return value

    def _run(self, execute: Callable[[Plan], Any]) -> Any:
        __tracebackhide__ = True
        run = execute(self._plan())
        shown = None
        for number, statement in enumerate(self._calls):
            failed = number in run.tasks.errors
            pending = run.values[number] is PENDING
            stopped = run.error is not None and (failed or pending)
            if not (stopped or pending):
                self._known[number] = run.values[number]
            self._kept |= {number: run.values[number]} if failed and not stopped else {}
            # An exception that is kept stands for the value, but has no parts; and what needed the
            # value was not called.
            parted = any(isinstance(one, ast.Tuple | ast.List) for one in statement.targets)
            after = statement.after
            if after is not None:
                last = all(one.after is not after for one in self._all[number + 1 : number + 2])
                shown = self._finish(after) if stopped or last else None
            elif number in self._known and not (failed and parted):
                self._assign(statement, run.values[number])
                shown = run.values[number] if statement.shown else None
                if isinstance(statement.node, ast.Expr) and not statement.shown:
                    self._cell.show(run.values[number])
            if stopped:
                break  # serially, nothing after it would have been assigned
        if run.error is not None:
            raise run.error
        return shown

    def _finish(self, after: ast.stmt) -> Any:
        """Run what is left of a statement, as far as the calls in it have values."""
        __tracebackhide__ = True
        calls = {
            cast("ast.Name", one.targets[0]).id: number
            for number, one in enumerate(self._all)
            if one.after is after
        }
        values = {name: self._known[at] for name, at in calls.items() if at in self._known}
        self._namespace.update(values)
        try:
            return self._until_missing(after, calls)
        except Exception:
            for kept in (self._kept[one] for one in calls.values() if one in self._kept):
                raise kept from None  # which is no value for more than to be put somewhere
            raise
        finally:
            for name in values:
                self._namespace.pop(name, None)

    def _until_missing(self, node: ast.stmt | ast.expr, calls: Mapping[str, int]) -> Any:
        """Run code up to the first of these calls that has no value."""
        __tracebackhide__ = True
        try:
            return (
                self._cell.run([node]) if isinstance(node, ast.stmt) else self._cell.evaluate(node)
            )
        except NameError as error:
            name = str(error.name)
            if name not in calls:
                raise
            missing = self._all[calls[name]]
        if missing.needs:  # something may have failed of what it would have been given
            given = ast.Tuple(given_to(missing.call), ast.Load())
            self._until_missing(ast.copy_location(given, missing.call), calls)
        return None

    def _item(
        self, statement: CallStatement, namespace: dict[str, Any] | None = None
    ) -> tuple[Any, ...]:
        __tracebackhide__ = True
        return statement.function, *self._arguments(statement, namespace), statement.line

    def _arguments(self, statement: CallStatement, namespace: dict[str, Any] | None) -> _Arguments:
        """Evaluate the arguments of a call, also starred ones, without calling."""
        __tracebackhide__ = True
        call = statement.call
        around = self._namespace if namespace is None else namespace
        around[_COLLECT] = _collecting(self._function(statement.function))
        collect = ast.copy_location(ast.Name(_COLLECT, ast.Load()), call)
        expression = ast.Call(func=collect, args=call.args, keywords=call.keywords)
        try:
            found: _Arguments = self._cell.evaluate(ast.copy_location(expression, call), namespace)
        finally:
            around.pop(_COLLECT, None)
        return found

    def _function(self, name: str) -> Any:
        first, *more = name.split(".")
        return functools.reduce(getattr, more, self._namespace[first])

    def _make(self, statement: CallStatement, values: Sequence[Any]) -> Any:
        """Evaluate arguments that read names which earlier calls of the group assign."""
        __tracebackhide__ = True
        visible = dict(self._namespace)
        for name, number in statement.needs.items():
            visible[name] = self._bound(self._calls[number], values[number])[name]
        return self._item(statement, visible)

    def _bound(self, statement: CallStatement, value: Any) -> dict[str, Any]:
        """Return the names that a statement binds, each with its part of the value; once."""
        __tracebackhide__ = True
        key = statement.node
        if key not in self._parts:
            local = {_VALUE: value}
            source = ast.copy_location(ast.Name(_VALUE, ast.Load()), statement.call)
            assignment = ast.Assign(statement.targets, source)
            self._cell.run_in(ast.copy_location(assignment, statement.node), local)
            local.pop("__builtins__", None)
            del local[_VALUE]
            self._parts[key] = local
        return self._parts[key]

    def _assign(self, statement: CallStatement, value: Any) -> None:
        __tracebackhide__ = True
        if not statement.targets:
            return
        self._namespace.update(self._bound(statement, value))
        if isinstance(statement.node, ast.AnnAssign):
            bare = ast.AnnAssign(
                statement.node.target, statement.node.annotation, None, statement.node.simple
            )
            self._cell.run([ast.copy_location(bare, statement.node)])

    def _plan(self) -> Plan:
        filename, calls = self._cell.filename, self._calls
        functions = tuple(dict.fromkeys(statement.function for statement in calls))

        def call(function: str, args: Sequence[Any], kwargs: Mapping[str, Any], line: int) -> Any:
            found = self._function(function)
            # A warning with a `stacklevel`, say, names the line that calls the function.
            code = _called.__code__.replace(co_filename=filename, co_firstlineno=line)
            return as_task(FunctionType(code, self._namespace))(found, args, kwargs)

        return Plan(
            code="; ".join(statement.text for statement in calls),
            label="task",
            call=call,
            entry=Entry(
                code=calls[0].text,
                filename=filename,
                line=calls[0].line,
                parameters=("function", "args", "kwargs", "line"),
                expression=f"{_chosen(functions)}(*args, **kwargs)",
                functions=tuple(name for name in functions if "." not in name),
            ),
            namespace=self._namespace,
            items=self._items,
            spread=True,
            own=1,
            labels=[statement.text for statement in calls],
            later=self._later,
            outer=lambda task: CellLine(filename, calls[task].line),
        )


def _collecting(function: Any) -> Callable[..., _Arguments]:
    """Make what collects the arguments of a call, named as the function: Python may say whose."""

    def collect(*args: Any, **kwargs: Any) -> _Arguments:
        return args, kwargs

    with contextlib.suppress(Exception):  # an object that is called has any attributes
        functools.update_wrapper(collect, function, ("__module__", "__qualname__"), ())
    return collect


_called = cast("FunctionType", lambda function, args, kwargs: function(*args, **kwargs))


def _chosen(functions: Sequence[str]) -> str:
    """Write what chooses the function of a call in a worker.

    Without anything that is built in: the notebook may have given its name to something else.
    """
    return f"{{{', '.join(f'{name!r}: {name}' for name in functions)}}}[function]"
