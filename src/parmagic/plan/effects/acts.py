"""What a function calls and assigns of libraries, written as chains: `np.seterr()`, `sys.path =`.

Arguments and indices are left out. A local name is replaced by what it is bound to: after
`ctx = getcontext()`, `ctx.prec = 9` sets `getcontext().prec`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from parmagic.modules.bound import assigned, imported
from parmagic.modules.source import Def
from parmagic.plan.effects.targets import names_set
from parmagic.plan.effects.walks import nodes_in

_IMPORTED = ":"  # begins a chain whose first name is the full name of a module
SET = " ="  # ends a chain that is assigned to
# Methods that draw from `numpy.random`, unless they are given a generator.
_BY_NUMPY = ("sample", "rvs")
_TOLD = frozenset(("random_state", "seed", "rng"))
# Where functions say that they are, and where they are imported from.
_FOUND = {"numpy.random.mtrand.": "numpy.random."}


class Act(NamedTuple):
    """A call, or an assignment."""

    chain: str
    # The chains of the `with` blocks around it, and of all that a `finally` in the function does.
    within: frozenset[str] = frozenset()


def acts_in(body: Sequence[ast.AST], own: Iterable[str] = ()) -> frozenset[Act]:
    """Find what statements call and assign, also in functions inside; `own` are local names."""
    nodes = nodes_in(*body)
    finder = _Finder(_meant(nodes, own))
    for one in (last for node in nodes for last in getattr(node, "finalbody", ())):
        finder.visit(one)
    finder.within = frozenset(act.chain for act in finder.found)
    finder.found.clear()
    for one in body:
        finder.visit(one)
    return frozenset(finder.found)


def without(acts: Iterable[Act], names: Collection[str]) -> frozenset[Act]:
    """Leave out the chains that begin with one of these names."""
    return frozenset(one for one in acts if re.split(r"\W", one.chain, maxsplit=1)[0] not in names)


def placed(acts: Iterable[Act], path: Callable[[str], str | None]) -> frozenset[Act]:
    """Keep those of libraries, with full names; `path` says where a first name is from."""

    def where(chain: str) -> str:
        root = re.match(r"\w+", chain)
        found = path(root[0]) if root else None
        if root is None or found is None:
            return chain if chain.startswith(_IMPORTED) else ""
        text = found + chain[root.end() :]
        for begin, instead in _FOUND.items():
            if text.startswith(begin):
                text = instead + text.removeprefix(begin)
        return _IMPORTED + text

    written = (Act(where(one.chain), frozenset(map(where, one.within))) for one in acts)
    return frozenset(one for one in written if one.chain)


def absolute(acts: Iterable[Act], path: Callable[[str], str | None]) -> list[Act]:
    """List them as `placed` does, sorted, without the mark `_IMPORTED`."""

    def plain(chain: str) -> str:
        return chain.removeprefix(_IMPORTED)

    found = (Act(plain(one.chain), frozenset(map(plain, one.within))) for one in placed(acts, path))
    return sorted(found, key=lambda one: one.chain)


def _meant(nodes: Sequence[ast.AST], own: Iterable[str]) -> Mapping[str, str]:
    """Say what own names stand for: the chain of a part of a module; "" if that is not known."""
    stored = Counter(names_set(nodes))
    names = dict.fromkeys((*own, *stored), "")
    for node in nodes:
        if isinstance(node, ast.arg):
            names[node.arg] = ""
        elif isinstance(node, Def | ast.ClassDef):
            names[node.name] = ""
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {name: _IMPORTED + path for name, path in imported(node).items()}
    for target, value in (pair for node in nodes for pair in assigned(node)):
        if isinstance(target, ast.Name) and stored[target.id] == 1:
            names[target.id] = _chain(value, names)
    return names


def _chain(node: ast.expr, names: Mapping[str, str]) -> str:
    """Write an expression as a chain; "" if it is none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Subscript):
        return _chain(node.value, names)
    if isinstance(node, ast.Attribute):
        before, after = _chain(node.value, names), f".{node.attr}"
    else:
        before, after = _chain(node.func, names) if isinstance(node, ast.Call) else "", "()"
    return before and before + after


class _Finder(ast.NodeVisitor):
    def __init__(self, names: Mapping[str, str]) -> None:
        self.found: set[Act] = set()
        self.within: frozenset[str] = frozenset()
        self._names = names

    def _visit_with(self, node: ast.With | ast.AsyncWith) -> None:
        around = self.within
        self.within |= {_chain(one.context_expr, self._names) for one in node.items}
        self.generic_visit(node)
        self.within = around

    visit_With = visit_AsyncWith = _visit_with  # noqa: N815 - named by their nodes

    def visit_Call(self, node: ast.Call) -> None:
        chain = _chain(node, self._names)
        if node.args or node.keywords or not chain.endswith("seed()"):  # `seed()` fixes nothing
            self._add(chain)
        if _is_by_numpy(node) and not re.match(rf"{_IMPORTED}?random\b", chain):
            self._add(f"{_IMPORTED}numpy.random.{getattr(node.func, 'attr', '')}()")
        self.generic_visit(node)

    def _visit_part(self, node: ast.Attribute | ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            chain = _chain(node, self._names)
            self._add(chain and chain + SET)
        self.generic_visit(node)

    visit_Attribute = visit_Subscript = _visit_part  # noqa: N815 - as above

    def _add(self, chain: str) -> None:
        if chain:
            self.found.add(Act(chain, self.within))


def _is_by_numpy(call: ast.Call) -> bool:
    named = getattr(call.func, "attr", "") in _BY_NUMPY
    return named and not any(one.arg in _TOLD for one in call.keywords)
