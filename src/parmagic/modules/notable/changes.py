"""What tasks change of the notebook's values, each worker in a copy of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import compress
from types import BuiltinMethodType, MethodType
from typing import NamedTuple

from parmagic.modules.bound import own_names
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.mutators import ADDING, ALONE, CALLED_TO_CHANGE
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def, positional
from parmagic.modules.text import ModuleText
from parmagic.modules.values.kinds import (
    holds_artists,
    is_container,
    is_generator,
    is_graph,
    is_own_object,
    is_table,
)

_OF_GRAPHS = ("add_", "remove_")  # how the names of methods begin that change one


class Finding(NamedTuple):
    """Something in a definition that is worth a word: a change of the notebook's, as a rule."""

    kind: str  # "global": it assigns a name; "container": it adds to one; "value": it changes one;
    # "asked": it adds to one that tasks ask for nothing but whether something is in it; else it is
    # about random numbers, or figures (see `remarks`)
    name: str  # of what is changed, or called
    line: int  # of the block of the definition, from 1
    module: str = ""  # whose random numbers are drawn


class Changeable(NamedTuple):
    """Names of the notebook's values that tasks may change, by what they are."""

    containers: frozenset[str] = frozenset()  # lists, dicts and sets
    tables: frozenset[str] = frozenset()  # arrays and frames
    graphs: frozenset[str] = frozenset()  # of networkx
    generators: frozenset[str] = frozenset()  # of random numbers
    artists: frozenset[str] = frozenset()  # axes and figures, and what holds some
    objects: frozenset[str] = frozenset()  # instances of classes of the notebook
    methods: frozenset[str] = frozenset()  # of such instances, that are called by themselves
    adding: frozenset[str] = frozenset()  # methods that change a container, as `append`
    classes: frozenset[str] = frozenset()  # classes of the notebook

    def within(self, code: str) -> Changeable:
        """Return those that are named in a piece of code."""
        return Changeable(*(frozenset(name for name in some if name in code) for some in self))


class _Changes(NamedTuple):
    """What one definition does to values of the notebook."""

    made: tuple[Finding, ...]
    renewed: frozenset[str]  # those that get new contents made of the old ones
    asked: frozenset[str]  # those that are asked whether something is in them
    read: frozenset[str]  # those that are used in other ways, too


def changeable(names: Sequence[str], values: Sequence[object]) -> Changeable:
    """Sort the names of values by what these are."""
    kinds = (is_container, is_table, is_graph, is_generator, holds_artists, is_own_object)
    found = (frozenset(compress(names, map(kind, values))) for kind in kinds)
    bound = [one for one in values if isinstance(one, MethodType)]
    methods = frozenset(one.__name__ for one in bound if is_own_object(one.__self__))
    of_python = [one for one in values if isinstance(one, BuiltinMethodType)]
    adding = {one.__name__ for one in of_python if is_container(one.__self__)}
    return Changeable(*(*found, methods, frozenset(adding & CALLED_TO_CHANGE)))


def changes_in(text: ModuleText, values: Changeable) -> Iterator[tuple[Definition, Finding]]:
    """Find where tasks change some of the notebook's values in vain.

    It is in vain where nothing in a worker reads what was changed. Else it may be a cache, which
    works in each worker. No cache are new contents made of the old ones, as by `+=`: serially these
    are of all tasks before; nor what is only asked whether something is in it, such as a set of
    what was done already.
    """
    found: list[tuple[Definition, _Changes]] = []
    definitions = text.definitions
    classes = frozenset(one.name for one in definitions if _is_class(one.block))
    values = values._replace(classes=classes)
    counting = {name: (one, change) for one in definitions for name, change in _counting(one.block)}
    for definition in definitions:
        here = values.within(definition.block)
        if definition.name in classes:  # its methods may be called by no task
            here = here._replace(classes=frozenset())
        if any(here):
            found.append((definition, _changes(definition.block, here, frozenset(counting))))
    read = frozenset[str]().union(*(one.read for _, one in found))
    asked = frozenset[str]().union(*(one.asked for _, one in found))
    for definition, one in found:
        for change in one.made:
            if change.name in one.renewed or change.name not in read:
                add = change.kind == "container" and change.name in asked - one.renewed
                kind = "asked" if add else change.kind
                yield definition, change._replace(kind=kind)
    yield from (counting[name] for name in sorted(values.methods & counting.keys()))


def globals_in(function: Def, around: tuple[str, ...]) -> Iterator[Finding]:
    """Find where a function assigns a global, or a variable of a function around it (`around`)."""
    nodes = list(ast.walk(function))
    names = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    outer = {name for node in nodes if isinstance(node, ast.Nonlocal) for name in node.names}
    names |= outer.intersection(around)
    for node in nodes:
        if isinstance(node, ast.Name) and node.id in names and not isinstance(node.ctx, ast.Load):
            yield Finding("global", node.id, node.lineno)


@lru_cache(maxsize=1024)
def _changes(source: str, values: Changeable, counting: frozenset[str]) -> _Changes:
    nodes = list(ast.walk(parsed(source)))
    own = own_names(nodes)
    made, renewed, counted = list[Finding](), set[str](), set[int]()
    for node in nodes:
        for place, how in changed(node):
            name = root(place)
            kind = "" if name is None or name.id in own else _kind(name, place, how, values)
            if name is not None and kind:
                made.append(Finding(kind, name.id, name.lineno))
                counted.add(id(name))
                if _renews(node, name.id):
                    renewed.add(name.id)
        name = _object_of(node, values) if getattr(node, "attr", "") in counting else None
        if name is not None and name.id not in own:
            made.append(Finding("value", name.id, name.lineno))
            renewed.add(name.id)
    asked = {id(one): one.id for one in _asked(nodes)}
    counted |= asked.keys()
    others = {node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in counted}
    read = frozenset(others | own)
    return _Changes(tuple(made), frozenset(renewed), frozenset(asked.values()), read)


