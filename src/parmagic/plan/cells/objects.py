"""Which objects a loop changes in place, and which it reads: by their names in the notebook."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from parmagic.modules.bound import assigned
from parmagic.modules.mutators import CHANGING
from parmagic.plan.cells.fresh import Flat
from parmagic.plan.cells.items import Item
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.targets import depth_of, filled_by, root_of
from parmagic.plan.effects.walks import running, statements
from parmagic.plan.names import read_names


class Changed(NamedTuple):
    """A change of an object in place."""

    name: str
    depth: int  # how far inside of it the object that is changed is
    whole: bool  # whether anything inside of it may be changed
    rebound: bool  # whether, unless it is changed in place, the name gets another object
    line: int


@dataclass(frozen=True)
class Objects:
    """What to look at before the turns of a loop are run as tasks."""

    changed: tuple[Changed, ...]
    read: tuple[str, ...]
    iterated: tuple[str, ...]  # of these that are changed, the loop has a copy, with their items
    flat: tuple[Flat, ...]
    items: tuple[Item, ...] = ()
    within: tuple[str, ...] = ()  # of these that are read, what turns read

    def __bool__(self) -> bool:
        """Tell whether there is anything to look at."""
        return bool(self.changed or self.flat or self.items)


def objects_of(
    loop: ast.For,
    local: Collection[str],
    changed: Collection[str],
    flat: Sequence[Flat],
    meaning: Meaning,
) -> Objects:
    """Find what to look at before a loop is run."""
    iterated = set(read_names(loop.iter))
    inside = [node for part in loop.body for node in running(part)]
    names = {
        one.id for one in inside if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }
    of_modules = (meaning.dotted(one) for one in inside if isinstance(one, ast.Attribute))
    names |= {*filter(None, of_modules)}
    within = {one for name in names - {*local} for one in meaning.through(name)}
    read = {one for name in iterated - {*local} for one in meaning.through(name)} | within
    changes = [one for one in changes_in(loop.body, meaning) if one.name not in local]
    itself = {one.name for one in changes}.union(changed, local)
    return Objects(
        tuple(changes),
        tuple(sorted((read | iterated | names) - itself)),
        tuple(sorted(iterated & {*changed})),
        tuple(dict.fromkeys(flat)),
        within=tuple(sorted(within)),
    )


def changes_in(body: Iterable[ast.stmt], meaning: Meaning) -> list[Changed]:
    """List what the statements of a body change in place, but for what belongs to modules."""
    found = (one for node in statements(body) for one in changes_of(node, meaning))
    return [one for one in found if meaning.path(one.name) is None]


def changes_of(node: ast.stmt, meaning: Meaning) -> Iterator[Changed]:
    """Yield what a statement by itself changes in place, or adds to."""
    targets: list[ast.expr] = []
    rebound = isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    whole = False
    if isinstance(node, ast.Assign | ast.AnnAssign):
        parts = (one for target, _ in assigned(node) for one in ast.walk(target))
        targets = [
            one
            for one in parts
            if isinstance(one, ast.Attribute | ast.Subscript) and isinstance(one.ctx, ast.Store)
        ]
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if meaning.is_known_call(call):
            return
        whole = not isinstance(call.func, ast.Attribute) or call.func.attr not in CHANGING
        targets = [call.func, *(one.value for one in call.keywords if one.arg == "file")]
    for target in targets:
        filled = filled_by(target)
        root, inside = root_of(filled), whole or filled is not target
        if root is not None:
            yield Changed(root, max(depth_of(filled), 0), inside, rebound, node.lineno)
