"""Writes the body of a loop as a function that runs one turn, and writes changes down.

Of a loop with the body `y = f(x); total += y` it is, but for what is there for failures:

    def __task__(x, last):
        log = []
        for once in (0,):  # which a `continue` of the body ends
            y = f(x)
            log.append((0, None, y))  # for `changes[0]`, which is `total += _parmagic_0`
        return log, {...}  # with the temporaries that the notebook needs
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from parmagic.plan.cells.asked import asked_before
from parmagic.plan.cells.lines import Lines
from parmagic.plan.cells.moment import Moments
from parmagic.plan.cells.temporaries import HAVING, PLAIN, PYTHON, SMALL
from parmagic.plan.cells.turns import Turns
from parmagic.plan.effects.targets import is_bare, root_of
from parmagic.plan.names import read_names
from parmagic.plan.reason import Refusal

LOG = "_parmagic_log"  # in the function: the changes of the turn, each a number and values
LAST = "_parmagic_last"  # its last parameter: whether the turn is the last
TURN = "_parmagic_turn"  # on an exception: what the turn did before it
_COPY = "_parmagic_copy"


class BodyWriter:
    """Writes the function of one loop; `changes` are the statements for the notebook."""

    def __init__(self, loop: ast.For, turns: Turns, *, guarded: bool) -> None:
        self._wanted = ("True", "True") if guarded else (PLAIN, SMALL)
        self.changes: list[ast.stmt] = []
        self.settled: list[tuple[str, ...]] = []
        self._loop = loop
        self._turns = turns
        self._moments = Moments(loop.body, turns.temporaries, turns.meaning)
        self._written: ast.stmt = loop  # the change that is being written down
        parameters = ", ".join([*turns.targets, LAST])
        head = [
            f"def __task__({parameters}):",
            f"    import builtins as {PYTHON}, copy as {_COPY}",
            f"    {LOG} = []",
            "    try:",
            "        for _parmagic_once in (0,):",
        ]
        self._first = loop.body[0].lineno - len(head)
        self._lines = Lines(self._first, head)

    def function(self) -> tuple[str, int]:
        """Write the function; return its source, and the line of the cell that its first is."""
        self._body(self._loop.body, 3)
        always = tuple(sorted(self._turns.always))
        sometimes = tuple(sorted(self._turns.temporaries - self._turns.always))
        wanted = f"{sometimes} or name in {always} and ({LAST} or {self._wanted[1]})"
        source = self._lines.end(
            f"    except {PYTHON}.BaseException as _parmagic_error:",
            # Not as an attribute: an exception may be frozen.
            f"        _parmagic_error.__dict__[{TURN!r}] = {LOG}, {HAVING}{always + sometimes}}}",
            "        raise",
            f"    return {LOG}, {HAVING}{wanted}}}",
        )
        return source, self._first

    def _body(self, body: Sequence[ast.stmt], depth: int) -> None:
        for node in body:
            self._statement(node, depth)

    def _statement(self, node: ast.stmt, depth: int) -> None:
        turns = self._turns
        if node in turns.choices:
            self._choice(node, depth)
        elif isinstance(node, ast.If):
            self._if("if", node, depth)
        elif isinstance(node, ast.For):
            turns.check(node.iter)
            turns.note_late(node)
            head = f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}:"
            self._head(head, node.lineno, depth, node.body)
        elif is_bare(node):  # in a function, it would make the name one of its own
            self._lines.add("pass", node.lineno, depth)
            self._annotation(node, depth)
        elif turns.is_change(node):
            self._change(node, depth)
            turns.note_late(node)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    turns.check(child)
            self._lines.add(ast.unparse(node), node.lineno, depth)
            self._annotation(node, depth)

    def _annotation(self, node: ast.stmt, depth: int) -> None:
        """Note the type that a statement says a name has, for the notebook's `__annotations__`."""
        if not isinstance(node, ast.AnnAssign) or not node.simple:
            return
        if self._turns.local.isdisjoint(read_names(ast.unparse(node.annotation))):
            bare = ast.AnnAssign(node.target, node.annotation, None, node.simple)
            self._note(node, ast.copy_location(bare, node), [], depth)

    def _if(self, word: str, node: ast.If, depth: int) -> None:
        self._turns.check(node.test)
        self._head(f"{word} {ast.unparse(node.test)}:", node.lineno, depth, node.body)
        other = node.orelse[0] if len(node.orelse) == 1 else None
        if isinstance(other, ast.If) and other not in self._turns.choices:
            self._if("elif", other, depth)
        elif node.orelse:
            self._head("else:", self._lines.next, depth, node.orelse)

    def _head(self, text: str, line: int, depth: int, body: Sequence[ast.stmt]) -> None:
        """Write the head of a block, and the block: on the same line, if it is so in the cell."""
        beside = not any(isinstance(one, ast.If | ast.For) or one.lineno != line for one in body)
        self._lines.begin(text, line, depth, beside=beside)
        self._body(body, depth + 1)

    def _change(self, node: ast.stmt, depth: int) -> None:
        """Write a change down: its number and the values it needs."""
        change = copy.deepcopy(node)
        values: list[ast.expr] = []
        asks: ast.expr | None = None  # what may be asked for before the values
        indices = 0  # how many of the values are for that
        self._written = node
        if isinstance(change, ast.Assign):
            change.value = self._split(change.value, values)
            change.targets = [self._target(target, values) for target in change.targets]
        elif isinstance(change, ast.AugAssign):
            # Python reads the target before it evaluates the value: the index comes first.
            target = self._target(change.target, values)
            assert isinstance(target, ast.Name | ast.Attribute | ast.Subscript)  # noqa: S101
            change.target = target
            asks, indices = target, len(values)
            change.value = self._split(change.value, values)
        elif isinstance(change, ast.Expr) and isinstance(change.value, ast.Call):
            call = change.value
            call.func = self._target(call.func, values)
            asks, indices = call.func, len(values)
            call.args = [self._split(argument, values) for argument in call.args]
            for keyword in call.keywords:
                stream = keyword.arg == "file" and isinstance(call.func, ast.Name)
                split = self._target if stream else self._split
                keyword.value = split(keyword.value, values)
        asked = asked_before(asks, values[indices:]) if asks else None
        if asked is None:
            self._note(node, change, values, depth)
            return
        # That may fail first, or make an entry of a `defaultdict` that stays if the values fail. So
        # it is noted before they are evaluated, in the place of the change.
        names = [ast.Name(f"{LOG}_{place}") for place in range(indices)]
        first = self._entry(node, asked, [*map(ast.NamedExpr, names, values)])
        then = self._entry(node, change, [*names, *values[indices:]])
        self._lines.add(f"{LOG}.append({first}); {LOG}[-1] = {then}", node.lineno, depth)

    def _choice(self, node: ast.stmt, depth: int) -> None:
        """Write an `if` down that the notebook runs: its number, and the temporaries it reads."""
        change, values = copy.deepcopy(node), dict[str, ast.expr]()
        for inner in ast.walk(change):
            if isinstance(inner, ast.Name) and inner.id in self._turns.temporaries:
                if place := self._moments.changed_after(node, inner.id):
                    raise Refusal(f"`{inner.id}` is changed in place after it was used", place)
                values.setdefault(inner.id, ast.Name(inner.id, ast.Load()))
                inner.id = f"_parmagic_{[*values].index(inner.id)}"
        self._note(node, change, [*values.values()], depth)

    def _note(
        self, node: ast.stmt, change: ast.stmt, values: Sequence[ast.expr], depth: int
    ) -> None:
        entry = self._entry(node, change, values)
        self._lines.add(f"{LOG}.append({entry})", node.lineno, depth)

    def _entry(self, node: ast.stmt, change: ast.stmt, values: Sequence[ast.expr]) -> str:
        """Write what is noted of a change, which is a copy of a node with placeholders."""
        number = len(self.changes)
        self.changes.append(ast.fix_missing_locations(change))
        # What a later statement assigns: should the change fail, it is as it was.
        moving = self._turns.moving_at(node)
        self.settled.append(tuple(sorted(self._turns.temporaries.difference(moving))))
        now = f"{HAVING}{moving} and {self._wanted[0]}}}" if moving else "None"
        return f"({number}, {now}{''.join(f', {ast.unparse(value)}' for value in values)})"

    def _target(self, node: ast.expr, values: list[ast.expr]) -> ast.expr:
        """Keep what is assigned to, or called, and take the indices from the task."""
        if isinstance(node, ast.Name):
            items = {one.name for one in self._turns.items}
            if node.id in self._turns.local - items and isinstance(node.ctx, ast.Load):
                raise Refusal(f"`{node.id}` is called or changed", node)
            return node
        if isinstance(node, ast.Attribute):
            node.value = self._target(node.value, values)
        elif isinstance(node, ast.Subscript):
            node.value = self._target(node.value, values)
            node.slice = self._index(node.slice, values)
        elif isinstance(node, ast.Tuple | ast.List):
            node.elts = [self._target(part, values) for part in node.elts]
        elif isinstance(node, ast.Call):  # `found.setdefault(key, [])`
            node.func = self._target(node.func, values)
            node.args = [self._split(part, values, copied=False) for part in node.args]
        else:
            raise Refusal(f"`{ast.unparse(node)}` is changed", node)
        return node

    def _index(self, node: ast.expr, values: list[ast.expr]) -> ast.expr:
        if isinstance(node, ast.Slice):
            for name in ("lower", "upper", "step"):
                part = getattr(node, name)
                setattr(node, name, None if part is None else self._split(part, values))
            return node
        if isinstance(node, ast.Tuple):
            node.elts = [self._index(part, values) for part in node.elts]
            return node
        return self._split(node, values, copied=False)

    def _split(self, node: ast.expr, values: list[ast.expr], *, copied: bool = True) -> ast.expr:
        """Put a placeholder where a task has the value; what reads changed names stays."""
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.Starred | ast.FormattedValue):
            node.value = self._split(node.value, values, copied=copied)
            return node
        changed = self._changed_in(node)
        if not changed:
            return self._unchanged(node, values, copied=copied)
        self._refuse_own(node)
        if isinstance(node, ast.Name):
            return node
        if not isinstance(
            node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Call | ast.Tuple | ast.List
            | ast.JoinedStr | ast.Attribute | ast.Subscript
        ):  # fmt: skip
            raise self._turns.read_late(min(changed), node)
        if isinstance(node, ast.Call):
            node.args = [self._split(argument, values) for argument in node.args]
            for keyword in node.keywords:
                keyword.value = self._split(keyword.value, values)
        elif isinstance(node, ast.Subscript):
            node.value = self._split(node.value, values)
            node.slice = self._index(node.slice, values)
        else:
            self._split_parts(node, values)
        return node

    def _unchanged(self, node: ast.expr, values: list[ast.expr], *, copied: bool) -> ast.expr:
        """Leave an object of the notebook there, where it is no copy; take the rest from a task."""
        if self._is_there(node):
            if isinstance(node, ast.Subscript):
                node.slice = self._index(node.slice, values)
            if isinstance(node, ast.Subscript | ast.Attribute):
                node.value = self._unchanged(node.value, values, copied=copied)
            return node
        parts = isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
        if parts and any(map(self._is_there, ast.iter_child_nodes(node))):
            self._split_parts(node, values)
            return node
        self._turns.check(node)
        name = ast.Name(f"_parmagic_{len(values)}", ast.Load())
        if copied and self._moments.must_copy(self._written, node):
            function = ast.Attribute(ast.Name(_COPY, ast.Load()), "copy", ast.Load())
            values.append(ast.Call(function, [node], []))
        else:
            values.append(node)
        return ast.copy_location(name, node)

    def _is_there(self, node: ast.AST) -> bool:
        """Tell whether an expression is an object of the notebook, or a part of one."""
        turns = self._turns
        root = root_of(node) if isinstance(node, ast.expr) else None
        if root is None or isinstance(node, ast.Starred) or root in turns.temporaries:
            return False
        return isinstance(node, ast.Name) or turns.meaning.path(root) is None

    def _split_parts(self, node: ast.expr, values: list[ast.expr]) -> None:
        for field, value in ast.iter_fields(node):
            if isinstance(value, ast.expr):
                setattr(node, field, self._split(value, values))
            elif isinstance(value, list):
                parts = [self._split(e, values) if isinstance(e, ast.expr) else e for e in value]
                setattr(node, field, parts)

    def _refuse_own(self, node: ast.expr) -> None:
        """Refuse a call of the user's that reads what earlier turns have changed."""
        meaning = self._turns.meaning
        for inner in ast.walk(node):
            if not isinstance(inner, ast.Call):
                continue
            changed = self._changed_in(inner)
            root = root_of(inner.func)
            if changed and (
                meaning.is_own_call(inner) or not (meaning.is_pure_call(inner) or root in changed)
            ):
                raise self._turns.read_late(min(changed), inner)

    def _changed_in(self, node: ast.expr) -> set[str]:
        return (self._turns.changed | self._turns.late).intersection(read_names(node))