@lru_cache(maxsize=1024)
def _counting(source: str) -> tuple[tuple[str, Finding], ...]:
    """Find the methods of classes that count in their object, or collect something in it."""
    if "class " not in source:
        return ()
    classes = [node for node in ast.walk(parsed(source)) if isinstance(node, ast.ClassDef)]
    methods = [node for one in classes for node in one.body if isinstance(node, Def)]
    found = [(method.name, _counts(method)) for method in methods]
    return tuple((name, change) for name, change in found if change is not None)


def _counts(method: Def) -> Finding | None:
    own = positional(method)[:1]
    for node in ast.walk(method):
        if isinstance(node, ast.Assign | ast.AugAssign):
            for place, _ in changed(node):
                name = root(place)
                if name is not None and name.id in own and _renews(node, name.id):
                    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                    return Finding("value", ast.unparse(target), node.lineno)
    return _adds(method, own)


def _adds(method: Def, own: Sequence[str]) -> Finding | None:
    """Find where a method adds to a part of its object which it does not use otherwise.

    One that does may keep a cache there; and one that hands on its object, what it has added.
    """
    nodes = list(ast.walk(method))
    names = [node for node in nodes if isinstance(node, ast.Name) and node.id in own]
    parts = [node for node in nodes if isinstance(node, ast.Attribute) and node.value in names]
    used = [part.attr for part in parts]
    for node in nodes if len(parts) == len(names) else ():
        for place, how in changed(node):
            if how == "added" and place in parts and used.count(used[parts.index(place)]) == 1:
                return Finding("value", ast.unparse(place), place.lineno)
    return None


def _object_of(node: ast.AST, values: Changeable) -> ast.Name | None:
    """Return the name of the instance whose attribute it is, or of a container that holds it."""
    place = node.value if isinstance(node, ast.Attribute) else None
    name = root(place) if place is not None else None
    if name is None or name.id in values.objects:
        return name
    return name if name is not place and name.id in values.containers else None


def _asked(nodes: Iterable[ast.AST]) -> Iterator[ast.Name]:
    """Find the names of what is asked whether something is in it."""
    for node in nodes:
        if isinstance(node, ast.Compare):
            for how, one in zip(node.ops, node.comparators, strict=True):
                if isinstance(how, ast.In | ast.NotIn) and isinstance(one, ast.Name):
                    yield one


def _kind(name: ast.Name, place: ast.expr, how: str, values: Changeable) -> str:
    """Return the kind of finding that a change of `name` is; "" where it may change nothing."""
    if name.id in values.graphs:
        return "value"
    if how == "called":
        return ""
    if name.id in values.containers:
        return "container" if how == "added" and place is name else "value"
    with_attributes = values.objects | values.classes
    if name.id in values.tables or (how == "attribute" and name.id in with_attributes):
        return "value"
    return ""


def _is_class(source: str) -> bool:
    return "class " in source and isinstance(parsed(source).body[-1], ast.ClassDef)


def changed(node: ast.AST) -> Iterator[tuple[ast.expr, str]]:
    """Yield what a statement changes, and how: "added", "changed", or "attribute".

    What it may change, if it is of a library's class, is "called".
    """
    if isinstance(node, ast.Expr | ast.Return) and isinstance(node.value, ast.Call):
        method = node.value.func
        if isinstance(method, ast.Attribute):
            if method.attr in ADDING:
                yield method.value, "added"
            # Some of these are called for their value: they count only as statements.
            elif method.attr in ALONE and isinstance(node, ast.Expr):
                yield method.value, "changed"
            elif method.attr.startswith(_OF_GRAPHS) and isinstance(node, ast.Expr):
                yield method.value, "called"
    elif isinstance(node, ast.Assign | ast.AugAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Subscript | ast.Attribute):
                how = "added" if isinstance(target, ast.Subscript) else "attribute"
                less = isinstance(node, ast.AugAssign) and not isinstance(node.op, ast.Add)
                yield target.value, "changed" if how == "added" and less else how


def root(place: ast.expr) -> ast.Name | None:
    """Return the name that a place such as `a.b[c]`, or `a.setdefault(b, [])`, begins with."""
    while not isinstance(place, ast.Name):
        if isinstance(place, ast.Attribute | ast.Subscript):
            place = place.value
        elif isinstance(place, ast.Call) and getattr(place.func, "attr", "") == "setdefault":
            place = place.func
        else:
            return None
    return place


def _renews(node: ast.AST, name: str) -> bool:
    """Tell whether a statement makes new contents of the old ones: `d[k] += 1`, for example.

    So do `d[k] = d[k] + 1` and `d[k] = d.get(k, 0) + 1`.
    """
    if not isinstance(node, ast.Assign):
        return isinstance(node, ast.AugAssign)
    target = node.targets[0]
    old = {ast.unparse(target)}
    if isinstance(target, ast.Subscript):
        old.add(f"{name}.get({ast.unparse(target.slice)})")
    return any(_without_default(inner) in old for inner in ast.walk(node.value))


def _without_default(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        node = ast.Call(node.func, node.args[:1], [])
    return ast.unparse(node) if isinstance(node, ast.expr) else ""
