"""Puts runs into the places of a statement's comprehensions and loops whose parts are tasks."""

from __future__ import annotations

import ast
import copy
import dataclasses
from collections.abc import Sequence
from typing import NamedTuple, cast

from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.cells.bindings import COMPOUND
from parmagic.plan.cells.clauses import bound_by, called_in, conditions_of
from parmagic.plan.cells.comprehension import ComprehensionReader, Kind, Mapped
from parmagic.plan.cells.each import Each, each_of
from parmagic.plan.cells.iterated import asks, is_ahead, of_run, rest_of
from parmagic.plan.cells.loop import Loop, read_loop
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import names_in, root_of, stored_names
from parmagic.plan.effects.walks import called_name, running
from parmagic.plan.names import free_names
from parmagic.plan.quote import Quote
from parmagic.plan.reason import Reason, Refusal

_READ = """
    sum max min sorted dict tuple list set frozenset bytes bytearray join extend update fromiter
    Counter deque OrderedDict fsum prod mean fmean median stdev pstdev variance pvariance
    concat DataFrame Series
"""
_EAGER = frozenset(_READ.split())
_SHORT = frozenset({"any", "all"})  # they may stop before the end
_KINDS: dict[type[ast.AST], Kind] = {
    ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict", ast.GeneratorExp: "generator",
}  # fmt: skip


class Rewritten(NamedTuple):
    """A statement, or an expression, with runs in the places of its comprehensions."""

    node: ast.AST
    maps: tuple[Mapped | Loop, ...]
    reasons: tuple[Reason, ...]
    refused: frozenset[ast.AST]  # what of it the reasons are of
    spelled: tuple[ast.expr, ...]  # as comprehensions: what is called for each item elsewhere


def rewrite(node: ast.AST, meaning: Meaning, first: int, quote: Quote) -> Rewritten:
    """Put runs into the places of comprehensions; `first` is the number of the first of them."""
    rewriter = _Rewriter(meaning, first, quote)
    return Rewritten(
        rewriter.rewritten(node) if rewriter.concerns(node) else node,
        tuple(rewriter.maps),
        tuple(rewriter.reasons),
        frozenset(rewriter.refused),
        tuple(rewriter.spelled),
    )


