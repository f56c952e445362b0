"""What the names of a cell mean, statement by statement: by the cell itself, or by the notebook."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping

from parmagic.modules.defined import defined_function
from parmagic.modules.names import names_read
from parmagic.plan.bound import bound_names
from parmagic.plan.effects import NONE, Effects, effects
from parmagic.plan.known import Known
from parmagic.plan.names import read_names
from parmagic.plan.pure import Meaning

_STATEFUL = ("queue.", "_queue.", "random.", "numpy.random.")  # where their classes are
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Scope:
    """What names mean where the statement stands that is being read."""

    def __init__(self, known: Known) -> None:
        self.meaning = Meaning(
            self.is_function,
            self._is_builtin,
            self.changes,
            self.reach_of,
            self._exists,
            self._is_class,
            self._path,
            known.is_own_import,
            self._has_state,
        )
        self._known = known
        self._imports: dict[str, str] = {}  # names this cell imported, and from where
        self._functions: dict[str, bool] = {}  # names this cell bound: is it to a function?
        self._effects: dict[str, Effects] = {}  # and what they change
        self._reads: dict[str, frozenset[str]] = {}  # what the definitions of this cell read
        self._classes: set[str] = set()  # that this cell defines
        self._binding: frozenset[str] = frozenset()  # what the statement being read binds
        self._stored: frozenset[str] = frozenset()  # the same, also inside of comprehensions
        self._made: set[str] = set()  # names that this cell bound to what a class of it makes
        self._star = False  # whether `from module import *` may have bound any name

    def begin(self, node: ast.stmt) -> None:
        """Say which statement is being read."""
        self._binding = _given(node)
        self._stored = frozenset(
            one.id
            for one in ast.walk(node)
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
        )

    def end(self, node: ast.stmt, source: str) -> None:
        """Take what a statement binds; names mean that from the next statement on."""
        bound = bound_names(node)
        self._star = self._star or "*" in bound
        self._functions |= dict.fromkeys(bound, False)
        for name in bound & self._reads.keys():
            del self._reads[name]
        for name in bound & self._imports.keys():
            del self._imports[name]
        self._classes -= bound
        self._made -= bound
        if isinstance(node, ast.Assign) and self._makes_state(node.value):
            self._made |= bound
        if isinstance(node, ast.ClassDef):
            self._classes.add(node.name)
        if isinstance(node, _Definition):
            self._reads[node.name] = names_read(source).all
            self._effects[node.name] = effects(source)  # also of a generator, which is no task
        if isinstance(node, ast.Import | ast.ImportFrom):
            self._imports |= _imported(node)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                own = self._known.is_own_import(node.module, each.name)
                self._functions[each.asname or each.name] = own
        function = defined_function(node)
        if function is not None:
            self._functions[function] = True
            self._reads[function] = names_read(source).all
            self._effects[function] = effects(source)

    def is_function(self, name: str) -> bool:
        """Tell whether a name is a function of the user's whose calls are tasks."""
        return self._is_defined(name) and not self.changes(name)

    def changes(self, name: str) -> str:
        """Say what calling a function of the user's changes, by itself or by what it calls."""
        reached = sorted(self.reach_of(name))
        there = {inner: self._effects_of(inner) for inner in reached}
        changed = _changed_by_others(there)
        for inner in [name, *reached]:
            known = there.get(inner, NONE)
            # What a function called by it changes among its arguments may be its own.
            found = [one for one in known.changes if inner == name or "argument" not in one]
            drawn = [one for one in sorted(known.drawn) if self._path(one) is None]
            found += [f"draws random numbers from the global `{one}`" for one in drawn]
            for one, other in sorted(changed.get(inner, ())):
                if one not in known.parameters:
                    found.append(f"has `{other}()` change the global `{one}`")
                elif inner == name:
                    found.append(f"has `{other}()` change its argument `{one}`")
            if found:
                return f"`{inner}()` {found[0]}"
        return ""

    def _effects_of(self, name: str) -> Effects:
        if name in self._effects and name in self._reads:
            return self._effects[name]
        return NONE if name in self._functions else self._known.effects(name)

    def read_by(self, name: str) -> Collection[str]:
        """List the names that a definition reads by itself."""
        return self._reads[name] if name in self._reads else self._known.reads(name)

    def reach_of(self, *names: str) -> set[str]:
        """Add to `names` all that the functions among them read, and those that these call."""
        reached: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting.extend(self.read_by(name))
        return reached

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
        return path is not None and path.startswith(
            ("queue.", "_queue.", "random.", "numpy.random.")
        )

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

    def _is_class(self, name: str) -> bool:
        if name in self._functions:
            return name in self._classes
        return not self._star and self._known.is_class(name)


def _changed_by_others(there: Mapping[str, Effects]) -> dict[str, set[tuple[str, str]]]:
    """Find what functions have others change: a name of theirs, and which function changes it."""
    changed = {name: set(known.changed) for name, known in there.items()}
    found: dict[str, set[tuple[str, str]]] = {}
    more = True
    while more:
        more = False
        for name, known in there.items():
            for to, place, given in known.passed:
                parameters = there.get(to, NONE).parameters
                inside = place if isinstance(place, str) else "".join(parameters[place : place + 1])
                if inside in changed.get(to, ()) and given not in changed[name]:
                    changed[name].add(given)
                    found.setdefault(name, set()).add((given, to))
                    more = True
    return found


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
        roots = [each.name.partition(".")[0] for each in node.names]  # `import a.b` binds a
        return {
            each.asname or root: each.name if each.asname else root
            for each, root in zip(node.names, roots, strict=True)
        }
    return {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
