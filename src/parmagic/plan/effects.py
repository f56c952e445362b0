"""What a function changes outside itself: that would be lost where it runs in another process.

Read in its source, by what is written there: a change in a method of a class, or behind a name
that the source does not show to be an argument's, is not seen.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from parmagic.modules.source import FUNCTIONS, Function
from parmagic.plan.alias import NOTHING, Env, How, Outside, arguments, parts
from parmagic.plan.changing import ALONE, CHANGING, DRAWING, IN_PLACE, changed_by, none_given
from parmagic.plan.flow import follow, parameters
from parmagic.plan.targets import is_dotted

_CONTAINERS = ast.List | ast.ListComp | ast.Set | ast.SetComp | ast.Dict | ast.DictComp
ARRAY = "__array__"  # what gives views of itself has this method; NEXT, what is used up by reading
NEXT = "__next__"


class Passed(NamedTuple):
    """Something from outside that a function hands on to another."""

    to: str
    place: int | str  # the number of the argument, or its name; "*" if it may be any
    name: str
    how: How = "itself"
    of: str = ""  # the function that may return it, if it does
    given: int | str = ""  # as which of its arguments it was given; "" if as none
    by: str = ""  # the parameter that stands for the other function, if it has no name here


class Doubt(NamedTuple):
    """Something that a function changes if its value, or a part of it, has a certain method."""

    name: str
    method: str
    part: bool = False


class Effects(NamedTuple):
    """What a function changes, and what it hands on to others, which may change it."""

    changes: tuple[str, ...] = ()  # ends of sentences, such as "assigns the global `count`"
    parameters: tuple[str, ...] = ()  # in the order in which they are given
    named: frozenset[str] = frozenset()  # all parameters
    starred: tuple[str, str] = ("", "")  # those that take any other argument: `*args`, `**kwargs`
    kept: frozenset[str] = frozenset()  # parameters whose default is an object that may be changed
    changed: frozenset[str] = frozenset()  # parameters, whose objects are changed
    drawn: frozenset[str] = frozenset()  # globals that random numbers come from, if not modules
    seeded: frozenset[str] = frozenset()  # names of what it calls the method `seed` of
    lightly: frozenset[str] = frozenset()  # globals that are changed, if they are not modules
    doubts: frozenset[Doubt] = frozenset()
    passed: tuple[Passed, ...] = ()
    results: frozenset[Outside] = frozenset()  # what is changed if functions return parts of it
    returns: frozenset[Outside] = frozenset()

    def received(self, place: int | str) -> tuple[str, ...]:
        """List the parameters that an argument may come to."""
        if place == "*":
            return (*self.named,)
        if isinstance(place, int):
            return self.parameters[place : place + 1] or (self.starred[0],)
        return (place if place in self.named else self.starred[1],)


NONE = Effects()


@lru_cache(maxsize=1024)
def effects(source: str) -> Effects:
    """Read what the function defined in `source` changes: globals, or its own arguments.

    A value that a function keeps for itself in a dict of the notebook (a cache) is a change as
    well.
    """
    if not source:
        return NONE
    with warnings.catch_warnings(action="ignore"):  # whoever runs the code shows them, once
        tree = ast.parse(f"if True:\n{source}" if source[:1].isspace() else source)
    blocks = (node.body if isinstance(node, ast.If) else [node] for node in tree.body)
    body = [node for block in blocks for node in block]
    found = next((node for node in body if isinstance(node, FUNCTIONS)), None) or _lambda(body)
    return NONE if found is None else _Reader(found).read()


def _lambda(body: Iterable[ast.stmt]) -> ast.Lambda | None:
    """Find the lambda that is all that is assigned, or all there is."""
    for node in body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign | ast.Expr) else None
        if isinstance(value, ast.Lambda):
            return value
    return None


class _Reader:
    """Reads one function."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._arguments = {*parameters(function)}
        self._found: set[str] = set()
        self._lightly: set[str] = set()
        self._drawn: set[str] = set()
        self._seeded: set[str] = set()
        self._doubts: set[Doubt] = set()
        self._passed: dict[Passed, None] = {}
        self._results: set[Outside] = set()
        self._returns: set[Outside] = set()
        self._methods: dict[str, frozenset[Outside]] = {}  # of names: `add = done.append`

    def read(self) -> Effects:
        """Follow the function to its end."""
        follow(self._function, self._see)
        arguments = self._arguments
        changed = (self._found | self._lightly | self._drawn) & arguments
        said = [f"assigns the global `{name}`" for name in sorted(self._declared(ast.Global))]
        said += [
            f"assigns `{name}` of the function around it"
            for name in sorted(self._declared(ast.Nonlocal))
        ]
        said += [f"changes the global `{name}`" for name in sorted(self._found - arguments)]
        given = self._function.args
        return Effects(
            changes=tuple(said),
            parameters=tuple(one.arg for one in (*given.posonlyargs, *given.args)),
            named=frozenset(arguments),
            starred=(_name_of(given.vararg), _name_of(given.kwarg)),
            kept=frozenset(_kept(given)),
            changed=frozenset(changed),
            drawn=frozenset(self._drawn - arguments),
            seeded=frozenset(self._seeded),
            lightly=frozenset(self._lightly - arguments - self._found),
            doubts=frozenset(one for one in self._doubts if one.name not in self._found),
            passed=tuple(self._passed),
            results=frozenset(self._results),
            returns=frozenset(one for one in self._returns if not one.of),
        )

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

    def _see(self, node: ast.AST, env: Env) -> None:
        """Find what a statement or an expression changes, by what names stand for there."""
        if isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Store | ast.Del):
                self._change(node.value, env)
        elif isinstance(node, ast.AugAssign):
            self._operator(node, env)
        elif isinstance(node, ast.Assign):
            self._assigned(node, env)
        elif isinstance(node, ast.Return):
            self._returns |= parts(node.value, env)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            method = node.value.func
            if isinstance(method, ast.Attribute) and method.attr in ALONE:
                module = isinstance(method.value, ast.Name)  # perhaps: `np.add(a, b, out=c)`
                self._change(method.value, env, lightly=module)
        elif isinstance(node, ast.Call):
            self._call(node, env)
        for one in none_given(node):
            self._change(one, env, lightly=True)

    def _change(self, node: ast.expr, env: Env, *, lightly: bool = False) -> None:
        self._changed(parts(node, env), lightly=lightly)

    def _changed(self, found: Iterable[Outside], *, lightly: bool = False) -> None:
        for one in found:
            if one.how == "holds":
                continue
            if one.of:
                self._results.add(one)
            elif one.how == "slice":
                self._doubts |= {Doubt(one.name, ARRAY), Doubt(one.name, ARRAY, part=True)}
            else:
                (self._lightly if lightly else self._found).add(one.name)

    def _operator(self, node: ast.AugAssign, env: Env) -> None:
        if not isinstance(node.target, ast.Name):
            return
        target = ast.Name(node.target.id, ast.Load())
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if text or isinstance(node.value, ast.JoinedStr):
            return
        # Without a declaration the name is local; with one, it is assigned, and said to be.
        found = [one for one in parts(target, env) if node.target.id in env]
        if isinstance(node.value, _CONTAINERS):
            self._changed(found)
            return
        for one in found:
            if not one.of and one.how != "holds":
                method = IN_PLACE[type(node.op)]
                self._doubts.add(Doubt(one.name, method, part=one.how == "part"))

    def _assigned(self, node: ast.Assign, env: Env) -> None:
        value = node.value
        owner = NOTHING
        if isinstance(value, ast.Attribute) and value.attr in CHANGING:
            owner = parts(value.value, env)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._methods[target.id] = owner

    def _changed_by_call(self, node: ast.expr, env: Env) -> None:
        inner = _inside_iter(node)
        if inner is None:
            self._change(node, env)
        else:  # `next(iter(x))` takes something from x if that is an iterator already
            self._doubts |= {Doubt(one.name, NEXT) for one in parts(inner, env) if not one.of}

    def _call(self, call: ast.Call, env: Env) -> None:
        function = call.func
        for one in changed_by(call):
            self._changed_by_call(one, env)
        name = function.id if isinstance(function, ast.Name) else ""
        if name in self._methods:
            self._changed(self._methods[name], lightly=True)
        if isinstance(function, ast.Attribute):
            owner = parts(function.value, env)
            if function.attr in DRAWING and not isinstance(function.value, ast.Call):
                self._drawn |= {one.name for one in owner if not one.of}
            if function.attr == "seed":
                self._seeded |= {one.name for one in owner}
        by = name if env.get(name) == frozenset({Outside(name)}) else ""
        if by or (is_dotted(function) and name not in env):
            to = "" if by else ast.unparse(function)
            for place, one in arguments(call):
                for each in parts(one, env):
                    passed = Passed(to, place, each.name, each.how, each.of, each.place, by)
                    self._passed[passed] = None


def _name_of(parameter: ast.arg | None) -> str:
    return "" if parameter is None else parameter.arg


def _kept(given: ast.arguments) -> Iterable[str]:
    """Yield the parameters whose default may be changed, and is then kept for the next call."""
    first = [*given.posonlyargs, *given.args]
    pairs: list[tuple[ast.arg, ast.expr | None]] = []
    if given.defaults:
        pairs += zip(first[-len(given.defaults) :], given.defaults, strict=True)
    pairs += zip(given.kwonlyargs, given.kw_defaults, strict=True)
    for one, default in pairs:
        if default is not None and not isinstance(default, ast.Constant | ast.Tuple | ast.UnaryOp):
            yield one.arg


def _inside_iter(node: ast.expr) -> ast.expr | None:
    """Return what `iter(...)` is given."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    return node.args[0] if node.func.id == "iter" and node.args else None
