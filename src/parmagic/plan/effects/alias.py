"""What an expression in a function may be of what is outside: an argument, a global, or a part."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from parmagic.modules.source import Comprehension, elements_of
from parmagic.plan.effects.called import OPERATORS, UNARY
from parmagic.plan.effects.targets import stored_names
from parmagic.plan.effects.walks import after_self, arguments, called_name

# What an expression is to an object of outside, `rows`.
How = Literal[
    "itself",
    "part",  # `rows[0]`
    "slice",  # `rows[1:]`: of an array, a view
    "holds",  # `[rows]`: new, with that in it
    "perhaps",  # `call(rows)`: any of these
    "copy",  # `rows.copy()`: new, but may have its parts
    "copied",  # `rows.copy()[0]`: such a part
    "sliced",  # `[rows[1:]]`: new, with a slice in it
]
_OF_ITEMS = ("enumerate", "zip", "reversed", "sorted", "list", "tuple", "filter", "dict", "set")
# The same, also of a module: `itertools.chain(xs, ys)`.
_HOLDING = """
    chain from_iterable islice cycle repeat tee zip_longest deque OrderedDict defaultdict ChainMap
    UserList UserDict SimpleNamespace MappingProxyType nullcontext fromkeys choices sample
"""
_holding = frozenset(_HOLDING.split())
_OF_VIEWS = ("values", "items", "keys", "__getitem__", "__iter__", "__next__", "__enter__")
_OF_KEYS = ("get", "setdefault", "pop", "popleft", "popitem")  # or the default they are given
_PART_OF_FIRST = ("choice", "getitem")  # functions of modules
# They give a view of an array, or the array itself; of a list, a new array.
_ARRAYS = """
    asarray asanyarray ascontiguousarray asfarray atleast_1d atleast_2d atleast_3d ravel reshape
    view squeeze swapaxes transpose
"""
_arrays = frozenset(_ARRAYS.split())
# What functions return of what they are given.
_BUILT_IN: dict[str, How] = {
    **dict.fromkeys(("vars", "iter", "memoryview"), "itself"),
    **dict.fromkeys(("next", "getattr", "max", "min", "sum", *_PART_OF_FIRST), "part"),
    **dict.fromkeys((*_OF_ITEMS, *_holding), "holds"),
    **dict.fromkeys(_arrays, "slice"),
    "copy": "copy",
}


class Outside(NamedTuple):
    """Something of outside: an argument or a global, by its name, or what a function returns."""

    name: str
    how: How = "itself"
    of: str = ""  # the function that may return it, if it does
    # Which of its arguments it was; "" if none. If `of` is `GIVEN`: a parameter.
    place: int | str = ""
    inside: bool = False  # whether it is a part of what that function returns
    layers: int = 0  # new objects around a new one: 1 in `[row.copy() for row in rows]`
    by: str = ""  # the method that a value needs to be changed: `__imul__`, for `*=`


# What is a new object, though its parts may be old; and what such a part is.
_TAKEN: Mapping[How, How] = {"holds": "part", "copy": "copied", "sliced": "slice"}
APART = frozenset(_TAKEN)
# What each name may stand for; with `()` after it, what a function of that name returns.
Env = Mapping[str, frozenset[Outside]]
GIVEN = "()"  # stands for anything that an inner function was given
OWN = "."  # begins the name of a method of the user's classes
NOTHING: frozenset[Outside] = frozenset()


def parts(value: ast.expr | None, env: Env) -> frozenset[Outside]:
    """Return what of outside an expression may be, or be a part of."""
    if isinstance(value, ast.Name):
        return env.get(value.id, frozenset({Outside(value.id)}))
    if isinstance(value, ast.Subscript | ast.Attribute | ast.Starred):
        sliced = isinstance(value, ast.Subscript) and _has_slice(value.slice)
        return _as("slice" if sliced else "part", parts(value.value, env))
    if isinstance(value, ast.Call):
        return _returned(value, env)
    if isinstance(value, ast.Tuple | ast.List | ast.Set | ast.Dict | Comprehension):
        return held(_held(value, env))
    if isinstance(value, ast.BinOp | ast.UnaryOp | ast.Lambda):
        return _made(value, env)
    return all_parts(_choices(value), env)


def all_parts(values: Iterable[ast.AST | None], env: Env) -> frozenset[Outside]:
    """Return what of outside any of several expressions may be."""
    found = (parts(value, env) for value in values if isinstance(value, ast.expr))
    return NOTHING.union(*found)


def _made(value: ast.BinOp | ast.UnaryOp | ast.Lambda, env: Env) -> frozenset[Outside]:
    """Return what an operator may give, or what a `lambda` holds on to."""
    if isinstance(value, ast.Lambda):
        return held(returned_by(value, env))
    if isinstance(value, ast.UnaryOp):
        own = UNARY.get(type(value.op), "")
        return _by_own(own, parts(value.operand, env)) if own else NOTHING
    sides, name = all_parts([value.left, value.right], env), OPERATORS[type(value.op)]
    known = [one for one in sides if not one.of]
    by = (_by_own(f"__{side}{name}__", known) for side in ("", "r"))
    return _as("copy", sides).union(*by)  # as of `[row] + rows`


def returned_by(function: ast.Lambda, env: Env) -> frozenset[Outside]:
    """Return what a `lambda` may return; `GIVEN` stands for what it is given."""
    given = [one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)]
    defaults = all_parts([*function.args.defaults, *function.args.kw_defaults], env)
    own = frozenset({Outside("", of=GIVEN)}) | defaults
    return parts(function.body, {**env, **dict.fromkeys(given, own)})


def _by_own(method: str, owner: Iterable[Outside]) -> frozenset[Outside]:
    """Return what a method of the user's may return: a part of its object, or anything else."""
    found = (_given_to(OWN + method, 0, one) for one in owner)
    return frozenset({Outside("", of=OWN + method), *found})


