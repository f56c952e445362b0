"""Reads in its source what a function changes, and what it hands on.

A change in a library, or behind a name that the source does not show to be an argument's, is not
seen.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import lru_cache

from parmagic.modules.mutators import ALONE, CHANGING
from parmagic.modules.names import chain_of
from parmagic.modules.quiet import parsed
from parmagic.modules.source import FUNCTIONS, Function, positional
from parmagic.plan.effects.alias import APART, NOTHING, Env, Outside, arguments, items, parts
from parmagic.plan.effects.called import methods_called
from parmagic.plan.effects.changing import DRAWING, IN_PLACE, changed_by, none_given, outputs
from parmagic.plan.effects.effects import (
    ARRAY,
    CHANGEABLE,
    COPIED,
    NEXT,
    NONE,
    OWN,
    Doubt,
    Effects,
    Passed,
)
from parmagic.plan.effects.flow import follow
from parmagic.plan.effects.inner import declared_in
from parmagic.plan.effects.keys import Lookups
from parmagic.plan.effects.made import AROUND, given_by, global_change, of_made
from parmagic.plan.effects.signature import kept, parameters, starred
from parmagic.plan.effects.spelled import plainly

_CONTAINERS = ast.List | ast.ListComp | ast.Set | ast.SetComp | ast.Dict | ast.DictComp
_FRAMES = frozenset(("f_globals", "__globals__"))


@lru_cache(maxsize=1024)
def effects(source: str) -> Effects:
    """Read what the function defined in `source` changes: globals, or its own arguments.

    A value that a function keeps for itself in a dict of the notebook (a cache) is a change as
    well.
    """
    if not source:
        return NONE
    tree = parsed(f"if True:\n{source}" if source[:1].isspace() else source)
    blocks = (node.body if isinstance(node, ast.If) else [node] for node in tree.body)
    body = [node for block in blocks for node in block]
    found = next((node for node in body if isinstance(node, FUNCTIONS)), None) or _lambda(body)
    if found is None:
        return NONE
    found = plainly(found, source)
    return _read(found)._replace(makes=of_made(found, _read), gives=given_by(found))


def _read(function: Function) -> Effects:
    return _Reader(function).read()


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
        self._anything: set[str] = set()  # by what any name of the notebook may be changed
        self._asked: set[tuple[str, str]] = set()
        self._methods: dict[str, frozenset[Outside]] = {}  # of names: `add = done.append`
        self._lookups = Lookups(function)

    def read(self) -> Effects:
        """Follow the function to its end."""
        function, arguments = self._function, self._arguments
        follow(function, self._see)
        changed = (self._found | self._lightly | self._drawn) & arguments
        said = [f"assigns the global `{name}`" for name in declared_in(function, ast.Global)]
        said += [f"assigns `{name}` {AROUND}" for name in declared_in(function, ast.Nonlocal)]
        said += [global_change(name) for name in sorted(self._found - arguments)]
        said += [
            f"may change any name of the notebook, by `{one}`" for one in sorted(self._anything)
        ]
        return Effects(
            changes=tuple(said),
            parameters=tuple(positional(function)),
            named=frozenset(arguments),
            starred=starred(function.args),
            kept=frozenset(kept(function.args)),
            changed=frozenset(changed),
            drawn=frozenset(self._drawn - arguments),
            seeded=frozenset(self._seeded),
            lightly=frozenset(self._lightly - arguments - self._found),
            doubts=frozenset(one for one in self._doubts if one.name not in self._found),
            passed=tuple(self._passed),
            results=frozenset(self._results),
            returns=frozenset(one for one in self._returns if not one.of),
            asked=frozenset(self._asked),
        )

    def _see(self, node: ast.AST, env: Env) -> None:
        """Find what a statement or an expression changes, by what names stand for there."""
        if isinstance(node, ast.Attribute | ast.Subscript):
            if isinstance(node.ctx, ast.Store | ast.Del):
                self._change(node.value, env)
            elif isinstance(node, ast.Subscript):
                self._doubts.update(self._lookups.doubts(node, env))
        elif isinstance(node, ast.AugAssign):
            self._operator(node, env)
        elif isinstance(node, ast.Assign):
            self._assigned(node, env)
        elif isinstance(node, ast.Return | ast.Yield | ast.YieldFrom):
            self._returns |= parts(node.value, env)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            method = node.value.func
            if isinstance(method, ast.Attribute) and method.attr in ALONE:
                module = isinstance(method.value, ast.Name)  # perhaps: `np.add(a, b, out=c)`
                self._change(method.value, env, lightly=module)
        self._see_call(node, env)
        for one in none_given(node):
            self._change(one, env, lightly=True)

    def _see_call(self, node: ast.AST, env: Env) -> None:
        """Find what is called, if anything is: also by an operator, or by a property."""
        if isinstance(node, ast.Call):
            self._call(node, env)
            self._call_on(node, env)
        self._anywhere(node, env)
        for name, owner in methods_called(node):
            self._method(name, owner, env)

    def _change(self, node: ast.expr, env: Env, *, lightly: bool = False) -> None:
        self._changed(parts(node, env), lightly=lightly)

    def _changed(self, found: Iterable[Outside], *, lightly: bool = False) -> None:
        for one in found:
            if one.how in APART:
                continue
            if one.of:
                self._results.add(one)
            elif one.how == "copied":
                self._doubts.add(Doubt(one.name, COPIED))
            elif one.how == "perhaps":
                self._doubt(one, CHANGEABLE)
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
            self._doubt(one, IN_PLACE[type(node.op)])

    def _assigned(self, node: ast.Assign, env: Env) -> None:
        value = node.value
        owner = NOTHING
        if isinstance(value, ast.Attribute) and value.attr in CHANGING:
            owner = parts(value.value, env)
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._methods[target.id] = owner

    def _doubt(self, one: Outside, method: str) -> None:
        if one.how == "slice":  # of a list, it is a copy
            self._changed([one] if method not in CHANGING else [])
        elif not one.of and one.how not in APART:
            found = {"itself": (False,), "perhaps": (False, True)}.get(one.how, (True,))
            self._doubts |= {Doubt(one.name, method, part) for part in found}

    def _method(self, name: str, owner: ast.expr, env: Env) -> None:
        """Take it that a method is called which the class of an object may have."""
        root = owner.id if isinstance(owner, ast.Name) else ""
        self._asked.add(("" if root in env else root, name))
        for one in parts(owner, env):
            self._pass(OWN + name, 0, one)
            if name.endswith("*"):  # it may be `append`
                self._doubt(one, "clear")

    def _pass(
        self, to: str, place: int | str, one: Outside, by: str = "", beside: str = ""
    ) -> None:
        self._passed[Passed(to, place, one.name, one.how, one.of, one.place, by, beside)] = None

    def _anywhere(self, node: ast.AST, env: Env) -> None:
        """Find what may change any name of the notebook: `exec(text)`."""
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {getattr(node, "module", ""), *(one.name for one in node.names)}
            self._anything |= names & {"__main__"}
        elif isinstance(node, ast.Attribute) and node.attr in _FRAMES:
            self._anything.add(node.attr)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            name = node.func.id
            bare = name == "globals" or (name in ("exec", "eval") and len(node.args) == 1)
            if bare and name not in env:
                self._anything.add(f"{name}()")
            elif name == "exec" and node.args[1:]:
                self._change(node.args[1], env)

    def _changed_by_call(self, node: ast.expr, env: Env) -> None:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "iter" and node.args:
            # `next(iter(x))` takes something from x if that is an iterator already
            found = parts(node.args[0], env)
            self._doubts |= {Doubt(one.name, NEXT) for one in found if not one.of}
        else:
            self._change(node, env)

    def _call(self, call: ast.Call, env: Env) -> None:
        function = call.func
        for one in changed_by(call):
            self._changed_by_call(one, env)
        for one in outputs(call):
            self._changed(each._replace(how="slice") for each in parts(one, env))
        name = function.id if isinstance(function, ast.Name) else ""
        if name in self._methods:
            self._changed(self._methods[name], lightly=True)
        for to, by in self._called(function, env):
            for place, one in arguments(call):
                for each in parts(one, env):
                    self._pass(to, place, each, by)
        self._call_with(call, env)

    def _called(self, function: ast.expr, env: Env) -> list[tuple[str, str]]:
        """Say what is called: by a name of the notebook, or by a parameter that stands for it.

        It may also be a part of what the name holds.
        """
        chain = chain_of(function)
        if chain and chain not in env:
            return [(chain, "")]
        if isinstance(function, ast.Attribute):
            return []
        found = sorted({one.name for one in parts(function, env) if one.name and not one.of})
        return [("", one) if one in self._arguments else (one, "") for one in found]

    def _call_with(self, call: ast.Call, env: Env) -> None:
        """Take it that a library calls the functions that it is given with what else it is."""
        given = [one for _, one in arguments(call)]
        if len(given) < 2:
            return
        beside = chain_of(call.func)
        for function in given:
            for to, by in self._called(function, env) if isinstance(function, ast.Name) else ():
                others = [one for one in given if one is not function]
                held = NOTHING.union(*(parts(one, env) | items(one, env) for one in others))
                for each in held:
                    self._pass(to, "*", each._replace(how="perhaps"), by, beside)

    def _call_on(self, call: ast.Call, env: Env) -> None:
        """Take a call of a method, whose first argument is what it is a method of."""
        function = call.func
        if not isinstance(function, ast.Attribute):
            return
        owner = parts(function.value, env)
        if function.attr in DRAWING and not isinstance(function.value, ast.Call):
            self._drawn |= {one.name for one in owner if not one.of}
        if function.attr == "seed":
            self._seeded |= {one.name for one in owner}
        for each in owner if function.attr in CHANGING else ():  # also if its value is used
            self._doubt(each, function.attr)
        for place, one in arguments(call):
            for each in parts(one, env):
                after = place + 1 if isinstance(place, int) else place
                self._pass(OWN + function.attr, after, each)
