"""What the names of a cell are bound to, statement by statement: by it, or in the notebook."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from parmagic.modules.bound import bound_names, defined_function, imported
from parmagic.modules.names import chain_of
from parmagic.modules.source import Def
from parmagic.plan.cells.constructs import lambdas_of
from parmagic.plan.cells.definitions import Definitions
from parmagic.plan.cells.known import Known
from parmagic.plan.cells.put import all_put, holders, methods_put, values_put
from parmagic.plan.effects.effects import NONE, Effects
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import assigned_anew, stored_names
from parmagic.plan.effects.walks import given_to, running
from parmagic.plan.names import read_names

_STATEFUL = ("queue.", "_queue.", "random.", "numpy.random.")  # where their classes are
_Definition = Def | ast.ClassDef
_ANYTHING = ("exec", "get_ipython", "reload", "importlib.reload")  # what may bind any name anew
COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.TryStar, ast.Match)


class Bindings:
    """What names are bound to where the statement stands that is being read."""

    meaning: Meaning

    def __init__(self, known: Known, seeded: Collection[str] = ()) -> None:
        self._known = known
        self._imports: dict[str, str] = {}  # names this cell imported, and from where
        self._functions: dict[str, bool] = {}  # names this cell bound: is it to a function?
        self._cell = Definitions()  # what this cell defines
        self._binding: frozenset[str] = frozenset()  # what the statement being read binds
        self._stored: frozenset[str] = frozenset()  # the same, also inside of comprehensions
        self._made: set[str] = set()  # names that this cell bound to what a class of it makes
        self._rebound: frozenset[str] = frozenset()  # what it binds now and then, e.g. in turns
        self._local: frozenset[str] = frozenset()  # and its comprehensions
        self.seeded = {*seeded}  # modules whose generators of random numbers it seeds
        self._star = False  # whether `from module import *` may have bound any name

    def begin(self, node: ast.stmt) -> None:
        """Say which statement is being read."""
        self._binding = _made_anew(node)
        self._stored = frozenset(stored_names(node))
        self._rebound = bound_names(node) if isinstance(node, COMPOUND) else frozenset()
        self._local = self._rebound | _inner_names(node)

    def end(self, node: ast.stmt) -> None:
        """Take what a statement binds; names mean that from the next statement on."""
        bound = bound_names(node)
        self._star = self._star or "*" in bound
        self._forget(bound)
        if isinstance(node, ast.Assign) and self._makes_state(node.value):
            self._made |= bound
        if isinstance(node, _Definition):
            self._cell.add(node.name, ast.unparse(node))  # also of a generator, which is no task
        if isinstance(node, ast.ClassDef):
            self._cell.add_class(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imports |= imported(node)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                own = self._known.is_own_import(node.module, each.name)
                self._functions[each.asname or each.name] = own
        function = defined_function(node)
        if function is not None:
            self._functions[function] = True
            self._cell.add(function, ast.unparse(node))
            paths = self._paths_in(node)
            self._cell.reads[function] |= {
                one for one in paths if self._known.is_own_import(*one.rpartition(".")[::2])
            }
        elif isinstance(node, ast.Assign | ast.Expr):
            self._keep(node)

    def _paths_in(self, node: ast.AST) -> set[str]:
        """Say where what is read of modules is, as `m.f`."""
        chains = (one for one in ast.walk(node) if isinstance(one, ast.Attribute))
        return {path for one in chains if (path := self.meaning.dotted(one))}

    def _forget(self, bound: frozenset[str]) -> None:
        """Let go of what names meant that mean something else now."""
        self._functions |= dict.fromkeys(bound, False)
        self._cell.forget(bound)
        for name in bound & self._imports.keys():
            del self._imports[name]
        self._made -= bound

    def _keep(self, node: ast.Assign | ast.Expr) -> None:
        """Take what functions and classes a value may hold: `helper = push`, `model = Model()`.

        It may also be put into what a name has already: `helpers["push"] = push`.
        """
        values = values_put(node)
        held = self._held_in(values)
        bound, into = bound_names(node), holders(node)
        held |= self._cell.add_lambdas(min({*bound, *into}, default=""), values)
        for name in bound if held else ():
            self._cell.hold(name, held)
        for name in into - bound if held else ():
            self._cell.hold(name, held.union(self.read_by(name)))
        for name, method in methods_put(node):
            for one in held:
                self._cell.add_method(f"{name}.{method}", self.read_by(one), self._effects_of(one))

    def _held_in(self, values: Iterable[ast.expr]) -> set[str]:
        """Name the functions and classes that values may hold: not functions that are called."""
        held: set[str] = set()
        for value in values:
            calls = [one for one in ast.walk(value) if isinstance(one, ast.Call)]
            called = {one.func.id for one in calls if isinstance(one.func, ast.Name)}
            read = read_names(value)
            held |= {name for name in read if self._is_class(name) or name not in called}
        return {name for name in held if self._is_definition(name)}

    def puts_out_of_sight(self, node: ast.stmt) -> bool:
        """Tell whether a statement may put functions where `end` does not look: `if n: step = f`.

        So do functions that are called, and change something or return what they have not made.
        """
        inside = [*running(node)]
        seen = isinstance(node, ast.Assign) and bool(bound_names(node) or holders(node))
        seen = seen or isinstance(node, ast.Expr)  # then all but a `:=` in it
        values = [value for one in inside[seen:] for value in all_put(one)]
        if self._held_in(values) or any(map(any, map(lambdas_of, values))):
            return True
        calls = [one for one in inside if isinstance(one, ast.Call)]
        return any(chain_of(one.func) in _ANYTHING or self._hands_on(one) for one in calls)

    def _hands_on(self, call: ast.Call) -> bool:
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        known = self._effects_of(name)
        found = {one.name for one in known.returns if one.how == "itself"} - known.named
        if self.meaning.changed_by(call):
            found.update(self._held_in(given_to(call)))
            if any(one.startswith("assigns the global") for one in known.changes):
                found.update(self.read_by(name))
        return any(map(self._is_definition, found))

    def _is_definition(self, name: str) -> bool:
        """Tell whether a name is a function or a class of the user's, or holds one."""
        known = name in self._cell.reads or self._is_defined(name)
        return known or (name not in self._functions and bool(self._known.reads(name)))

    def _effects_of(self, name: str) -> Effects:
        if name in self._cell.effects:
            return self._cell.effects[name]
        if name in self._imports:
            return self._known.effects(self._imports[name])
        return NONE if name in self._functions else self._known.effects(name)

    def read_by(self, name: str) -> Collection[str]:
        """List the names that a definition reads by itself."""
        if name in self._imports:
            return self._known.reads(self._imports[name])
        return self._cell.reads[name] if name in self._cell.reads else self._known.reads(name)

    def _is_defined(self, name: str) -> bool:
        if name in self._functions:
            return self._functions[name]
        return not self._star and self._known.is_own(name)

    def _is_builtin(self, name: str) -> bool:
        return not self._star and name not in self._functions and not self._known.is_bound(name)

    def _path(self, name: str) -> str | None:
        if name in self._imports:
            return self._imports[name]
        return None if name in self._functions else self._known.path(name)

    def _exists(self, name: str) -> bool:
        inside = name in self._functions or name in self._binding
        return inside or self._star or self._known.is_bound(name)

    def _makes_state(self, value: ast.expr) -> bool:
        """Tell whether an expression makes an object whose methods may change it."""
        function = value.func if isinstance(value, ast.Call) else None
        if isinstance(function, ast.Name) and self._is_class(function.id):
            return True
        path = self.meaning.dotted(function) if function is not None else None
        return path is not None and path.startswith(_STATEFUL)

    def _is_class(self, name: str) -> bool:
        if name in self._functions:
            return name in self._cell.classes
        return not self._star and self._known.is_class(name)

    def _has_state(self, method: ast.Attribute) -> bool:
        steps: list[str | None] = []
        node = method.value
        while isinstance(node, ast.Attribute | ast.Subscript):
            steps.append(node.attr if isinstance(node, ast.Attribute) else None)
            node = node.value
        if not isinstance(node, ast.Name) or node.id in self._stored:
            return False  # what it is, nobody knows before it runs
        if node.id in self._functions:
            return node.id in self._made
        return self._known.has_state(node.id, steps[::-1], method.attr)


def _made_anew(node: ast.stmt) -> frozenset[str]:
    """Find the names that a statement binds to something that is not made of their own value."""
    inside = (one for one in ast.walk(node) if isinstance(one, ast.stmt))
    return frozenset[str]().union(*map(assigned_anew, inside))


def _inner_names(node: ast.AST) -> frozenset[str]:
    """Find the names that comprehensions and lambdas bind."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if isinstance(inner, ast.comprehension):
            found |= bound_names(inner.target)
        elif isinstance(inner, ast.arg):
            found.add(inner.arg)
    return frozenset(found)