class _Rewriter(ast.NodeTransformer):
    def __init__(self, meaning: Meaning, first: int, quote: Quote) -> None:
        self.maps: list[Mapped | Loop] = []
        self.reasons: list[Reason] = []
        self.refused: set[ast.AST] = set()
        self.spelled: list[ast.expr] = []
        self._whole = ast.AST()  # what is rewritten, a statement or an expression
        self._meaning = meaning
        self._first = first
        self._quote = quote
        self._opened: set[str] = set()  # files that are closed where what is around it ends
        self._guarded = False  # whether what is visited may fail without the end of the cell
        self._consumers: dict[ast.AST, str] = {}  # of generator expressions
        self._growing: dict[ast.AST, str] = {}  # what grows while they are read

    def rewritten(self, node: ast.AST) -> ast.AST:
        """Return a copy of a node with runs in it."""
        self._whole = copy.deepcopy(node)
        return cast("ast.AST", self.visit(self._whole))

    def concerns(self, node: ast.AST) -> bool:
        """Tell whether any comprehension in `node` calls an own function for its elements."""
        return any(isinstance(one, ast.For) or self._is_wanted(one) for one in running(node))

    def _is_wanted(self, node: ast.AST) -> bool:
        if not isinstance(node, Comprehension):
            return each_of(node, self._meaning) is not None
        parts = [*elements_of(node), *conditions_of(node)]
        return called_in(parts, node, self._meaning)

    def _leave(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = _leave  # noqa: N815 - named by their nodes
    visit_ClassDef = visit_Lambda = _leave  # noqa: N815 - as above

    def _visit_guarded(self, node: ast.AST) -> ast.AST:
        around = self._guarded, self._opened
        opened = _opened_by(node) if isinstance(node, ast.With) else set[str]()
        self._guarded, self._opened = True, opened
        self.generic_visit(node)
        self._guarded, self._opened = around
        return node

    def _visit_try(self, node: ast.Try | ast.TryStar) -> ast.AST:
        first = len(self.maps)
        self._visit_guarded(node)
        for handler in node.handlers if len(self.maps) > first else ():
            handler.body.insert(0, ast.copy_location(ast.Expr(of_run("caught")), handler))
        return ast.fix_missing_locations(node)

    visit_With = _visit_guarded  # noqa: N815 - named by their nodes
    visit_Try = visit_TryStar = _visit_try  # noqa: N815 - as above

    def visit_For(self, node: ast.For) -> ast.AST:
        read = read_loop(node, self._meaning, self._quote, guarded=self._guarded)
        if isinstance(read, Reason):
            self.reasons.append(read)
            self.refused.add(node)
        if not isinstance(read, Loop):
            return self.generic_visit(node)
        number = self._first + len(self.maps)
        self.maps.append(read)
        iterated = cast("ast.expr", self.visit(node.iter))
        ahead = is_ahead(node.iter, self._meaning) and not read.objects.items
        made = self._turns(number, read, node.target, iterated if ahead else rest_of())
        alone = self._alone(node.iter, node.body)
        conditions: list[ast.expr] = [] if ahead else [asks(number, iterated, *alone)]
        if node is not self._whole:
            conditions.append(of_run("may_run", ast.Constant(number)))
        if read.objects:
            again = of_run("iterated", ast.Constant(1))
            items = [_items(read, node.target, again)] if read.objects.items else []
            conditions.append(of_run("may_turn", ast.Constant(number), *items))
        for one in conditions:
            ast.copy_location(one, node.target)
        if conditions:  # only the values tell whether its turns may be tasks
            node.iter = copy.deepcopy(iterated) if ahead else rest_of()
            self._serially(node.body)
            self.refused.add(node)  # when it runs, it is named
            both = ast.BoolOp(ast.And(), conditions)
            made = ast.If(both if len(conditions) > 1 else conditions[0], [made], [node])
        return ast.fix_missing_locations(ast.copy_location(made, node))

    def _turns(self, number: int, read: Loop, target: ast.expr, iterated: ast.expr) -> ast.stmt:
        made = ast.Expr(of_run("turns", ast.Constant(number), _items(read, target, iterated)))
        # Python takes what calls a method over several lines to be at the last of them.
        return ast.copy_location(made, target)

    def _serially(self, body: list[ast.stmt]) -> None:
        """Rewrite the body of a loop for the case that its turns are no tasks."""
        first, said, refused = len(self.maps), len(self.reasons), set(self.refused)
        body[:] = [self.visit(node) for node in body]
        # How the loop is read is shown; this is only for what the loop may iterate over.
        self.maps[first:] = [dataclasses.replace(one, spare=True) for one in self.maps[first:]]
        del self.reasons[said:]
        self.refused = refused

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else ""
        if isinstance(function, ast.Name):
            known = self._meaning.is_builtin(function.id) or self._meaning.path(function.id)
            name = function.id if known else ""
        for argument in node.args[:1]:
            self._consumers[argument] = name
            if name in ("extend", "update"):
                self._growing[argument] = root_of(function) or ""
        each = each_of(node, self._meaning)
        self.generic_visit(node)
        if each is None or (each.waits and self._consumers.get(node) not in _EAGER):
            return node
        return self._each(each)

    def _each(self, each: Each) -> ast.AST:
        """Have tasks call what a call calls for each item, if they could as a comprehension."""
        call, number = each.call, self._first + len(self.maps)
        self._growing[each.spelled] = self._growing.get(call, "")
        try:
            self._refuse_growing(each.spelled)
            _, read = self._read(each.spelled, "generator")
            whole = bound_by(each.spelled.generators) == read.parameters
            if read.kept or not whole:
                raise Refusal("a part of its element stays in the notebook", call)
        except Refusal as refusal:
            self.reasons.append(refusal.reason)
            self.refused.add(call)
            return call
        iterates = ", ".join(map(self._quote, each.items))
        text = dataclasses.replace(read, text=self._quote(call), iterates=iterates)
        self.maps.append(text)
        self.spelled.append(each.spelled)
        return ast.fix_missing_locations(each.with_runs(number))

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        self._consumers[node.value] = "list"  # `f(*(...))` reads all of it before the call
        return self.generic_visit(node)

    def _visit_comprehension(self, node: Comprehension) -> ast.AST:
        if not self._is_wanted(node):
            return self.generic_visit(node)
        consumer = self._consumers.get(node, "")
        kind = _KINDS[type(node)]
        try:
            if isinstance(node, ast.GeneratorExp):
                if consumer not in _EAGER | _SHORT:
                    raise Refusal("nobody knows how far a generator is read: use a list", node)
                kind = "short" if consumer in _SHORT else kind
                self._refuse_growing(node)
            plain = copy.deepcopy(node) if isinstance(self._whole, COMPOUND) else node
            made, mapped = self._read(node, kind)
        except Refusal as refusal:
            self.reasons.append(refusal.reason)
            self.refused.add(node)
            return node
        self.maps.append(mapped)
        if isinstance(made, ast.IfExp):
            clauses = [part for one in node.generators for part in (one.iter, *one.ifs)]
            cast("ast.Call", made.test).args += self._alone(
                clauses[0], [*elements_of(node), *clauses[1:]]
            )
            self.refused.add(made.orelse)
        if isinstance(self._whole, COMPOUND):
            number = ast.Constant(self._first + len(self.maps) - 1)
            made = ast.IfExp(of_run("may_run", number), cast("ast.expr", made), plain)
            self.refused.add(plain)
        return ast.fix_missing_locations(ast.copy_location(made, node))

    visit_ListComp = visit_SetComp = _visit_comprehension  # noqa: N815 - as above
    visit_DictComp = visit_GeneratorExp = _visit_comprehension  # noqa: N815 - as above

    def _read(self, node: Comprehension, kind: Kind) -> tuple[ast.AST, Mapped]:
        """Take a comprehension apart; its conditions stay in the notebook if only elements can."""
        number = self._first + len(self.maps)

        def read(*, asks: bool) -> tuple[ast.AST, Mapped]:
            own = copy.deepcopy(node)
            return ComprehensionReader(own, kind, self._meaning, self._quote, asks=asks).read(
                number
            )

        if not called_in(conditions_of(node), node, self._meaning):
            return read(asks=False)
        try:
            return read(asks=True)
        except Refusal:
            if not called_in(elements_of(node), node, self._meaning):
                raise
            return read(asks=False)

    def _alone(self, iterated: ast.expr, parts: Sequence[ast.AST]) -> list[ast.expr]:
        """Write the names of files that nothing reads but what iterates over them."""
        read = set[str]().union(*map(names_in, parts))
        alone = self._opened & names_in(iterated) - read.union(*map(self._meaning.through, read))
        return [ast.Constant(name) for name in sorted(alone)]

    def _refuse_growing(self, node: ast.GeneratorExp) -> None:
        """Refuse a generator that reads what it is read into, element by element."""
        name = self._growing.get(node)
        if not name:
            return
        # Its first iterable is asked for its items before anything grows.
        clauses = [part for one in node.generators for part in (one.iter, *one.ifs)][1:]
        read = {each for part in (node.elt, *clauses) for each in free_names(part)}
        if name in read.union(*map(self._meaning.through, read)):
            raise Refusal(f"`{name}` grows while the generator is read: use a list", node)


def _opened_by(node: ast.With) -> set[str]:
    """Name the files that a `with` opens, and closes when it ends."""
    names = set[str]()
    for one in node.items:
        match one:
            case ast.withitem(ast.Call(func=function), ast.Name(id=name)):
                names |= {name} if called_name(function) == "open" else set()
    return names - {*stored_names(*node.body)}


def _items(read: Loop, target: ast.expr, iterated: ast.expr) -> ast.expr:
    """Write the tuples of loop variables that the tasks of a loop are given."""
    variables = ast.Tuple([ast.Name(name, ast.Load()) for name in read.parameters], ast.Load())
    return ast.GeneratorExp(variables, [ast.comprehension(target, iterated, [], 0)])
