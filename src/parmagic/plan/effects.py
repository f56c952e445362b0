"""What a function changes outside itself: that would be lost where it runs in another process.

Read in its source, by what is written there: a change in a method of a class, or behind a name
that the source does not show to be an argument's, is not seen.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from parmagic.plan.alias import FUNCTIONS, Function, aliases, root

_METHODS = """
    append extend insert remove pop popleft appendleft clear sort reverse add discard update
    setdefault popitem
"""
CHANGING = frozenset(_METHODS.split())
# That change something where their value is not used: seldom a method of something else.
_ALONE = """
    extendleft rotate subtract move_to_end intersection_update difference_update
    symmetric_difference_update fill put put_nowait resize seek
"""
_STREAMS = ("write", "writelines")
_ALWAYS = "pop popitem popleft setdefault __setitem__ __delitem__ __next__"
_DRAWING = """
    random randint randrange uniform gauss normalvariate getrandbits betavariate expovariate choice
    choices gamma lognormal normal standard_normal triangular integers permutation permuted
    exponential poisson binomial randn rand
"""
# Functions, which change what they are given first.
_GIVEN_FIRST = """
    next setattr delattr shuffle heappush heappop heapify heapreplace heappushpop insort
    insort_left insort_right copyto place fill_diagonal
"""
_changing_alone = CHANGING | frozenset(_ALONE.split())
_changing_always = frozenset(_ALWAYS.split())
_drawing = frozenset(_DRAWING.split())
_changing_first = frozenset(_GIVEN_FIRST.split())
_CONTAINERS = ast.List | ast.ListComp | ast.Set | ast.SetComp | ast.Dict | ast.DictComp


class Passed(NamedTuple):
    """Something from outside that a function hands on to another."""

    to: str
    place: int | str  # the number of the argument, or its name
    name: str


class Effects(NamedTuple):
    """What a function changes, and what it hands on to others, which may change it."""

    changes: tuple[str, ...] = ()  # ends of sentences, such as "assigns the global `count`"
    parameters: tuple[str, ...] = ()  # in the order in which they are given
    changed: frozenset[str] = frozenset()  # parameters, whose objects are changed
    drawn: frozenset[str] = frozenset()  # globals that random numbers come from, if not modules
    passed: tuple[Passed, ...] = ()


NONE = Effects()


@lru_cache(maxsize=1024)
def effects(source: str) -> Effects:
    """Read what the function defined in `source` changes: globals, or its own arguments.

    A value that a function keeps for itself in a dict of the notebook (a cache) is a change as
    well.
    """
    with warnings.catch_warnings(action="ignore"):  # whoever runs the code shows them, once
        tree = ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
    body = [inner for node in tree.body for inner in (node.body if _is_if(node) else [node])]  # type: ignore[attr-defined]
    found = next((node for node in body if isinstance(node, FUNCTIONS)), None)
    return NONE if found is None else _Reader(found).read()


def _is_if(node: ast.stmt) -> bool:
    return isinstance(node, ast.If)


class _Reader:
    """Reads one function."""

    def __init__(self, function: Function) -> None:
        self._function = function
        given = function.args
        first = (*given.posonlyargs, *given.args)
        self._parameters = tuple(one.arg for one in first)
        starred = [one for one in (given.vararg, given.kwarg) if one is not None]
        self._arguments = {one.arg for one in (*first, *given.kwonlyargs, *starred)}
        self._aliases: Mapping[str, frozenset[str]] = aliases(function)

    def read(self) -> Effects:
        found = frozenset(name for one in self._changed() for name in self._outside(one))
        drawn = frozenset(name for one in self._drawn() for name in self._outside(one))
        changed = (found | drawn) & self._arguments
        said = [f"assigns the global `{name}`" for name in sorted(self._declared(ast.Global))]
        said += [
            f"assigns `{name}` of the function around it"
            for name in sorted(self._declared(ast.Nonlocal))
        ]
        for name in sorted((found | changed) - {""}):
            kind = "its argument" if name in changed else "the global"
            said.append(f"changes {kind} `{name}`")
        passed = tuple(self._passed())
        return Effects(tuple(said), self._parameters, changed, drawn - changed - {""}, passed)

    def _outside(self, name: str) -> frozenset[str]:
        """Return the arguments and globals whose objects a name may be, or be a part of."""
        return self._aliases.get(name, frozenset({name}))

    def _declared(self, kind: type[ast.Global | ast.Nonlocal]) -> set[str]:
        """Find what is declared to be of outside: `nonlocal` in an inner function is not."""
        found: set[str] = set()
        waiting: list[ast.AST] = [self._function]
        while waiting:
            node = waiting.pop()
            if isinstance(node, kind):
                found.update(node.names)
            inside = ast.iter_child_nodes(node)
            waiting += [
                one
                for one in inside
                if kind is ast.Global or not isinstance(one, (*FUNCTIONS, ast.ClassDef))
            ]
        return found

    def _changed(self) -> Iterator[str]:
        """Find the names through which something is changed."""
        for node in ast.walk(self._function):
            if isinstance(node, ast.Attribute | ast.Subscript):
                if isinstance(node.ctx, ast.Store | ast.Del):
                    yield root(node)
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                if isinstance(node.value, _CONTAINERS) and node.target.id in self._arguments:
                    yield node.target.id
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                method = node.value.func
                if isinstance(method, ast.Attribute) and method.attr in _changing_alone:
                    yield root(method)
            if isinstance(node, ast.Call):
                yield from _changed_by(node)

    def _drawn(self) -> Iterator[str]:
        """Find the generators of random numbers: each draw changes them."""
        for node in ast.walk(self._function):
            method = node.func if isinstance(node, ast.Call) else None
            if isinstance(method, ast.Attribute) and method.attr in _drawing:
                yield method.value.id if isinstance(method.value, ast.Name) else ""

    def _passed(self) -> Iterator[Passed]:
        for node in ast.walk(self._function):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            places: list[tuple[int | str, ast.expr]] = list(enumerate(node.args))
            places += [(one.arg, one.value) for one in node.keywords if one.arg]
            for place, given in places:
                for name in self._outside(root(given)) - {""}:
                    yield Passed(node.func.id, place, name)


def _changed_by(call: ast.Call) -> Iterator[str]:
    """Find what a call changes whatever becomes of its value."""
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in _changing_always:
        yield root(function)
    if isinstance(function, ast.Attribute) and function.attr in _STREAMS:
        yield function.value.id if isinstance(function.value, ast.Name) else ""
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if name in _changing_first and call.args:
        yield root(call.args[0])
    for keyword in call.keywords:
        if name == "print" and keyword.arg == "file" and isinstance(keyword.value, ast.Name):
            yield keyword.value.id
