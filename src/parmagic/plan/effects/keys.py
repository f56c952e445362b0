"""With which keys code looks something up: a `defaultdict` that has them all is not changed by it.

What is known of a key is written as a text: "=name" for the value of a name, "*name" for an item of
it, "(1,)" for a constant, and "" for nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeGuard

from parmagic.modules.source import Function
from parmagic.plan.effects.alias import Env, Outside, parts
from parmagic.plan.effects.effects import MISSING, Doubt, Effects, Keys
from parmagic.plan.effects.targets import root_of, stored_names
from parmagic.plan.effects.walks import arguments, nodes_in

_SAME = ("sorted", "list", "tuple", "set", "reversed", "iter", "tqdm")  # they give the same keys


def looped(*nodes: ast.AST) -> dict[str, str]:
    """Find the names that are bound only to items, or keys, of a name; return that for each."""
    inside = nodes_in(*nodes)
    loops = (one for one in inside if isinstance(one, ast.For | ast.AsyncFor | ast.comprehension))
    bound = [_bound(one.target, one.iter) for one in loops]
    found = {name: [of for other, of in bound if other == name] for name, _ in bound if name}
    stored = [*stored_names(*nodes)]
    return {
        name: of[0]
        for name, of in found.items()
        if of[0] and len({*of}) == 1 and stored.count(name) == len(of)
    }


def _bound(target: ast.expr, given: ast.expr) -> tuple[str, str]:
    """Return the name that a loop binds to items or keys, and of what name these are; or ""."""
    paired = False
    while isinstance(given, ast.Call):
        method = given.func
        if isinstance(method, ast.Attribute) and method.attr in ("keys", "items"):
            paired, given = method.attr == "items", method.value
        elif getattr(method, "id", "") in _SAME and given.args:
            given = given.args[0]
        else:
            break
    if paired and isinstance(target, ast.Tuple) and target.elts:
        target = target.elts[0]
    elif paired:
        return "", ""
    if not isinstance(target, ast.Name):
        return "", ""
    return target.id, given.id if isinstance(given, ast.Name) else ""


class Lookups:
    """The keys that a function looks up and may not find; also what it reads, but does not call."""

    def __init__(self, function: Function) -> None:
        self._looped = looped(function)
        nodes = nodes_in(function)
        self._called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
        # Keys, and what they are asked for in before: `if key in counts`.
        self._asked_for = {
            (ast.unparse(one.left), ast.unparse(one.comparators[0]))
            for one in nodes
            if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.In | ast.NotIn)
        }

    def doubts(self, node: ast.Subscript, env: Env) -> Iterator[Doubt]:
        """Yield what may get a new key: `counts[key]` adds it, if `counts` is a `defaultdict`."""
        owner = node.value
        asked_for = (ast.unparse(node.slice), ast.unparse(owner)) in self._asked_for
        if asked_for or isinstance(node.slice, ast.Slice):
            return
        key = key_of(node.slice, self._looped, lambda name: _is_given(name, env))
        if key == f"*{ast.unparse(owner)}":
            return
        method = f"{MISSING}.{owner.attr}" if isinstance(owner, ast.Attribute) else MISSING
        for one in parts(owner, env):
            if not one.of and one.how in ("itself", "part", "perhaps"):
                part = one.how != "itself"
                yield Doubt(one.name, method, part, "" if part else key)

    def keys(self, call: ast.Call, env: Env) -> Keys:
        """Say what is known of the arguments of a call, as keys."""
        return tuple(
            (place, key_of(one, self._looped, lambda name: _is_given(name, env)))
            for place, one in arguments(call)
        )

    def is_value(self, node: ast.AST) -> TypeGuard[ast.Attribute]:
        """Tell whether an attribute is read otherwise than to call it."""
        read = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        return read and id(node) not in self._called

    def is_handed_on(self, node: ast.Name, env: Env) -> bool:
        """Tell whether a name of outside is read otherwise than to call what it stands for."""
        read = isinstance(node.ctx, ast.Load) and id(node) not in self._called
        return read and node.id not in env


def _is_given(name: str, env: Env) -> bool:
    """Tell whether a name is of outside the function, or still has the argument of the call."""
    return name not in env or env[name] == frozenset({Outside(name)})


def key_of(index: ast.expr, sources: Mapping[str, str], is_meant: Callable[[str], bool]) -> str:
    """Say what is known of a key, if its name means the same for the caller."""
    if isinstance(index, ast.Constant):
        return f"({index.value!r},)"
    if not isinstance(index, ast.Name):
        return ""
    name, how = (sources[index.id], "*") if index.id in sources else (index.id, "=")
    return how + name if is_meant(name) else ""


def given_as(
    key: str,
    arguments: Mapping[str, ast.expr],
    sources: Mapping[str, str],
    is_meant: Callable[[str], bool],
) -> str:
    """Say what a key, which a function knows by a parameter, is for the cell that calls it."""
    given = arguments.get(key[1:])
    if given is not None and key.startswith("="):
        return key_of(given, sources, is_meant)
    whole = isinstance(given, ast.Name) and is_meant(given.id)
    return f"*{ast.unparse(given)}" if given is not None and whole else ""


def through(key: str, known: Effects, keys: Keys) -> str:
    """Say what a key is for a function that calls another with these `keys`."""
    if key[1:] not in known.named:
        return key
    given = next((one for place, one in keys if key[1:] in known.received(place)), "")
    if key.startswith("="):
        return given
    return f"*{given[1:]}" if given.startswith("=") else ""


def looked_up(
    inside: Iterable[ast.AST], sources: Mapping[str, str], local: Collection[str]
) -> Iterator[Doubt]:
    """Yield what the tasks of a cell look up themselves: `[f(counts[key]) for key in keys]`."""
    nodes = nodes_in(*inside)
    there = {root for one in nodes for root in _kept(one)}
    for node in nodes:
        if not isinstance(node, ast.Subscript) or not isinstance(node.ctx, ast.Load):
            continue
        for one in parts(node.value, {}):
            key = key_of(node.slice, sources, lambda name: name not in local)
            if one.name not in there and one.how in ("itself", "part") and not one.of:
                part = one.how == "part"
                if part or key != f"*{one.name}":
                    yield Doubt(one.name, MISSING, part, "" if part else key)


def _kept(node: ast.AST) -> list[str]:
    """List the names whose objects a turn changes: that is done in the notebook."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign):
        targets = [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        targets = [node.value.func]
    inside = [one for one in targets if not isinstance(one, ast.Name)]
    return [root for one in inside if (root := root_of(one))]


def has_keys(value: Any, key: str, lookup: Callable[[str], Any]) -> bool:
    """Tell whether a dict has all the keys that are looked up in it."""
    if not key:
        return False
    if key.startswith("("):
        keys = ast.literal_eval(key)
    else:
        keys = lookup(key[1:])
        if key.startswith("="):
            keys = (keys,)
        elif type(keys) not in (list, tuple, set, frozenset, str, range):
            return isinstance(keys, dict) and keys.keys() <= value.keys()
    try:
        return all(one in value for one in keys)
    except TypeError:  # a key that cannot be hashed
        return False
