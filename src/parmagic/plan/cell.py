"""Reads a %%parallel cell: which of its statements may run at the same time."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Collection, Sequence
from typing import NamedTuple, cast

from parmagic.errors import PlanError
from parmagic.modules.names import names_read
from parmagic.plan.bound import bound_names
from parmagic.plan.comprehension import Mapped
from parmagic.plan.effects import effects
from parmagic.plan.known import Known
from parmagic.plan.loop import Loop
from parmagic.plan.names import read_names
from parmagic.plan.pure import Meaning, is_pure, running
from parmagic.plan.reason import Reason
from parmagic.plan.rewrite import rewrite
from parmagic.plan.step import Barrier, CallStatement, Group, Step

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Reading(NamedTuple):
    """A cell as it was read."""

    steps: tuple[Step, ...]
    maps: tuple[Mapped | Loop, ...]  # the comprehensions and loops that steps run, by their numbers
    reasons: tuple[Reason, ...]  # why some of it stays serial


def read_cell(tree: ast.Module, known: Known) -> Reading:
    """Read a parsed cell as steps, in the order of its statements.

    Args:
        tree: The cell, as Python parses it after IPython's transformations.
        known: What the names of the notebook are, as it is before the cell runs.

    """
    reader = _Reader(known)
    for node in tree.body:
        reader.add(node, last=node is tree.body[-1])
    return Reading(tuple(reader.steps), tuple(reader.maps), tuple(reader.reasons))


def refuse_unsupported(tree: ast.Module) -> None:
    """Refuse a cell that awaits something at its top level; the message names the line."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        word = _async_word(node)
        if word:
            raise PlanError(
                f"`{word}` in line {getattr(node, 'lineno', 1)}: a %%parallel cell cannot await; "
                "run that statement in a cell of its own, and use its result here",
            )
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def _async_word(node: ast.AST) -> str | None:
    if isinstance(node, ast.Await):
        return "await"
    if isinstance(node, ast.AsyncWith):
        return "async with"
    if isinstance(node, ast.AsyncFor):
        return "async for"
    # The clause of a comprehension has no line; the comprehension around it has.
    clauses = getattr(node, "generators", ())
    return "async for" if any(clause.is_async for clause in clauses) else None


class _Parts(NamedTuple):
    """What a statement of the form `targets = function(...)` is made of."""

    function: str
    call: ast.Call
    targets: list[ast.expr]
    node: ast.Expr | ast.Assign | ast.AnnAssign


