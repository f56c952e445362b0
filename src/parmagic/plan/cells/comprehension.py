"""Takes a comprehension apart whose elements are tasks.

`[f(x) + y for x, y in pairs if y]` becomes `run(0, ((x, y) for x, y in pairs if y))`, and the
element a function of `x` and `y`. What comes between the iterable and the task (conditions, and
calls of libraries among the arguments) stays in the notebook: of `[f(log(x)) for x in xs]` the
items are `(log(x),)`. So does what comes after the task, which is then given what it reads with
the value: `[log(f(x)) for x in xs]` becomes
`[log(value) for (x,), (value,) in run(0, (((x,), (x,)) for x in xs))]`.

A condition that calls functions of the user's own is asked by the task: `[x for x in xs if f(x)]`
becomes `[x for (x,), (good,) in run(0, (((x,), (x,)) for x in xs)) if good]`, and a task of
`[g(x) for x in xs if f(x)]` is `(True, g(x)) if f(x) else (False, None)`.
"""

from __future__ import annotations

import ast
import copy
from dataclasses import dataclass
from typing import Literal, cast

from parmagic.modules.mutators import CHANGING
from parmagic.modules.names import named_in_text
from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.cells.clauses import bound_by, called_in, taken_off
from parmagic.plan.cells.constructs import refuse_function, refuse_rewriting
from parmagic.plan.cells.hoister import Hoister
from parmagic.plan.cells.iterated import RUN, asks, is_ahead, of_run, rest_of, runs_between
from parmagic.plan.effects.meaning import Meaning, is_pure, why_foreign
from parmagic.plan.effects.walks import calls_in, named
from parmagic.plan.names import free_names, read_names
from parmagic.plan.quote import Quote
from parmagic.plan.reason import Refusal

Kind = Literal["list", "set", "dict", "generator", "short"]


@dataclass(frozen=True)
class Mapped:
    """A comprehension whose elements are tasks."""

    text: str
    line: int
    kind: Kind
    parameters: tuple[str, ...]
    expression: str  # of the parameters: what each task evaluates
    label: str  # the same, as it is written
    kept: bool  # whether each item is a pair, of arguments and of what is for afterwards
    iterates: str  # what it iterates over first
    spare: bool = False  # whether it runs only where the loop around it cannot


