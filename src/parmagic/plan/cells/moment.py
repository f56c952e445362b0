"""Which changes of a turn use a temporary that is changed in place after them.

The notebook makes the changes of a turn when the turn is over. By then such a temporary is no
longer what the change used.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from parmagic.modules.bound import assigned
from parmagic.plan.cells.objects import changes_of
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import assigned_names
from parmagic.plan.effects.walks import called_name, statements
from parmagic.plan.reason import Refusal

# What these return holds nothing of what they are given.
_FUNCTIONS = "len str repr int float complex bool hash format ord any all"
_METHODS = "sum mean std var count index item any all total join format"
_STORING = "append appendleft add insert setdefault put"
_functions = frozenset(_FUNCTIONS.split())
_methods = frozenset(_METHODS.split())
_storing = frozenset(_STORING.split())
_DISPLAYS = ast.Tuple | ast.List | ast.Dict | ast.Set
_Level = tuple[Sequence[ast.stmt], int, bool]  # a body, the place in it, whether it is a loop's


class Moments:
    """What becomes of the temporaries of a body after each of its statements."""

    def __init__(
        self, body: Sequence[ast.stmt], temporaries: Collection[str], meaning: Meaning
    ) -> None:
        self._body = body
        self._temporaries = temporaries
        self._meaning = meaning
        self._together = self._joined()

    def must_copy(self, change: ast.stmt, value: ast.expr) -> bool:
        """Tell whether a change needs a copy of a value; a Refusal if a copy would not do."""
        held = {*_held_by(value)} & {*self._temporaries}
        if not held or _method(change) in _storing:  # serially it keeps the object itself, too
            return False
        names = {one for name in held for one in self._together[name]}
        changed = self._changed_after(change, names)
        if not changed:
            return False
        # One that is changed in a part of it: no copy would do, whatever becomes of the others.
        name, (deep, place) = max(changed.items(), key=lambda one: one[1][0])
        # What is assigned may be a sum with it, and not the object itself.
        assigns = isinstance(change, ast.Assign) and not held.isdisjoint(_held_by(change.value))
        displayed = isinstance(value, _DISPLAYS) and not _takes_parts(change)
        if deep or assigns or displayed:
            raise Refusal(f"`{name}` is changed in place after `{ast.unparse(change)}`", place)
        return True

    def changed_after(self, change: ast.stmt, name: str) -> ast.stmt | None:
        """Return a statement that changes a temporary in place after this one, if there is one."""
        found = self._changed_after(change, {*self._together[name]}).values()
        return next((place for _, place in found), None)

    def _joined(self) -> Mapping[str, set[str]]:
        """Find, for each temporary, those that may be of the same object."""
        together = {name: {name} for name in self._temporaries}
        for node in statements(self._body):
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                held = {*_held_by(node.value, self._meaning)} & {*self._temporaries}
                names = [name for name in (*held, *assigned_names(node)) if name in together]
                whole = held.union(*(together[name] for name in names))
                for name in whole:
                    together[name] = whole
        return together

    def _changed_after(self, change: ast.stmt, names: set[str]) -> dict[str, tuple[bool, ast.stmt]]:
        """Find which of these are changed after a statement, and whether in a part of theirs."""
        found: dict[str, tuple[bool, ast.stmt]] = {}
        levels = self._way_to(change, self._body, loop=False) or []
        for body, place, loop in reversed(levels):
            self._scan(body[place + 1 :], names, found)
            if loop:  # the next turn of an inner loop
                self._scan(body[: place + 1], set(names), found)
        return found

    def _way_to(
        self, node: ast.stmt, body: Sequence[ast.stmt], *, loop: bool
    ) -> list[_Level] | None:
        for place, one in enumerate(body):
            if one is node:
                return [(body, place, loop)]
            if isinstance(one, ast.If | ast.For):
                for part in (one.body, one.orelse):
                    way = self._way_to(node, part, loop=isinstance(one, ast.For))
                    if way is not None:
                        return [(body, place, loop), *way]
        return None

    def _scan(
        self, body: Sequence[ast.stmt], names: set[str], found: dict[str, tuple[bool, ast.stmt]]
    ) -> None:
        for node in body:
            for inner in statements([node]):
                for change in changes_of(inner, self._meaning):
                    in_part = change.depth > 0 or change.whole
                    if change.name in names and not found.get(change.name, (False,))[0]:
                        found[change.name] = in_part, inner
            if assigned(node):
                names -= {*assigned_names(node)}  # it is another object from here on


def _held_by(value: ast.AST, meaning: Meaning | None = None) -> Iterator[str]:
    """List the names whose objects a value may be, or hold; with a meaning, not by own calls."""
    if isinstance(value, ast.Name):
        yield value.id
    elif isinstance(value, ast.Call):
        function = value.func
        if called_name(function) in (
            _methods if isinstance(function, ast.Attribute) else _functions
        ):
            return
        if meaning is not None and meaning.is_own_call(value):
            return
        for child in ast.iter_child_nodes(value):
            yield from _held_by(child, meaning)
    elif isinstance(value, ast.Subscript):
        yield from _held_by(value.value, meaning)
    elif not isinstance(
        value, ast.BinOp | ast.UnaryOp | ast.Compare | ast.JoinedStr | ast.Constant | ast.Lambda
    ):
        for child in ast.iter_child_nodes(value):
            yield from _held_by(child, meaning)


def _takes_parts(change: ast.stmt) -> bool:
    """Tell whether a change keeps the parts of a display: `done += [a]`, `found.update({1: a})`."""
    if isinstance(change, ast.AugAssign):
        return True
    return _method(change) in ("extend", "update")


def _method(change: ast.stmt) -> str:
    """Name the method that a change is a call of; "" if it is none."""
    call = change.value if isinstance(change, ast.Expr) else None
    return getattr(call.func, "attr", "") if isinstance(call, ast.Call) else ""
