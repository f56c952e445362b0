"""Turns a %pmap line that was read into a plan: compiles its code in the notebook's namespace."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from types import CodeType
from typing import Any, NamedTuple, cast

from parmagic.errors import PlanError
from parmagic.modules.package import Entry
from parmagic.plan.line import MapLine
from parmagic.plan.names import missing_name_message
from parmagic.plan.syntax import at_lines, parse_expression
from parmagic.plan.work import Plan, as_task


class Site(NamedTuple):
    """Where a line stands: its cell's file name and line, and the names it can see."""

    filename: str
    line: int
    namespace: dict[str, Any]  # the notebook's
    local: Mapping[str, Any]  # that of the function in which the line stands, if it does

    @property
    def visible(self) -> dict[str, Any]:
        """The namespace to evaluate code of the line in."""
        return {**self.namespace, **self.local} if self.local else self.namespace

    def evaluate(self, source: str) -> Any:
        """Evaluate an expression of the line, as if it stood there."""
        __tracebackhide__ = True
        return eval(self._compiled(source), self.visible)  # noqa: S307 - the user's own code

    def _compiled(self, source: str) -> CodeType:
        tree = ast.parse(f"(\n{source}\n)", mode="eval")
        at_lines(tree, lambda _: self.line)
        return compile(tree, self.filename, "eval", dont_inherit=True)


def plan_map(line: MapLine, site: Site) -> Plan:
    """Plan the tasks of a line; PlanError if a name is missing or something is of a wrong kind."""
    __tracebackhide__ = True
    visible = site.visible
    for name in (*line.names, *line.items_names):
        if name not in visible:
            raise PlanError(missing_name_message(name, visible))
    call = _call(line, site)
    items = site.evaluate(line.items)
    _check_iterable(line.items, items)
    return Plan(
        code=line.text,
        label=line.expression or line.function or "",
        call=call,
        entry=_entry(line, site, call),
        namespace=site.namespace,
        items=items,
        spread=line.spread,
    )


def _call(line: MapLine, site: Site) -> Callable[..., Any]:
    __tracebackhide__ = True
    if line.expression is not None:
        source = f"lambda {', '.join(line.parameters)}: (\n{line.expression}\n)"
        return as_task(site.evaluate(source))
    function = site.evaluate(line.function or "")
    if _lambda_of(line) is not None:
        return as_task(function)
    if not callable(function):
        kind = type(function).__name__
        raise PlanError(
            f"`{line.function}` ({kind}) cannot be called: write `%pmap FUNCTION ITERABLE`, or "
            "`%pmap EXPRESSION for NAME in ITERABLE`"
        )
    return cast("Callable[..., Any]", function)


def _entry(line: MapLine, site: Site, call: Callable[..., Any]) -> Entry:
    parameters, expression = line.parameters, line.expression
    if expression is None:
        function = _lambda_of(line)
        if function is None:
            return Entry(line.function or "", site.filename, site.line, value=call)
        # A worker could not find it by a name: its body is sent, as an expression.
        parameters = tuple(filter(None, [ast.unparse(function.args)]))
        expression = ast.unparse(function.body)
    local = {name: site.local[name] for name in line.names if name in site.local}
    return Entry(
        code=line.expression or line.function or "",
        filename=site.filename,
        line=site.line,
        parameters=parameters,
        expression=expression,
        local=local,
    )


def _lambda_of(line: MapLine) -> ast.Lambda | None:
    """Return the function of a line, if it is a lambda."""
    function = parse_expression(f"({line.function}\n)")
    return function if isinstance(function, ast.Lambda) else None


def _check_iterable(source: str, items: object) -> None:
    # A class such as `list` has a `__getitem__`, which is for `list[int]`.
    if isinstance(items, Iterable) or hasattr(type(items), "__getitem__"):
        return
    kind = type(items).__name__
    hint = ""
    if callable(items):
        hint = f": did you mean `{source}(...)`?"
    elif type(items) is int and items >= 0:
        hint = f": did you mean `range({source})`?"
    elif kind.endswith("Queue"):
        hint = ": `--queue` makes a queue itself, of the items that it is given, such as a list"
    raise PlanError(f"`{source}` ({kind}) cannot be iterated over{hint}")
