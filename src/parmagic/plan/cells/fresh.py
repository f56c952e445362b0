"""Whether a temporary that is changed in place is an object of its turn, or one of the notebook's.

An object of the notebook would be changed by each task in a copy, or out of the serial order.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, cast

from parmagic.modules.bound import assigned
from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.effects.called import IN_PLACE
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import base_of, depth_of, root_of, stored_names
from parmagic.plan.effects.walks import given_to, statements

_NUMBERS = frozenset(
    ("int", "float", "complex", "bool", "str", "bytes", "len", "repr", "abs", "round", "hash",
     "ord", "chr", "format", "isinstance", "bytearray", "range")
)  # fmt: skip
_NEW = ast.Constant | ast.JoinedStr | ast.Compare | ast.Lambda
_HOLDING = ast.Name | ast.Tuple | ast.List | ast.Set | ast.Dict | Comprehension
_NEW_FROM = (
    "math.", "statistics.", "copy.deepcopy", "random.Random", "numpy.random.",
    "collections.defaultdict",
)  # fmt: skip
_COPIES = frozenset(
    ("list", "dict", "set", "sorted", "tuple", "frozenset", "Counter", "deque", "OrderedDict")
)
_MEASURES = frozenset(("mean", "std", "var", "sum", "count", "index", "copy", "tolist", "split"))
# Functions of numpy whose value may be their argument, or a view of it.
_VIEWS = """
    asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite ravel reshape transpose
    permute_dims matrix_transpose swapaxes squeeze expand_dims atleast_1d atleast_2d atleast_3d
    broadcast_to broadcast_arrays diagonal moveaxis rollaxis real imag split array_split hsplit
    vsplit dsplit unstack flip fliplr flipud rot90 nan_to_num require astype real_if_close
    frombuffer meshgrid asmatrix trim_zeros
"""
_views = frozenset(_VIEWS.split())


class Flat(NamedTuple):
    """What the notebook's value of a name must be, or a turn might change a part of it."""

    name: str
    depth: int  # how far inside of it what a turn changes may be
    method: str  # which what is there must not have: `__iadd__`, which would change it in place
    temporary: str
    line: int


class Fresh:
    """Follows the temporaries of a loop to what they are made of."""

    def __init__(
        self,
        loop: ast.For,
        local: Collection[str],
        temporaries: Collection[str],
        assigned: Collection[str],
        meaning: Meaning,
    ) -> None:
        self._loop = loop
        self._local = local
        self._temporaries = temporaries
        self._assigned = assigned  # loop variables that are: an item, or something else
        self._meaning = meaning
        # Of the question that is being answered: what was asked, and what notes a value of the
        # notebook that must be flat for a "yes"; None if no such value may be.
        self._asked: set[tuple[str, int]] = set()
        self._suppose: Callable[[str, int], None] | None = None

    def changed_by(self, name: str, target: ast.expr) -> bool:
        """Tell whether the part of a temporary that a statement changes is the turn's own."""
        self._asked, self._suppose = set(), None
        return self._is_own_name(name, max(depth_of(target), 0))

    def added_to(self, name: str, node: ast.AugAssign) -> list[Flat] | None:
        """Say what must be so in the notebook for `name[i] += ...` to change nothing there."""
        method = IN_PLACE[type(node.op)]
        found: list[Flat] = []

        def suppose(outside: str, depth: int) -> None:
            found.append(Flat(outside, depth, method, name, node.lineno))

        self._asked, self._suppose = set(), suppose
        depth = depth_of(node.target) + 1
        if not depth:
            return found if self._is_own_name(name, 0) else None
        values = self._values(name, parts=True)
        own = all(self._holds_own(value, inside + depth) for value, inside in values)
        return found if own else None

    def _holds_own(self, value: ast.expr, depth: int) -> bool:
        """Tell whether what was put into a temporary may be added to there: `row["n"] += 1`."""
        if self._meaning.is_own_call(value):
            held = self._meaning.holds(cast("ast.Call", value))
            return held is not None and self._all(held, depth - 1)
        return not isinstance(value, _HOLDING) or self._is_own(value, depth)

    def _is_own_name(self, name: str, depth: int) -> bool:
        if name in self._assigned:
            return False
        if (name, depth) in self._asked:
            return True
        self._asked.add((name, depth))
        values = self._values(name, parts=depth > 0)
        return all(self._is_own(value, inside + depth) for value, inside in values)

    def _values(self, name: str, *, parts: bool) -> Iterator[tuple[ast.expr, int]]:
        """Yield what a temporary is assigned, or has put into it, and how far inside it is."""
        for node in statements(self._loop.body):
            if isinstance(node, ast.For) and name in stored_names(node.target):
                yield from _items(node.target, node.iter, name)
            for target, value in assigned(node):
                yield from _given(target, value, name)
            if parts:
                yield from _put_into(node, name)

    def _is_own(self, value: ast.expr, depth: int) -> bool:
        """Tell whether all that is `depth` steps inside of a value is an object of the turn's."""
        if isinstance(value, _NEW) or depth < 0:
            return True
        if isinstance(value, ast.Call):
            return self._is_made(value, depth)
        made_of = _made_of(value, depth)
        if made_of is None:
            return self._is_part(value, depth)
        return all(self._is_own(one, inside) for one, inside in made_of)

    def _all(self, values: Sequence[ast.expr], depth: int) -> bool:
        return all(self._is_own(value, depth) for value in values)

    def _is_made(self, call: ast.Call, depth: int) -> bool:
        """Tell whether what a call returns is new."""
        meaning, function = self._meaning, call.func
        if meaning.is_own_call(call):
            # What a function of the user's adds up is its own as a rule; a container may be any.
            return self._suppose is not None or (depth == 0 and meaning.makes_new(call))
        path = meaning.dotted(function) or ""
        given = given_to(call)
        name = function.id if isinstance(function, ast.Name) else path.rpartition(".")[2]
        if name in _NUMBERS or path.startswith(_NEW_FROM):
            return True
        if path.startswith("numpy."):
            same = {"out", "copy"} & {one.arg for one in call.keywords}
            return (name not in _views and not same) or self._perhaps(given, depth)
        measured = not path and isinstance(function, ast.Attribute) and function.attr in _MEASURES
        if name in _COPIES or path == "copy.copy" or measured:
            return depth == 0 or (not measured and self._all(given, depth))
        if isinstance(function, ast.Attribute) and not path:
            given = [*given, ast.Subscript(function.value, ast.Constant(0), ast.Load())]
        elif name in ("max", "min", "next", "sum") and len(call.args) == 1:
            given = [ast.Subscript(one, ast.Constant(0), ast.Load()) for one in given]
        return self._perhaps(given, depth)

    def _perhaps(self, values: Sequence[ast.expr], depth: int) -> bool:
        """Suppose that what a call returns, of what it is given, cannot be changed."""
        return self._suppose is not None and self._all(values, depth)

    def _is_part(self, value: ast.expr, depth: int) -> bool:
        """Tell whether a name, or a part of what it is, is the turn's own."""
        inside, base = depth + _steps(value), base_of(value)
        if not isinstance(base, ast.Name):
            return base is not value and self._is_own(base, inside)
        root = base.id
        if root in self._temporaries:
            return self._is_own_name(root, inside)
        if self._suppose is None or root in self._assigned:
            return False
        if root in self._local:  # the loop variable
            items = _items(self._loop.target, self._loop.iter, root)
            return all(self._is_own(one, steps + inside) for one, steps in items)
        if self._meaning.path(root) is None:
            self._suppose(root, inside)
        return True