def _given_to(function: str, place: int | str, one: Outside) -> Outside:
    """Return what a function gives that returns an argument, or a part of it."""
    if one.of and function.startswith(OWN):  # it is a part of what another returns
        return one._replace(how="part", inside=True)
    return Outside(one.name, "part", function, place)


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
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        inside = (items(one, env) if key is None else parts(one, env) for key, one in pairs)
        return all_parts(value.keys, env).union(*inside)
    if not isinstance(value, Comprehension):
        return all_parts(ast.iter_child_nodes(value), env)
    for clause in value.generators:
        env = {**env, **dict.fromkeys(stored_names(clause.target), items(clause.iter, env))}
    return parts(elements_of(value)[-1], env)


def _returned(call: ast.Call, env: Env) -> frozenset[Outside]:
    function, given = call.func, _arguments(call)
    name = called_name(function)
    if name in ("map", "reduce") and len(given) > 1:
        inside = all_parts(given[1:], env) | _as("part", all_parts(given[1:], env))
        found = _called(given[0], [("*", inside)], env)
        return held(found) if name == "map" else found
    if isinstance(function, ast.Attribute):
        return _by_method(function, call, env)
    if name in _BUILT_IN:
        inside = all_parts(call.args[:1] if name in _arrays else given, env)
        if name == "dict":  # of pairs
            inside |= held(_as("part", _as("part", inside)))
        how = _BUILT_IN[name]
        return inside if how == "itself" else _as(how, inside)
    return _called(function, [(place, parts(one, env)) for place, one in arguments(call)], env)