class ComprehensionReader:
    """Takes one comprehension apart: what is before its tasks, the tasks, what is after them."""

    def __init__(
        self, node: Comprehension, kind: Kind, meaning: Meaning, quote: Quote, *, asks: bool
    ) -> None:
        self._node = node
        self._kind = kind
        self._meaning = meaning
        self._quote = quote
        self._before: dict[str, ast.expr] = {}  # what is evaluated for each item, by its parameter
        self._tasks: dict[str, ast.expr] = {}  # what tasks evaluate, by the name of its value
        self._after = False
        self._plain = copy.deepcopy(node)
        self._asked = taken_off(node, meaning) if asks else []  # the conditions that tasks ask
        self._ahead = is_ahead(node.generators[0].iter, meaning)

    def read(self, number: int) -> tuple[ast.AST, Mapped]:
        """Return what stands in its place, and its tasks; a Refusal if it must stay serial."""
        node = self._node
        self._check()
        quoted = self._quote(self._plain), self._quote(node.generators[0].iter)
        label, line = self._label()
        good = self._condition()
        elements = [self._outer(part, sure=good is None) for part in elements_of(node)]
        if not self._tasks:  # what calls are given must be evaluated in the notebook
            raise self._foreign(_tuple(elements_of(node)))
        self._check_changes([*elements, *filter(None, [good])])
        targets = bound_by(node.generators)
        task = self._task_of_all(good)
        if not self._after:
            parts = [self._tasks.get(getattr(part, "id", ""), part) for part in elements]
            task = parts[0] if len(parts) == 1 else _tuple(parts)
        text = ast.unparse(task)
        read = {*read_names(text), *named_in_text(text)}
        parameters = tuple(name for name in (*targets, *self._before) if name in read)
        arguments = _tuple([self._before.get(name) or _name(name) for name in parameters])
        first = copy.copy(node.generators[0])
        first.iter = self._iterated(number)
        items = ast.GeneratorExp(arguments, [first, *node.generators[1:]])
        whole = not self._after and not self._before  # a task is what is written, and all of it
        mapped = Mapped(
            text=quoted[0],
            line=line,
            kind=self._kind,
            parameters=parameters,
            expression=text,
            label=label if whole or self._asks_all(good) else text,
            kept=self._after,
            iterates=quoted[1],
        )
        if not self._after:
            return self._or_plain(number, _run(number, items)), mapped
        kept = _tuple([_name(name) for name in targets])
        items.elt = ast.Tuple([arguments, kept], ast.Load())
        into = ast.Tuple([_stored(list(targets)), _stored(list(self._tasks))], ast.Store())
        made = copy.copy(node)
        asked = [] if good is None else [good]
        made.generators = [ast.comprehension(into, _run(number, items), asked, 0)]
        if isinstance(made, ast.DictComp):
            made.key, made.value = elements
        else:
            made.elt = elements[0]
        return self._or_plain(number, made), mapped

    def _label(self) -> tuple[str, int]:
        """Say what a task evaluates if it is all that is written for an item, and in which line."""
        elements = elements_of(self._node)
        label, line = ", ".join(map(self._quote, elements)), elements[0].lineno
        if not self._asked:
            return label, line
        condition = " and ".join(map(self._quote, self._asked))
        if called_in(elements, self._node, self._meaning):
            return f"{label} if {condition}", line
        return condition, self._asked[0].lineno

    def _condition(self) -> ast.expr | None:
        """Have tasks ask the conditions that were taken off; return what is left of them."""
        if not self._asked:
            return None
        self._after = True
        several = len(self._asked) > 1
        condition = ast.BoolOp(ast.And(), self._asked) if several else self._asked[0]
        good = self._outer(ast.copy_location(condition, self._asked[0]), sure=True)
        if not self._asks_all(good) and called_in(
            elements_of(self._node), self._node, self._meaning
        ):
            raise Refusal("a part of its condition stays in the notebook", condition)
        return good

    def _asks_all(self, good: ast.expr | None) -> bool:
        """Tell whether nothing is left of the condition but whether the task found it true."""
        return isinstance(good, ast.Name) and good.id in self._tasks

    def _task_of_all(self, good: ast.expr | None) -> ast.expr:
        """Return what a task evaluates: a tuple of what the rest is given."""
        parts = list(self._tasks.values())
        if not self._asks_all(good):
            return _tuple(parts)
        condition, *values = parts
        if not values:  # an object that is true might be one that cannot be sent
            return _tuple([ast.UnaryOp(ast.Not(), ast.UnaryOp(ast.Not(), condition))])
        fills: list[ast.expr] = [ast.Constant(None) for _ in values]
        found = _tuple([ast.Constant(True), *values])
        return ast.IfExp(condition, found, _tuple([ast.Constant(False), *fills]))

    def _iterated(self, number: int) -> ast.expr:
        if self._kind == "short":  # `any` and `all` may stop reading
            return of_run("only_once", ast.Constant(number), self._node.generators[0].iter)
        return self._node.generators[0].iter if self._ahead else rest_of()

    def _or_plain(self, number: int, made: ast.expr) -> ast.expr:
        """Choose between the tasks and the comprehension as it is, by what it iterates over."""
        if self._kind == "short" or self._ahead:
            return made
        iterable, self._plain.generators[0].iter = self._plain.generators[0].iter, rest_of()
        return ast.IfExp(asks(number, iterable), made, self._plain)

    def _check(self) -> None:
        evaluated = [*elements_of(self._node), *self._asked]
        for part in (*evaluated, *self._node.generators):
            for inner in ast.walk(part):
                if isinstance(inner, ast.NamedExpr):
                    raise Refusal("`:=` stands in its element or its clauses", self._node)
        refuse_rewriting(calls_in(*evaluated), self._meaning)
        for part in evaluated:
            refuse_function(part, self._meaning)
        for clause in self._node.generators:
            for inner in ast.walk(clause.target):
                if isinstance(inner, ast.Attribute | ast.Subscript):
                    raise Refusal(f"`{ast.unparse(inner)}` is assigned for each item", inner)
        for clause in self._node.generators[1:]:
            if call := runs_between(clause.iter, self._meaning):
                raise Refusal(f"{named(call)} may run code between the items: use a list", call)

    def _outer(self, node: ast.expr, *, sure: bool) -> ast.expr:
        """Take an expression that may be evaluated after the tasks; return what is left of it."""
        if not any(self._meaning.own_calls(node)):
            return node
        if isinstance(node, ast.Starred):  # no expression that could stand alone
            node.value = self._outer(node.value, sure=sure)
            return node
        inner = self._task(copy.deepcopy(node), sure=sure)
        if inner is not None:
            refuse_function(inner, self._meaning)
            name = f"_parmagic_{len(self._tasks)}"
            self._tasks[name] = inner
            return ast.copy_location(_name(name), node)
        perhaps = [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
        perhaps += node.values[1:] if isinstance(node, ast.BoolOp) else []
        chosen = any(call for one in perhaps for call in self._meaning.own_calls(one))
        if not sure or chosen or isinstance(node, ast.Lambda | Comprehension):
            raise self._foreign(node)  # a task would evaluate what the notebook may not choose
        self._after = True
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, field, self._outer(value, sure=sure))
            elif isinstance(value, list):
                setattr(node, field, [self._part(each, sure=sure) for each in value])
        return node

    def _part(self, node: ast.AST, *, sure: bool) -> ast.AST:
        if isinstance(node, ast.keyword):
            node.value = self._outer(node.value, sure=sure)
            return node
        return self._outer(node, sure=sure) if isinstance(node, ast.expr) else node

    def _task(self, node: ast.expr, *, sure: bool) -> ast.expr | None:
        """Make `node` what a task evaluates, arguments of it moved before; None if it cannot be."""
        before = dict(self._before)
        try:
            return cast("ast.expr", Hoister(self._meaning, self._before, sure=sure).visit(node))
        except Refusal:
            self._before = before
            return None

    def _foreign(self, node: ast.expr) -> Refusal:
        for call in calls_in(node):
            if not self._meaning.is_known_call(call):
                return Refusal(why_foreign(call), call)
        return Refusal("its element cannot be taken apart", node)

    def _check_changes(self, after: list[ast.expr]) -> None:
        """Refuse where what stays in the notebook might change what tasks, or others, read."""
        clauses = [part for one in self._node.generators for part in (one.iter, *one.ifs)]
        before = [*clauses, *self._before.values()]
        tasks = list(self._tasks.values())
        rest = after if self._after else []
        self._refuse_lasting(before[1:])  # the first iterable is evaluated once, before any task
        self._refuse_changes(before, tasks)
        self._refuse_changes(rest, [*tasks, *before])
        impure = [part for part in before if not is_pure(part, self._meaning)]
        if self._kind == "short" and impure:
            raise Refusal(
                f"`{ast.unparse(impure[0])}` may have effects, and `any` or `all` may stop",
                self._node,
            )

    def _refuse_lasting(self, before: list[ast.expr]) -> None:
        """Refuse what changes something before a task: after a failure there is no way back."""
        for call in calls_in(*before):
            function = call.func
            if isinstance(function, ast.Attribute) and function.attr in CHANGING:
                raise Refusal(f"{named(call)} changes something for each item", call)
            if text := self._meaning.changed_by(call):
                raise Refusal(text, call)
            name = function.id if isinstance(function, ast.Name) else ""
            if name in ("next", "print", "input", "setattr", "exec"):
                raise Refusal(f"{named(call)} has an effect for each item", call)

    def _refuse_changes(self, changing: list[ast.expr], reading: list[ast.expr]) -> None:
        read = {name for part in reading for name in free_names(part)}
        read = read.union(*map(self._meaning.through, read))  # a task reads also what calls read
        read.difference_update(bound_by(self._node.generators))
        for call in calls_in(*changing):
            if not is_pure(call, self._meaning):
                touched = [name for name in free_names(call) if name in read]
                own = [name for name in touched if not self._meaning.path(name)]
                if own and not self._meaning.is_own(own[0]):
                    raise Refusal(f"`{own[0]}` may be changed by {named(call)}", call)


def _name(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _tuple(parts: list[ast.expr]) -> ast.expr:
    return ast.Tuple(parts, ast.Load())


def _stored(names: list[str]) -> ast.expr:
    return ast.Tuple([ast.Name(name, ast.Store()) for name in names], ast.Store())


def _run(number: int, items: ast.expr) -> ast.expr:
    return ast.Call(_name(RUN), [ast.Constant(number), items], [])
