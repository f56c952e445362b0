"""Follows a function statement by statement: what its names may stand for where it changes them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from parmagic.modules.mutators import CHANGING
from parmagic.modules.source import FUNCTIONS, Comprehension, Def, Function, elements_of
from parmagic.plan.effects.alias import GIVEN, NOTHING, Env, Outside, all_parts, held, items, parts
from parmagic.plan.effects.inner import bound_in, declared_in, parameters
from parmagic.plan.effects.standing import Names, bound, joined, put
from parmagic.plan.effects.targets import stored_names
from parmagic.plan.effects.walks import arguments, called_name, children

_See = Callable[[ast.AST, Env], None]


def follow(function: Function, see: _See) -> None:
    """Call `see` for each statement and expression of a function, with what names stand for there.

    After branches a name stands for what either may have made of it. A loop is followed twice. In
    an inner function, names stand for what they do where it is made, or at the end of the outer
    one; its parameters for what it is called with, or what is given beside it to another function.
    """
    _Flow(see).function(function, {})


class _Flow:
    def __init__(self, see: _See) -> None:
        self._see = see
        self._inner: list[tuple[Function, Names]] = []
        # What inner functions may be given: by their names, lambdas by themselves.
        self._handed: dict[str | ast.AST, frozenset[Outside]] = {}
        self._names: dict[ast.AST, set[str]] = {}  # that lambdas are assigned to

    def function(self, function: Function, around: Names, *, inner: bool = False) -> Names:
        """Follow a function, and those inside of it; return what names stand for at its end."""
        own = dict.fromkeys(bound_in(function), NOTHING)
        handed = self._given(function) | _defaults(function, around)
        for name in parameters(function):
            own[name] = handed if inner else frozenset({Outside(name)})
        names = {**around, **own}
        waiting, self._inner = self._inner, []
        if isinstance(function, ast.Lambda):
            self._expression(function.body, names)
            self._see(ast.Return(function.body), names)
        else:
            names = self._block(function.body, names)
        found, self._inner = self._inner, waiting
        for one, made in (*found, *found):  # the later of them may hand something to the others
            self.function(one, joined(made, names), inner=True)
        return names

    def _block(self, body: Sequence[ast.stmt], names: Names) -> Names:
        for node in body:
            names = self._statement(node, names)
        return names

    def _statement(self, node: ast.stmt, names: Names) -> Names:
        if isinstance(node, ast.If | ast.While | ast.For | ast.AsyncFor):
            return self._branches(node, names)
        if isinstance(node, ast.Try | ast.TryStar):
            return self._try(node, names)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self._with(node, names)
        if isinstance(node, ast.Match):
            return self._match(node, names)
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            return self._definition(node, names)
        return self._simple(node, names)

    def _simple(self, node: ast.stmt, names: Names) -> Names:
        self._expression(node, names)
        self._see(node, names)
        if isinstance(node, ast.Assign):
            self._named(node)
            for target in node.targets:
                names = bound(names, target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            names = bound(names, node.target, node.value)
        elif isinstance(node, ast.AugAssign):
            names = put(names, node.target, node.value, itself=False)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call, method = node.value, node.value.func
            if isinstance(method, ast.Attribute) and method.attr in CHANGING:  # `rows.append(row)`
                for _, one in arguments(call):
                    names = put(names, method.value, one)
            if called_name(method) in ("setattr", "__setattr__"):
                names = put(names, call.args[0], call.args[-1])
        return names

    def _try(self, node: ast.Try | ast.TryStar, names: Names) -> Names:
        after = joined(names, self._block([*node.body, *node.orelse], names))
        raised = [one for part in node.body for one in ast.walk(part) if isinstance(one, ast.Raise)]
        given = (one for each in raised for one in getattr(each.exc, "args", ()))
        found = held(all_parts(given, after))
        for handler in node.handlers:
            caught = {handler.name: found} if handler.name else {}
            after = joined(after, self._block(handler.body, {**after, **caught}))
        return self._block(node.finalbody, after)

    def _with(self, node: ast.With | ast.AsyncWith, names: Names) -> Names:
        self._see(node, names)
        for one in node.items:
            self._expression(one.context_expr, names)
            if one.optional_vars is not None:
                self._expression(one.optional_vars, names)
                names = bound(names, one.optional_vars, one.context_expr)
                inside = items(one.context_expr, names)  # as of `nullcontext(rows)`
                if isinstance(one.context_expr, ast.Call):  # or of what makes a context
                    found = all_parts((each for _, each in arguments(one.context_expr)), names)
                    inside |= {each._replace(how="perhaps") for each in found}
                for name in stored_names(one.optional_vars):
                    names[name] |= inside
        return self._block(node.body, names)

    def _branches(self, node: ast.If | ast.While | ast.For | ast.AsyncFor, names: Names) -> Names:
        head = node.iter if isinstance(node, ast.For | ast.AsyncFor) else node.test
        self._expression(head, names)
        self._see(node, names)

        def turn(names: Names) -> Names:
            if isinstance(node, ast.For | ast.AsyncFor):
                self._expression(node.target, names)
                names = {
                    **names,
                    **dict.fromkeys(stored_names(node.target), items(node.iter, names)),
                }
            return self._block(node.body, names)

        after = turn(names)
        if isinstance(node, ast.If):
            return joined(after, self._block(node.orelse, names))
        after = joined(names, after)
        targets = {*stored_names(node.target)} if isinstance(node, ast.For | ast.AsyncFor) else ()
        if any(found != names.get(name) for name, found in after.items() if name not in targets):
            after = joined(after, turn(after))
        return self._block(node.orelse, after)

    def _match(self, node: ast.Match, names: Names) -> Names:
        self._expression(node.subject, names)
        self._see(node, names)
        inside = items(node.subject, names)
        after = names
        for case in node.cases:
            captured = [
                name
                for one in ast.walk(case.pattern)
                for name in (getattr(one, "name", None), getattr(one, "rest", None))
                if name
            ]
            branch = {**names, **dict.fromkeys(captured, inside)}
            if case.guard is not None:
                self._expression(case.guard, branch)
            after = joined(after, self._block(case.body, branch))
        return after

    def _definition(self, node: Def | ast.ClassDef, names: Names) -> Names:
        for one in node.decorator_list:
            self._expression(ast.Call(one, [], []), names)
        if isinstance(node, ast.ClassDef):
            for one in (*node.bases, *(each.value for each in node.keywords)):
                self._expression(one, names)
            inside = self._block(node.body, names)
            stored = (inside[one] for one in stored_names(*node.body) if one in inside)
            return {**names, node.name: held(NOTHING.union(*stored))}
        self._defaults(node, names)
        self._inner.append((node, names))
        return {**names, node.name: NOTHING, **_returned(node, names)}

    def _defaults(self, function: Function, names: Names) -> None:
        for one in (*function.args.defaults, *function.args.kw_defaults):
            if one is not None:
                self._expression(one, names)

    def _expression(self, node: ast.AST, names: Names) -> None:
        """Follow the expressions of a statement, or an expression and those in it."""
        if isinstance(node, ast.Lambda):
            self._defaults(node, names)
            self._inner.append((node, names))
            return
        if isinstance(node, ast.expr):
            self._see(node, names)
        if isinstance(node, ast.Call):
            self._hand(node, names)
        if isinstance(node, Comprehension):
            for clause in node.generators:
                self._see(clause, names)
                self._expression(clause.iter, names)
                self._expression(clause.target, names)
                bound = dict.fromkeys(stored_names(clause.target), items(clause.iter, names))
                names = {**names, **bound}
                for test in clause.ifs:
                    self._expression(test, names)
            for element in elements_of(node):
                self._expression(element, names)
            return
        for child in children(node):
            self._expression(child, names)
        if isinstance(node, ast.NamedExpr):
            names[node.target.id] = parts(node.value, names)

    def _named(self, node: ast.Assign) -> None:
        for inner in ast.walk(node.value):
            if isinstance(inner, ast.Lambda):
                self._names.setdefault(inner, set()).update(stored_names(*node.targets))

    def _hand(self, call: ast.Call, names: Names) -> None:
        """Note what a function is called with, or what is given beside it to another."""
        given = [one for _, one in arguments(call)]
        itself = all_parts(given, names)
        self._give(call.func, itself)
        inside = itself.union(*(items(one, names) for one in given))
        for one in given:
            self._give(one, frozenset(each._replace(how="perhaps") for each in inside))

    def _give(self, function: ast.expr, given: frozenset[Outside]) -> None:
        key = function if isinstance(function, ast.Lambda) else called_name(function)
        if given and key:
            self._handed[key] = self._handed.get(key, NOTHING) | given

    def _given(self, function: Function) -> frozenset[Outside]:
        """Return what an inner function may be given."""
        names = self._names.get(function, {getattr(function, "name", "")})
        return NOTHING.union(*(self._handed.get(key, NOTHING) for key in (function, *names)))


def _defaults(function: Function, around: Names) -> frozenset[Outside]:
    """Return what the defaults of an inner function stand for."""
    return all_parts([*function.args.defaults, *function.args.kw_defaults], around)


def _returned(function: Def, around: Names) -> Names:
    """Say what an inner function returns when it is called, and what it assigns around it."""
    found = set[Outside]()

    def see(node: ast.AST, names: Env) -> None:
        if isinstance(node, ast.Return | ast.YieldFrom):
            found.update(parts(node.value, names))
        elif isinstance(node, ast.Yield):
            found.update(held(parts(node.value, names)))

    end = _Flow(see).function(function, around)
    own = {*parameters(function)}

    def said(found: Iterable[Outside]) -> frozenset[Outside]:
        given = {one for one in found if one.name in own and not one.of}
        defaults = _defaults(function, around) if given else NOTHING
        return (frozenset(found) - given).union(
            defaults, (Outside("", one.how, GIVEN) for one in given)
        )

    assigned = {name: around.get(name, NOTHING) for name in declared_in(function, ast.Nonlocal)}
    return {
        f"{function.name}()": said(found),
        **{name: before | said(end.get(name, ())) for name, before in assigned.items()},
    }
