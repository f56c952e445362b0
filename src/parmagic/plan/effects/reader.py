"""Reads one function: what it changes, and what it hands on, by what its names stand for."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable

from parmagic.modules.definitions.attributes import is_special
from parmagic.modules.mutators import ALONE, CHANGING
from parmagic.modules.names import chain_of
from parmagic.modules.source import Function, positional
from parmagic.plan.effects.acts import acts_in
from parmagic.plan.effects.alias import APART, NOTHING, OWN, Env, Outside, items, parts
from parmagic.plan.effects.called import ANY, IN_PLACE, handed_on, methods_called
from parmagic.plan.effects.changing import (
    DRAWING,
    FITTING,
    SAVING,
    changed_by,
    changing_any,
    none_given,
    outputs,
)
from parmagic.plan.effects.effects import (
    ARRAY,
    CHANGEABLE,
    COPIED,
    EFFECT,
    NEXT,
    Doubt,
    Effects,
    Keys,
    Passed,
    passed_on,
)
from parmagic.plan.effects.files import appends
from parmagic.plan.effects.flow import follow
from parmagic.plan.effects.inner import body_of, bound_in, declared_in, kept, parameters, starred
from parmagic.plan.effects.keys import Lookups
from parmagic.plan.effects.made import AROUND, global_change
from parmagic.plan.effects.walks import after_self, arguments

_CONTAINERS = ast.List | ast.ListComp | ast.Set | ast.SetComp | ast.Dict | ast.DictComp


class Reader:
    """Reads one function."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._arguments = {*parameters(function)}
        self._found: set[str] = set()
        self._deep: set[str] = set()
        self._lightly: set[str] = set()
        self._drawn: set[str] = set()
        self._doubts: set[Doubt] = set()
        self._passed: dict[Passed, None] = {}
        self._calls: set[tuple[str, Keys]] = set()  # what is called, and with which keys
        self._results: set[Outside] = set()
        self._returns: set[Outside] = set()
        self._anything: set[str] = set()  # what may change any name of the notebook
        self._attributes: set[tuple[str, str]] = set()
        self._given: set[tuple[str, str]] = set()
        self._methods: dict[str, frozenset[Outside]] = {}  # that have names: `add = done.append`
        self._lookups = Lookups(function)

    def read(self) -> Effects:
        """Follow the function to its end."""
        function, arguments = self._function, self._arguments
        follow(function, self._see)
        changed = (self._found | self._lightly | self._drawn) & arguments
        said = [f"assigns the global `{name}`" for name in declared_in(function, ast.Global)]
        said += [f"assigns `{name}` {AROUND}" for name in declared_in(function, ast.Nonlocal)]
        said += [global_change(name) for name in sorted(self._found - arguments)]
        said += [f"may change any name of the notebook, by `{by}`" for by in sorted(self._anything)]
        if appends(body_of(function), arguments, bound_in(function)):
            said.append("appends to the same file in each call")
        return Effects(
            changes=tuple(said),
            parameters=tuple(positional(function)),
            named=frozenset(arguments),
            starred=starred(function.args),
            kept=frozenset(kept(function.args)),
            changed=frozenset(changed),
            deep=frozenset(self._deep & changed),
            drawn=frozenset(self._drawn - arguments),
            acts=acts_in(body_of(function), arguments),
            lightly=frozenset(self._lightly - arguments - self._found),
            doubts=frozenset(one for one in self._doubts if one.name not in self._found),
            passed=tuple(self._passed),
            calls=frozenset(self._calls),
            results=frozenset(self._results),
            returns=frozenset(one for one in self._returns if not one.of),
            attributes=frozenset(self._attributes),
            given=frozenset(self._given),
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
            if isinstance(method, ast.Attribute):
                self._alone(method, env)
        self._see_call(node, env)
        for one in none_given(node):
            self._change(one, env, lightly=True)

    def _see_call(self, node: ast.AST, env: Env) -> None:
        """Find what is called, also by an operator or a property, and what is handed on."""
        if isinstance(node, ast.Call):
            self._call(node, env)
            self._call_on(node, env)
        elif isinstance(node, ast.Name) and self._lookups.is_handed_on(node, env):
            self._calls.add((node.id, ()))
        self._anything |= changing_any(node, env)
        if self._lookups.is_value(node) and node.attr in CHANGING:  # `[rows.append]`
            for one in parts(node.value, env):
                self._doubt(one, node.attr)
        for name, owner in methods_called(node):
            self._may_call(name, owner, env)
        for given, to in handed_on(node, env):
            self._to_library(given, to, env)

    def _to_library(self, given: ast.expr, to: str, env: Env) -> None:
        """Note that a function of a library may call any method of what it is given."""
        named = isinstance(given, ast.Name) and given.id not in env
        self._given.add((ast.unparse(given) if named else "", to))
        for one in parts(given, env) | items(given, env):
            self._passed[passed_on(OWN + ANY, 0, one)._replace(beside=to)] = None

    def _alone(self, method: ast.Attribute, env: Env) -> None:
        """Note a method that is called for its effect: its value is not used."""
        if method.attr in ALONE:
            module = isinstance(method.value, ast.Name)  # or it may be one: `np.add(a, b, out=c)`
            self._change(method.value, env, lightly=module)
        elif not SAVING.match(method.attr):
            self._of_library(method, env)

    def _of_library(self, method: ast.Attribute, env: Env) -> None:
        """Note that a method changes its object, if it is one of a library."""
        for one in parts(method.value, env) if not is_special(method.attr) else ():
            if not one.of and one.how in ("itself", "part", "perhaps"):
                self._doubts.add(Doubt(one.name, EFFECT + method.attr, one.how != "itself"))

    def _change(self, node: ast.expr, env: Env, *, lightly: bool = False) -> None:
        self._changed(parts(node, env), lightly=lightly)

    def _changed(self, found: Iterable[Outside], *, lightly: bool = False) -> None:
        for one in (each for each in found if each.how not in APART):
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
                self._deep |= {one.name} if one.how == "part" else set()

    def _operator(self, node: ast.AugAssign, env: Env) -> None:
        if not isinstance(node.target, ast.Name):  # its object is changed anyway
            self._changed(parts(node.target, env) if isinstance(node.value, _CONTAINERS) else ())
            return
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        if text or isinstance(node.value, ast.JoinedStr):
            return
        # A name is local, or else declared, and then said to be assigned.
        found = env.get(node.target.id, NOTHING)
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
        elif one.how == "copied":
            self._doubts.add(Doubt(one.name, COPIED))
        elif one.of and one.how not in APART:
            self._results.add(one if method in CHANGING else one._replace(by=method))
        elif not one.of and one.how not in APART:
            both = one.how == "perhaps" or (one.how == "part" and method in CHANGING)
            found = (False, True) if both else (one.how != "itself",)
            self._doubts |= {Doubt(one.name, method, part) for part in found}

    def _may_call(self, name: str, owner: ast.expr, env: Env) -> None:
        """Note that a method of an object may be called, if its class has it."""
        root = owner.id if isinstance(owner, ast.Name) else ""
        self._attributes.add(("" if root in env else root, name))
        for one in parts(owner, env):
            self._passed[passed_on(OWN + name, 0, one)] = None
            if name.endswith("*"):  # it may be `append`, which changes what `clear` does
                self._doubt(one, "clear")

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
        keys = self._lookups.keys(call, env)
        for to, by in self._called(function, env):
            self._calls |= {(to, keys)} if to else set()
            for place, one in arguments(call):
                for each in parts(one, env):
                    self._passed[passed_on(to, place, each)._replace(by=by, keys=keys)] = None
        known = f"{name}()" in env or hasattr(builtins, name)
        if not (known or isinstance(function, ast.Attribute)):  # it may be an object of the user's
            self._to_method("__call__", call, env, beside=name)
        self._call_with(call, env)

    def _called(self, function: ast.expr, env: Env) -> list[tuple[str, str]]:
        """List what may be called, each as a name of the notebook, or else as a parameter.

        It may also be a part of what has that name.
        """
        chain = chain_of(function)
        if chain and chain not in env:
            return [(chain, "")]
        if isinstance(function, ast.Attribute):
            return []
        found = sorted({one.name for one in parts(function, env) if one.name and not one.of})
        return [("", one) if one in self._arguments else (one, "") for one in found]

    def _call_with(self, call: ast.Call, env: Env) -> None:
        """Note that a library may call functions that it is given with what else it is given."""
        calls = [call, *([call.func] if isinstance(call.func, ast.Call) else ())]
        given = [one for each in calls for _, one in arguments(each)]
        if len(given) < 2:
            return
        beside = chain_of(call.func)
        for function in given:
            for to, by in self._called(function, env) if isinstance(function, ast.Name) else ():
                others = [one for one in given if one is not function]
                held = NOTHING.union(*(parts(one, env) | items(one, env) for one in others))
                for each in held:
                    passed = passed_on(to, "*", each._replace(how="perhaps"))
                    self._passed[passed._replace(by=by, beside=beside)] = None

    def _call_on(self, call: ast.Call, env: Env) -> None:
        """Note a call of a method, and what it may change of its object."""
        function = call.func
        if not isinstance(function, ast.Attribute):
            return
        owner = parts(function.value, env)
        if function.attr in DRAWING and not isinstance(function.value, ast.Call):
            self._drawn |= {one.name for one in owner if not one.of}
        if function.attr in FITTING:
            self._of_library(function, env)
        for each in owner if function.attr in CHANGING else ():  # also if its value is used
            self._doubt(each, function.attr)
        self._to_method(function.attr, call, env)

    def _to_method(self, method: str, call: ast.Call, env: Env, *, beside: str = "") -> None:
        """Note that a method of the user's may be given the arguments of a call."""
        for place, one in arguments(call):
            for each in parts(one, env):
                passed = passed_on(OWN + method, after_self(place), each)
                self._passed[passed._replace(beside=beside)] = None