def _made_of(value: ast.expr, depth: int) -> list[tuple[ast.expr, int]] | None:
    """List what must be the turn's own for what is inside of a value to be so; None if unknown."""
    if isinstance(value, ast.Starred):
        return [(value.value, depth + 1)]
    if isinstance(value, ast.IfExp | ast.BoolOp):
        either = value.values if isinstance(value, ast.BoolOp) else [value.body, value.orelse]
        return [(one, depth) for one in either]
    if isinstance(value, ast.BinOp | ast.UnaryOp):
        parts = [value.left, value.right] if isinstance(value, ast.BinOp) else [value.operand]
        return [(one, depth) for one in parts if depth > 0]
    if isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict):
        parts = value.values if isinstance(value, ast.Dict) else value.elts
        return [(one, depth - 1) for one in parts]
    if isinstance(value, Comprehension):
        return [(elements_of(value)[-1], depth - 1)]
    return None


def _given(target: ast.expr, value: ast.expr, name: str) -> Iterator[tuple[ast.expr, int]]:
    """Yield what a target gives to a name."""
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value, 0
    elif isinstance(target, ast.Tuple | ast.List):
        given = value.elts if isinstance(value, ast.Tuple | ast.List) else []
        starred = any(isinstance(one, ast.Starred) for one in target.elts)
        for place, part in enumerate(target.elts):
            if len(given) == len(target.elts) and not starred:
                yield from _given(part, given[place], name)
            elif isinstance(part, ast.Starred):
                listed = ast.List([ast.Starred(value, ast.Load())], ast.Load())
                yield from _given(part.value, listed, name)
            else:
                yield from ((one, inside + 1) for one, inside in _given(part, value, name))


def _items(target: ast.expr, iterated: ast.expr, name: str) -> Iterator[tuple[ast.expr, int]]:
    """Yield of what a loop gives the items to a name, and how far inside of it they are."""
    paired, given = False, [iterated]
    while isinstance(call := given[0] if given else None, ast.Call):
        function = call.func
        called = function.attr if isinstance(function, ast.Attribute) else ast.unparse(function)
        if called == "range":
            return
        if isinstance(function, ast.Attribute) and called in ("items", "values", "keys"):
            given = [function.value]
        elif called in ("enumerate", "zip", "reversed", "sorted", "list", "tuple", "iter"):
            given = call.args
        else:
            break
        paired = paired or called in ("enumerate", "zip", "items")
    for one in given:
        for value, inside in _given(target, one, name):
            yield value, max(inside + (0 if paired else 1), 1)


def _put_into(node: ast.stmt, name: str) -> Iterator[tuple[ast.expr, int]]:
    """Yield what a statement puts into a temporary; how far outside of it, as a number below 0."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if not isinstance(target, ast.Name) and root_of(target) == name:
                yield node.value, -1 - depth_of(target)
    elif isinstance(node, ast.AugAssign) and root_of(node.target) == name:
        yield node.value, -1 - depth_of(node.target)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        method = node.value.func
        if isinstance(method, ast.Attribute) and root_of(method) == name:
            parts = method.attr in ("extend", "update", "extendleft")
            inside = -1 - depth_of(method) + parts
            yield from ((value, inside) for value in node.value.args)


def _steps(value: ast.expr) -> int:
    """Count how far inside of a name's object an expression is; a slice is as far as all of it."""
    steps = 0
    while isinstance(value, ast.Attribute | ast.Subscript):
        if isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Tuple):
            steps += sum(not isinstance(one, ast.Slice) for one in value.slice.elts)
        elif not (isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice)):
            steps += 1
        value = value.value
    return steps