class _Reader:
    """Takes the statements of a cell one by one, and keeps what the names mean by then."""

    def __init__(self, known: Known) -> None:
        self.steps: list[Step] = []
        self.maps: list[Mapped | Loop] = []
        self.reasons: list[Reason] = []
        self.meaning = Meaning(
            self._is_function,
            self._is_builtin,
            self._changes,
            lambda name: self._reach([name]),
            self._exists,
            self._is_class,
            self._path,
        )
        self._known = known
        self._imports: dict[str, str] = {}  # names this cell imported, and from where
        self._functions: dict[str, bool] = {}  # names this cell bound: is it to a function?
        self._effects: dict[str, Sequence[str]] = {}  # and what they change
        self._reads: dict[str, frozenset[str]] = {}  # what the definitions of this cell read
        self._assigned: dict[str, int] = {}  # in the last group, by which call of it at last
        self._early: set[str] = set()  # bound by `:=` in arguments of the last group
        self._deferred = False  # whether arguments of the last group wait for values of it
        self._needed: set[str] = set()  # read by the calls of the last group
        self._classes: set[str] = set()  # that this cell defines
        self._binding: frozenset[str] = frozenset()  # what the statement being read binds
        self._star = False  # whether `from module import *` may have bound any name

    def add(self, node: ast.stmt, *, last: bool) -> None:
        """Take the next statement: into the last step, or into a new one."""
        source = ast.unparse(node)
        bound = bound_names(node)
        original = node
        self._binding = _given(node)
        self._note_changers(node)
        rewritten = rewrite(node, self.meaning, len(self.maps))
        self.maps += rewritten.maps
        self.reasons += rewritten.reasons
        node = cast("ast.stmt", rewritten.node)
        parts = _parts(node)
        if parts is not None and self._is_function(parts.function):
            shown = last and isinstance(node, ast.Expr)
            asked = _parts(original)
            assert asked is not None  # noqa: S101 - only what stands inside was rewritten
            self._add_call(CallStatement(*parts, text=source, shown=shown), asked.call, bound)
        else:
            self._add_statement(node, original)
        self._star = self._star or "*" in bound
        self._functions |= dict.fromkeys(bound, False)
        for name in bound & self._reads.keys():
            del self._reads[name]
        for name in bound & self._imports.keys():
            del self._imports[name]
        self._classes -= bound
        if isinstance(node, ast.ClassDef):
            self._classes.add(node.name)
        if isinstance(node, _Definition):
            self._reads[node.name] = names_read(source).all
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imports |= _imported(node)
        function = _defined_function(node)
        if function is not None:
            self._functions[function] = True
            self._reads[function] = names_read(source).all
            self._effects[function] = effects(source)

    def _add_call(self, call: CallStatement, asked: ast.Call, bound: frozenset[str]) -> None:
        inside = bound_names(asked)  # with `:=`
        direct = {*read_names(ast.unparse(asked)), *inside}
        through = set().union(*(self._reach(self._read_by(name)) for name in direct))
        needs = {name: self._assigned[name] for name in direct if name in self._assigned}
        if self._joins(call, inside, through, needs):
            group = self.steps[-1]
            assert isinstance(group, Group)  # noqa: S101 - or it would not join
            call = dataclasses.replace(call, needs=needs)
            self.steps[-1] = Group((*group.calls, call))
            self._deferred = self._deferred or bool(needs)
        else:
            self.steps.append(Group((call,)))
            self._assigned, self._needed, self._deferred = {}, set(), False
            self._early = set()
        place = len(self.steps[-1].calls) - 1  # type: ignore[union-attr]  # it is a group
        self._assigned |= dict.fromkeys(bound, place)
        self._needed |= direct | through
        self._early |= inside

    def _joins(
        self, call: CallStatement, inside: Collection[str], through: set[str], needs: dict[str, int]
    ) -> bool:
        """Tell whether a call belongs to the last group, or must wait for all of it."""
        if not isinstance(self.steps[-1] if self.steps else None, Group):
            return False
        # A `:=` in an argument binds before the calls of its group run, even the earlier ones.
        # What a function reads by itself is sent with the function, when its group begins.
        if set(inside) & self._needed or through & self._assigned.keys():
            return False
        if needs.keys() & self._early:
            return False
        # Arguments that wait are evaluated out of their order: it must not matter.
        pure = all(is_pure(part, self.meaning) for part in (*call.call.args, *call.call.keywords))
        return pure or not (needs or self._deferred)

    def _is_builtin(self, name: str) -> bool:
        return not self._star and name not in self._functions and not self._known.is_bound(name)

    def _path(self, name: str) -> str | None:
        if name in self._imports:
            return self._imports[name]
        return None if name in self._functions else self._known.path(name)

    def _read_by(self, name: str) -> Collection[str]:
        return self._reads[name] if name in self._reads else self._known.reads(name)

    def _add_statement(self, node: ast.stmt, original: ast.stmt) -> None:
        barrier = self.steps[-1] if self.steps else None
        if isinstance(barrier, Barrier):
            statements, originals = (*barrier.statements, node), (*barrier.originals, original)
        else:
            statements, originals = (node,), (original,)
            self.steps.append(Barrier((), ()))
        self.steps[-1] = Barrier(statements, originals)

    def _is_function(self, name: str) -> bool:
        return self._is_defined(name) and not self._changes(name)

    def _is_defined(self, name: str) -> bool:
        if name in self._functions:
            return self._functions[name]
        return not self._star and self._known.is_own(name)

    def _changes(self, name: str) -> str:
        """Say what calling a function of the user's changes, by itself or by what it calls."""
        for inner in sorted(self._reach([name])) if self._is_defined(name) else ():
            if inner in self._effects:
                changes: Sequence[str] = self._effects[inner]
            else:
                changes = () if inner in self._functions else self._known.changes(inner)
            # What a function called by it changes among its arguments may be its own.
            found = [one for one in changes if inner == name or "argument" not in one]
            if found:
                return f"`{inner}()` {found[0]}"
        return ""

    def _exists(self, name: str) -> bool:
        inside = name in self._functions or name in self._binding
        return inside or self._star or self._known.is_bound(name)

    def _is_class(self, name: str) -> bool:
        if name in self._functions:
            return name in self._classes
        return not self._star and self._known.is_class(name)

    def _note_changers(self, node: ast.stmt) -> None:
        for inner in running(node):
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name):
                text = self._changes(inner.func.id)
                if text:
                    self.reasons.append(Reason(inner.lineno, text))

    def _reach(self, names: Collection[str]) -> set[str]:
        """Add to `names` all that the functions among them read, and those that these call."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self._read_by(name))
        return reached


def _parts(node: ast.stmt) -> _Parts | None:
    """Take a statement apart if it has the form of a task statement, whatever it calls."""
    if isinstance(node, ast.Expr):
        targets: list[ast.expr] = []
    elif isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return None
    call = node.value
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
        return None
    if not all(_is_plain(target) for target in targets):
        return None
    if any(isinstance(inner, ast.Await | ast.Yield | ast.YieldFrom) for inner in ast.walk(call)):
        return None
    return _Parts(call.func.id, call, targets, node)


def _is_plain(target: ast.expr) -> bool:
    if isinstance(target, ast.Starred):
        return _is_plain(target.value)
    if isinstance(target, ast.Tuple | ast.List):
        return all(_is_plain(part) for part in target.elts)
    return isinstance(target, ast.Name)


def _defined_function(node: ast.stmt) -> str | None:
    """Name the function that a statement defines, if a call of it does its work at once."""
    if isinstance(node, ast.FunctionDef):
        return None if _is_generator(node) else node.name
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        target = node.targets[0]
        return target.id if len(node.targets) == 1 and isinstance(target, ast.Name) else None
    return None


def _is_generator(function: ast.FunctionDef) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, _Definition | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def _given(node: ast.stmt) -> frozenset[str]:
    """Find the names that a statement binds to something that is not made of their own value."""
    given: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign):
            given |= bound_names(inner) - set(read_names(ast.unparse(inner.value)))
        elif isinstance(inner, ast.For):
            given |= bound_names(inner.target)
    return frozenset(given)


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Say where each name comes from that an import binds."""
    if isinstance(node, ast.Import):
        return {each.asname or each.name.partition(".")[0]: each.name for each in node.names}
    return {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
