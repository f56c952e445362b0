"""Says what each name of a loop's body is, and refuses what parfor's rules do not allow."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Collection, Iterator

from parmagic.plan.cells.choices import choices_of
from parmagic.plan.cells.constructs import refuse_constructs, refuse_kept, refuse_rewriting
from parmagic.plan.cells.cures import values_first, why_changed
from parmagic.plan.cells.fresh import Flat, Fresh
from parmagic.plan.cells.items import Item, given_names, is_of_item, may_hold
from parmagic.plan.cells.objects import changes_in
from parmagic.plan.cells.way import surely_assigned
from parmagic.plan.effects.meaning import Meaning, why_foreign
from parmagic.plan.effects.targets import (
    all_assigned,
    assigned_anew,
    assigned_names,
    filled_by,
    is_names,
    names_read_by,
    root_of,
    stored_names,
)
from parmagic.plan.effects.walks import calls_in, named, statements
from parmagic.plan.names import read_names
from parmagic.plan.reason import Refusal, carried

# Functions of libraries whose effects, if any, no task looks at: they show or note something.
_SHOWING = "logging. warnings.warn matplotlib. IPython. time.sleep sys.std tqdm."
_showing = tuple(_SHOWING.split())
_COPIED = ("range", "list", "sorted", "tuple")  # what they give is not what they are given


class Turns:
    """The names of a loop, sorted by what they are."""

    def __init__(self, node: ast.For, meaning: Meaning) -> None:
        self.meaning = meaning
        self._node = node
        refuse_constructs(node)
        refuse_kept(node, meaning)
        refuse_rewriting(calls_in(*node.body), meaning)
        self.targets = tuple(dict.fromkeys(stored_names(node.target)))
        self.choices = choices_of(node, meaning)
        self._chosen = {one for choice in self.choices for one in statements([choice])}
        plain = [one for one in statements(node.body) if one not in self._chosen]
        self.temporaries = set[str]().union(*map(assigned_anew, plain)) - {*self.targets}
        self.local = {*self.targets, *self.temporaries}
        # A loop variable that is assigned, as in `line = line.strip()`, ends as its turn left it.
        self.temporaries |= (assigned := _assigned_targets(node, self.targets))
        self.flat: list[Flat] = []  # what must be so in the notebook when the loop begins
        self.items: list[Item] = []  # changes of the objects that the loop goes through
        self.late: set[str] = set()  # of these, what the turn that is being written has changed
        self._fresh = Fresh(node, self.local, self.temporaries - assigned, assigned, meaning)
        self.changed = {*self._reductions(), *self._outputs(), *all_assigned(self.choices)}
        self._refuse_mixed()
        self._refuse_iterated()
        self._refuse_through()
        self.always = surely_assigned(node.body, frozenset(self.targets), self.temporaries)

    def is_change(self, node: ast.stmt) -> bool:
        """Tell whether a statement changes something of the notebook's, or shows something."""
        if isinstance(node, ast.AugAssign):
            return root_of(node.target) not in self.local
        if isinstance(node, ast.Assign):
            if any(not is_names(target) for target in node.targets):
                return not all(root_of(target) in self.temporaries for target in node.targets)
            return bool({*stored_names(*node.targets)} & self.changed)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            of_turn = root_of(node.value.func) in self.temporaries
            return not of_turn and not self.meaning.is_known_call(node.value)
        return False

    def moving_at(self, change: ast.stmt) -> tuple[str, ...]:
        """List the temporaries that may be assigned after a change; in loops, all of the loop's."""
        after: set[str] = set()
        passed = False
        for node in self._node.body:
            inside = list(statements([node]))
            if change in inside:
                passed = True
                if not any(isinstance(one, ast.For) for one in inside):
                    inside = inside[inside.index(change) + 1 :]
            if passed:
                after.update(name for one in inside for name in assigned_names(one))
        return tuple(sorted(self.temporaries & after))

    def check(self, node: ast.expr) -> None:
        """Refuse an expression that cannot be evaluated in a task."""
        for name in read_names(node):
            if name in self.changed or name in self.late:
                raise self.read_late(name, node)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Call):
                self._check_call(inner)

    def read_late(self, name: str, node: ast.AST) -> Refusal:
        """Make the refusal of a name that a turn has changed, or an earlier one, and reads."""
        if name in self.changed:
            return carried(name, node)
        return Refusal(f"`{name}` is read after it was changed in place", node)

    def _check_call(self, call: ast.Call) -> None:
        meaning = self.meaning
        is_method = isinstance(call.func, ast.Attribute) and not meaning.is_own_call(call)
        if meaning.is_known_call(call) and (is_method or root_of(call.func) not in self.local):
            return
        if isinstance(call.func, ast.Attribute) and root_of(call.func) in self.temporaries:
            self._check_fresh(str(root_of(call.func)), call.func, call)
            return
        raise Refusal(why_foreign(call), call)

    def _reductions(self) -> Iterator[str]:
        for node in statements(self._node.body):
            for name in assigned_names(node):
                if name in self.local or node in self._chosen:
                    continue
                if not self.meaning.exists(name):
                    if not isinstance(node, ast.AugAssign):
                        raise carried(name, node)
                    raise Refusal(f"`{name}` has no value before the loop", node)
                yield name

    def _outputs(self) -> Iterator[str]:
        for node in statements(self._node.body):
            targets: list[ast.expr] = []
            if isinstance(node, ast.Assign):
                targets = [target for target in node.targets if not isinstance(target, ast.Name)]
            elif isinstance(node, ast.AugAssign | ast.AnnAssign):
                targets = [node.target]
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                targets = list(self._called(node.value))
            for target in targets:
                yield from self._output(target, node)

    def _called(self, call: ast.Call) -> Iterator[ast.expr]:
        """Yield what a call that is a statement changes; refuse what a task may look at."""
        meaning, function = self.meaning, call.func
        if meaning.is_known_call(call):
            return
        root = root_of(function)
        builtin = root in vars(builtins).keys() - self.local and meaning.is_builtin(str(root))
        if builtin and isinstance(function, ast.Name) and root in ("print", "display"):
            yield from (one.value for one in call.keywords if one.arg == "file")
            return
        if builtin:
            raise Refusal(f"{named(call)} may change what it is given", call)
        path = meaning.dotted(function)
        if path is not None and not path.startswith(_showing):
            raise Refusal(f"{named(call)} may change what tasks read", call)
        if path is None and isinstance(function, ast.Attribute):
            yield function

    def _output(self, target: ast.expr, node: ast.stmt) -> Iterator[str]:
        target = filled_by(target)
        if isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                bound = part.value if isinstance(part, ast.Starred) else part
                yield from self._output(bound, node)
            return
        root = root_of(target)
        if isinstance(target, ast.Name) and not isinstance(node, ast.Expr):
            if isinstance(node, ast.AugAssign) and root in self.temporaries:
                self._check_added(target.id, node)
            return
        if root in self.temporaries:
            self._check_fresh(root, target, node)
            return
        self._refuse_changed(root, target, node)
        if root is not None and root not in self.targets and self.meaning.path(root) is None:
            yield root

    def _refuse_changed(self, root: str | None, target: ast.expr, node: ast.stmt) -> None:
        """Refuse a change of what is no output."""
        text = ast.unparse(target)
        if root is None and isinstance(node, ast.Expr):  # a method of what a call returns
            cure = "call it in a function of yours, and that in the loop"
            raise Refusal(f"`{text}()` may change something: {cure}", node)
        if root is None:
            raise Refusal(f"`{text}` is changed", node)
        if root in self.targets:
            self._change_item(root, target, node)
        if isinstance(node, ast.AnnAssign):
            raise Refusal(f"`{text}` is given a type where it is assigned", node)
        if self.meaning.path(root) is not None and not isinstance(node, ast.Expr):
            raise Refusal(f"`{text}` may be what tasks read", node)

    def _change_item(self, name: str, target: ast.expr, node: ast.stmt) -> None:
        """Take a change of what the loop variable is, if no other name of the turn may be that."""
        cure = values_first(self._node, self.meaning)
        refusal = Refusal(f"`{name}`, the loop variable, is changed in place{cure}", node)
        values = given_names(self._node.body, self.temporaries)
        held = any(may_hold(value, name, self.meaning) for value in values)
        if held or not is_of_item(self._node, target, node):
            raise refusal
        called = isinstance(node, ast.Expr)
        attribute = target.attr if isinstance(target, ast.Attribute) and not called else ""
        self.items.append(Item(name, attribute, refusal.reason))

    def note_late(self, node: ast.stmt) -> None:
        """Note what a statement changes of the objects that the loop goes through."""
        changed = {one.name for one in changes_in([node], self.meaning)}
        self.late |= changed & {one.name for one in self.items}

    def _check_fresh(self, name: str, target: ast.expr, place: ast.AST) -> None:
        """Refuse to change a temporary in place that may be an object of the notebook's."""
        if not self._fresh.changed_by(name, target):
            raise Refusal(why_changed(name, target), place)
        if isinstance(place, ast.AugAssign):
            self._check_added(name, place)

    def _check_added(self, name: str, node: ast.AugAssign) -> None:
        """Refuse `name += ...`, or a part, where it may change an object of the notebook's."""
        flat = self._fresh.added_to(name, node)
        if flat is None:
            raise Refusal(f"`{name}` is changed in place", node)
        self.flat += flat

    def _refuse_mixed(self) -> None:
        """Refuse a statement that assigns a temporary, for the task, and changes something."""
        for node in statements(self._node.body):
            if isinstance(node, ast.Assign) and self.is_change(node):
                for name in sorted(self.temporaries.intersection(assigned_names(node))):
                    raise Refusal(f"`{name}` is assigned together with what is changed", node)

    def _refuse_iterated(self) -> None:
        """Refuse a loop that changes what it, or a loop in it, iterates over."""
        node = self._node
        function = node.iter.func if isinstance(node.iter, ast.Call) else None
        if isinstance(function, ast.Name) and function.id in _COPIED:
            return
        for name in read_names(node.iter):
            if name in self.changed:
                text = f"`{name}` is what the loop iterates over, and is changed"
                raise Refusal(text + values_first(node, self.meaning, name), node)
        # A generator of the user's, which runs on in each turn.
        for call in calls_in(node.iter):
            if isinstance(call.func, ast.Name):
                self._refuse_changer(call)
                self._refuse_reader(call.func, f"{call.func.id}()")

    def _refuse_through(self) -> None:
        """Refuse functions, and objects, whose code reads names that the loop changes."""
        for part in self._node.body:
            for call in calls_in(part):
                self._refuse_changer(call)
                if isinstance(call.func, ast.Name):
                    self._refuse_reader(call.func, f"{call.func.id}()")
            for inner in ast.walk(part):
                if isinstance(inner, ast.Name) and inner.id not in self.local:
                    self._refuse_reader(inner, inner.id)

    def _refuse_changer(self, call: ast.Call) -> None:
        if text := self.meaning.changed_by(call):
            raise Refusal(text, call)

    def _refuse_reader(self, read: ast.Name, quoted: str) -> None:
        """Refuse what reads, by itself, names that the loop assigns or changes."""
        found = (self.local | self.changed).intersection(self.meaning.through(read.id))
        for name in sorted(found - {read.id}):
            raise Refusal(f"`{quoted}` reads `{name}`, which the loop changes", read)


def _assigned_targets(loop: ast.For, targets: Collection[str]) -> set[str]:
    """Find the loop variables that each turn assigns before anything may keep the item itself.

    These are temporaries: the notebook needs no item for them, but what a turn has made of it.
    """
    found: set[str] = set()
    kept: set[str] = set()
    for node in loop.body:
        if _binds_names(node):
            found |= {*targets}.intersection(assigned_names(node)) - kept
        for inner in statements([node]):
            for name in assigned_names(inner):
                if name in targets and name not in found:
                    raise Refusal(f"`{name}` is the loop variable, and is assigned", inner)
            if not (_binds_names(inner) or isinstance(inner, ast.If | ast.For)):
                kept |= names_read_by(inner)
    return found


def _binds_names(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and all(is_names(target) for target in node.targets)
