"""What of outside a function an expression in it may be: arguments, globals, or parts of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.effects.targets import stored_names

# It is the object itself, a part of it, a slice of it (of an array, a view), or it holds it; or it
# may be any of these. A copy may have the parts of what it was made of, which are then copied; what
# holds a slice is sliced.
How = Literal["itself", "part", "slice", "holds", "perhaps", "copy", "copied", "sliced"]
_OF_ITEMS = (
    *("enumerate", "zip", "reversed", "sorted", "list", "tuple", "filter", "dict", "set"),
    *("deque", "OrderedDict"),
)
# The same, of a module: `itertools.chain(xs, ys)`.
_OF_ITERTOOLS = ("chain", "from_iterable", "islice", "cycle", "repeat", "tee", "zip_longest")
_OF_VIEWS = ("values", "items", "keys", "get", "setdefault")
# Of an array they give a view, or the array itself; of a list, an array of their own.
_ARRAYS = """
    asarray asanyarray ascontiguousarray asfarray atleast_1d atleast_2d atleast_3d ravel reshape
    view squeeze swapaxes transpose
"""
_arrays = frozenset(_ARRAYS.split())
# What functions give of what they are given.
_BUILT_IN: dict[str, How] = {
    **dict.fromkeys(("vars", "iter", "memoryview"), "itself"),
    **dict.fromkeys(("next", "getattr", "max", "min"), "part"),
    **dict.fromkeys((*_OF_ITEMS, *_OF_ITERTOOLS), "holds"),
    **dict.fromkeys(_arrays, "slice"),
    "copy": "copy",
}


class Outside(NamedTuple):
    """Something of outside: an argument or a global, by its name, or what a function returns."""

    name: str
    how: How = "itself"
    of: str = ""  # the function that may return it, if it does
    place: int | str = ""  # as which of its arguments it was given; "" if as none
    inside: bool = False  # whether it is a part of what that function returns
    layers: int = 0  # new objects around what is new already: `[row.copy() for row in rows]`


# A new object, though its parts may be old; and what such a part is.
_TAKEN: Mapping[How, How] = {"holds": "part", "copy": "copied", "sliced": "slice"}
APART = frozenset(_TAKEN)
Env = Mapping[str, frozenset[Outside]]  # of each name, what it may stand for
NOTHING: frozenset[Outside] = frozenset()


def parts(value: ast.expr | None, env: Env) -> frozenset[Outside]:
    """Return what of outside an expression may be, or be a part of."""
    if isinstance(value, ast.Name):
        return env.get(value.id, frozenset({Outside(value.id)}))
    if isinstance(value, ast.Subscript):
        how: How = "slice" if _has_slice(value.slice) else "part"
        return _as(how, parts(value.value, env))
    if isinstance(value, ast.Attribute | ast.Starred):
        return _as("part", parts(value.value, env))
    if isinstance(value, ast.Call):
        return _returned(value, env)
    if isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict | Comprehension):
        return held(_held(value, env))
    return _all(_choices(value), env)


def _choices(value: ast.expr | None) -> list[ast.expr]:
    """List the expressions whose value an expression may have."""
    if isinstance(value, ast.IfExp):
        return [value.body, value.orelse]
    if isinstance(value, ast.BoolOp):
        return value.values
    return [value.value] if isinstance(value, ast.NamedExpr | ast.Await) else []


def items(value: ast.expr, env: Env) -> frozenset[Outside]:
    """Return what the items of an expression may be parts of."""
    return _as("part", parts(value, env))


def _held(value: ast.expr, env: Env) -> frozenset[Outside]:
    """Return what the elements of a display or of a comprehension may be."""
    if not isinstance(value, Comprehension):
        return _all(ast.iter_child_nodes(value), env)
    for clause in value.generators:
        env = {**env, **dict.fromkeys(stored_names(clause.target), items(clause.iter, env))}
    return parts(elements_of(value)[-1], env)


def arguments(call: ast.Call) -> Iterator[tuple[int | str, ast.expr]]:
    """Yield the arguments of a call, each with its number or name; "*" for those with stars."""
    starred = False
    for place, one in enumerate(call.args):
        starred = starred or isinstance(one, ast.Starred)
        yield "*" if starred else place, one
    for keyword in call.keywords:
        if keyword.arg:
            yield keyword.arg, keyword.value
        else:
            yield "*", ast.Starred(keyword.value, ast.Load())


def _returned(call: ast.Call, env: Env) -> frozenset[Outside]:
    function = call.func
    if isinstance(function, ast.Attribute):
        return _by_method(function, call, env)
    name = function.id if isinstance(function, ast.Name) else ""
    if name in _BUILT_IN:
        inside = call.args[:1] if name in _arrays else [one for _, one in arguments(call)]
        found = _all(inside, env)
        how = _BUILT_IN[name]
        return found if how == "itself" else _as(how, found)
    if not name or name in env:
        return NOTHING
    handed = {Outside("", of=name)}
    for place, one in arguments(call):
        handed |= {Outside(each.name, "part", name, place) for each in parts(one, env)}
    return frozenset(handed)


def _by_method(function: ast.Attribute, call: ast.Call, env: Env) -> frozenset[Outside]:
    if function.attr in _arrays:
        # As a method, or as a function of numpy, which is then no part of the data.
        return _as("slice", _all([function.value, *call.args[:1]], env))
    if function.attr in _OF_ITERTOOLS:
        return _as("holds", _all([one for _, one in arguments(call)], env))
    if function.attr == "copy":  # `rows.copy()`, or `copy.copy(rows)`
        return _as("copy", _all([function.value, *call.args[:1]], env))
    return _as("part", parts(function.value, env)) if function.attr in _OF_VIEWS else NOTHING


def _all(values: Iterable[ast.AST | None], env: Env) -> frozenset[Outside]:
    found = (parts(value, env) for value in values if isinstance(value, ast.expr))
    return NOTHING.union(*found)


def _as(how: How, found: frozenset[Outside]) -> frozenset[Outside]:
    return frozenset(_step(how, one) for one in found)


def _step(how: How, one: Outside) -> Outside:
    if one.how in ("perhaps", "copied"):
        return one
    if one.how in APART:
        if how != "part":
            return one
        return (
            one._replace(layers=one.layers - 1) if one.layers else one._replace(how=_TAKEN[one.how])
        )
    return one._replace(how=how, inside=one.inside or (bool(one.of) and how in ("part", "slice")))


def held(found: frozenset[Outside]) -> frozenset[Outside]:
    """Say what a new object is that holds these."""
    return frozenset(
        one._replace(layers=one.layers + 1)
        if one.how in APART
        else one._replace(how="sliced" if one.how == "slice" else "holds")
        for one in found
        if one.how not in ("perhaps", "copied")
    ) | frozenset(one for one in found if one.how in ("perhaps", "copied"))


def _has_slice(index: ast.expr) -> bool:
    inside = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(one, ast.Slice) for one in inside)
