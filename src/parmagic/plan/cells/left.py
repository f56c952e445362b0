"""Names the calls of own functions that a statement leaves in the notebook, and says why."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from parmagic.modules.source import Comprehension, Function
from parmagic.plan.cells.clauses import bound_by
from parmagic.plan.cells.cures import calls_given, why_given
from parmagic.plan.cells.iterated import is_asked
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import root_of
from parmagic.plan.effects.walks import named
from parmagic.plan.reason import Reason

_WORDS: dict[type[ast.AST], str] = {
    ast.If: "if", ast.While: "while", ast.For: "for", ast.With: "with", ast.Try: "try",
    ast.TryStar: "try", ast.Match: "match", ast.ClassDef: "class",
}  # fmt: skip
_INSIDE = "is called inside `{word}`, whose statements run in the notebook, one after another"
_GUARD = ": leave out this `if`, which a notebook does not need"
_WITHIN = "is called within a larger statement: give it one of its own, as in `{call}`"
_ITERATED = "is called for what is iterated over, which stays in the notebook"
_CONDITION = "is called by a condition in the notebook: give it a comprehension of its own"


def left(node: ast.stmt, meaning: Meaning, refused: Collection[ast.AST]) -> Iterator[Reason]:
    """Name the own calls of a statement that has runs in the places of what became tasks.

    What is in `refused` has its reason already.
    """
    yield from _Finder(meaning, refused).find(node, _WITHIN, frozenset())


class _Finder:
    def __init__(self, meaning: Meaning, refused: Collection[ast.AST]) -> None:
        self._meaning = meaning
        self._refused = refused

    def find(self, node: ast.AST, why: str, local: frozenset[str]) -> Iterator[Reason]:
        """Walk through what runs when `node` does; names in `local` are no functions there."""
        if node in self._refused or isinstance(node, Function):  # what that holds runs later
            return
        if isinstance(node, Comprehension):
            local |= {*bound_by(node.generators)}
        if isinstance(node, ast.Call) and (text := self._of_call(node, why, local)):
            yield Reason(node.lineno, text)
        if isinstance(node, ast.comprehension):
            for part in (node.iter, *node.ifs):
                yield from self.find(part, _ITERATED if part is node.iter else _CONDITION, local)
            return
        if is_asked(node):
            why = _ITERATED
        elif type(node) in _WORDS:
            guard = isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)
            why = _INSIDE.format(word=_WORDS[type(node)]) + _GUARD * guard
        for child in ast.iter_child_nodes(node):
            head = isinstance(node, ast.For) and child is node.iter
            yield from self.find(child, _ITERATED if head else why, local)

    def _of_call(self, call: ast.Call, why: str, local: frozenset[str]) -> str:
        """Say why a call stays that is of an own function, or is given one to call."""
        if root_of(call.func) in local:
            return ""
        if self._meaning.is_own_call(call):
            return f"{named(call)} {why.format(call=f'a = {ast.unparse(call.func)}(...)')}"
        if not calls_given(call) or self._meaning.changed_by(call):
            return ""
        return why_given(call, lambda name: name not in local and self._meaning.is_own(name))