def _called(
    function: ast.expr, given: Iterable[tuple[int | str, frozenset[Outside]]], env: Env
) -> frozenset[Outside]:
    """Return what a call of a function with these arguments may give."""
    if isinstance(function, ast.Lambda) or f"{getattr(function, 'id', '')}()" in env:
        return _by_inner(function, NOTHING.union(*(one for _, one in given)), env)
    if isinstance(function, ast.Call):  # as `partial(f, rows)()`: nobody knows
        made = _arguments(function)
        called = (_called(one, given, env) for one in made if isinstance(one, ast.Name))
        inside = NOTHING.union(*(one for _, one in given), all_parts(made, env), *called)
        returned = frozenset(one for one in inside if one.of)
        perhaps = (one._replace(how="perhaps") for one in inside - returned)
        return frozenset(perhaps) | returned | _as("part", returned)
    while isinstance(function, ast.Subscript):  # `functions[key](x)`
        function = function.value
    if not isinstance(function, ast.Name) or function.id in env:
        return NOTHING
    found = {Outside("", of=function.id)}
    for place, each in given:
        found |= {_given_to(function.id, place, one) for one in each}
        # A part of something new around it is it itself: `first([row])`.
        new = {one.name for one in each if one.how in APART and not one.of}
        found |= {Outside(name, "itself", function.id, place) for name in new}
    return frozenset(found)


def _by_inner(function: ast.expr, given: frozenset[Outside], env: Env) -> frozenset[Outside]:
    """Return what a call of a `lambda` gives, or of a function inside of another."""
    if isinstance(function, ast.Lambda):
        returned = returned_by(function, env)
    else:
        returned = env[f"{getattr(function, 'id', '')}()"]
    found = frozenset(one for one in returned if one.of != GIVEN)
    for one in returned - found:
        each = held(given) if one.how == "holds" else _as(one.how, given)
        found |= given if one.how == "itself" else each
    return found


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [one for _, one in arguments(call)]


def _by_method(function: ast.Attribute, call: ast.Call, env: Env) -> frozenset[Outside]:
    name, owner = function.attr, parts(function.value, env)
    if name in _arrays:
        # As a method, or as a function of numpy, which is then no part of the data.
        return _as("slice", owner | all_parts(call.args[:1], env))
    if name in _holding:
        return _as("holds", all_parts(_arguments(call), env))
    if name == "copy":  # `rows.copy()`, or `copy.copy(rows)`
        return _as("copy", owner | all_parts(call.args[:1], env))
    if name in _PART_OF_FIRST:
        return _as("part", all_parts(call.args[:1], env))
    if name in _OF_KEYS:
        return _as("part", owner) | all_parts(_arguments(call)[1:], env)
    found = _as("part", owner) if name in _OF_VIEWS else NOTHING
    given = {
        _given_to(OWN + name, after_self(place), one)
        for place, each in arguments(call)
        for one in parts(each, env)
    }
    return found | _by_own(name, owner) | given


def _as(how: How, found: frozenset[Outside]) -> frozenset[Outside]:
    return frozenset(_step(how, one) for one in found)


def _step(how: How, one: Outside) -> Outside:
    if one.how in ("perhaps", "copied"):
        return one
    if one.how in APART:
        if how != "part":
            return one
        if one.layers:
            return one._replace(layers=one.layers - 1)
        return one._replace(how=_TAKEN[one.how])
    return one._replace(how=how, inside=one.inside or (bool(one.of) and how in ("part", "slice")))


def copied(found: frozenset[Outside]) -> frozenset[Outside]:
    """Return what a copy of these is."""
    return _as("copy", found)


def held(found: frozenset[Outside]) -> frozenset[Outside]:
    """Return what a new object that holds these is."""
    return frozenset(map(_put_in, found))


def _put_in(one: Outside) -> Outside:
    if one.how in ("perhaps", "copied"):
        return one
    if one.how in APART:
        return one._replace(layers=one.layers + 1)
    return one._replace(how="sliced" if one.how == "slice" else "holds")


def _has_slice(index: ast.expr) -> bool:
    inside = index.elts if isinstance(index, ast.Tuple) else [index]
    return any(isinstance(one, ast.Slice) for one in inside)
