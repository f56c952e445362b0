"""What a function has of its own: parameters, names, and functions inside of it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from parmagic.modules.bound import assigned, bound_names
from parmagic.modules.source import Comprehension, Def, Function
from parmagic.plan.effects.targets import names_set, root_of
from parmagic.plan.effects.walks import children, nodes_in, running

_MAKING = frozenset(("dict", "list", "set", "sorted", "Counter", "defaultdict", "OrderedDict"))
# Functions of pandas and numpy that make tables and arrays; some share the data they are given.
_MAKING_TABLES = """
    DataFrame Series read_csv read_excel read_parquet read_json concat zeros ones empty full array
    arange linspace eye
"""
_TABLES = frozenset(_MAKING_TABLES.split())
_SHARING = ("DataFrame", "Series")


def parameters(function: Function) -> list[str]:
    """List the names of all parameters; not those of a `lambda` among the defaults."""
    given = function.args
    stars = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *stars)]


def starred(given: ast.arguments) -> tuple[str, str]:
    """Name the parameters `*args` and `**kwargs`, which take any other argument; "" if none."""
    return given.vararg.arg if given.vararg else "", given.kwarg.arg if given.kwarg else ""


def kept(given: ast.arguments) -> list[str]:
    """Name the parameters whose default may be changed, and is kept for the next call."""
    last = zip(reversed([*given.posonlyargs, *given.args]), reversed(given.defaults), strict=False)
    return [
        one.arg
        for one, default in (*last, *zip(given.kwonlyargs, given.kw_defaults, strict=True))
        if default and not isinstance(default, ast.Constant | ast.Tuple | ast.UnaryOp)
    ]


def body_of(function: Function) -> Sequence[ast.AST]:
    """List the statements of a function, or the expression that it is."""
    return [function.body] if isinstance(function, ast.Lambda) else function.body


def bound_in(function: Function) -> frozenset[str]:
    """List the names that a function binds, but for parameters, `global` and `nonlocal` ones."""
    inside = _own_nodes(function)
    declared = (one.names for one in inside if isinstance(one, ast.Global | ast.Nonlocal))
    return frozenset[str]().union(*map(bound_names, body_of(function))).difference(*declared)


def declared_in(function: Function, kind: type[ast.Global | ast.Nonlocal]) -> list[str]:
    """List the names that are declared so: `global` also in inner functions, `nonlocal` not."""
    found: set[str] = set()
    waiting: list[ast.AST] = [function]
    while waiting:
        node = waiting.pop()
        if isinstance(node, kind):
            found.update(node.names)
        inside = children(node)
        waiting += [
            one for one in inside if kind is ast.Global or not isinstance(one, Def | ast.ClassDef)
        ]
    return sorted(found)


def directly_inside(function: Function) -> list[Function]:
    """List the functions inside of a function that are inside of no other there."""
    return [node for node in _own_nodes(function) if isinstance(node, Function)]


def outlasting_of(function: Function) -> list[Function]:
    """List the functions inside that may be there after a call: they are not only called."""
    named = _names(function)
    called = {id(node.func) for node in nodes_in(function) if isinstance(node, ast.Call)}
    handed = {node.id for node in _reads(function) if id(node) not in called}
    inside = directly_inside(function)
    found = [one for one in inside if named.get(id(one), "") in {"", *handed}]
    for one in found:  # which grows: it may call others
        read = {node.id for node in _reads(one)}
        found += [more for more in inside if more not in found and named[id(more)] in read]
    return found


def values_returned(function: Function) -> list[ast.expr]:
    """List the values that a function may return."""
    if isinstance(function, ast.Lambda):
        return [function.body]
    nodes = (node for node in _own_nodes(function) if isinstance(node, ast.Return))
    return [node.value for node in nodes if node.value is not None]


def makes_new(function: Function) -> bool:
    """Tell whether all that a function returns are containers that it has made in this call."""
    nodes = _own_nodes(function)
    made: dict[str, list[ast.expr]] = {}
    for target, value in (pair for node in nodes for pair in assigned(node)):
        made.setdefault(getattr(target, "id", ""), []).append(value)
    stored = names_set(nodes)
    other = {*parameters(function), *declared_in(function, ast.Global)}
    other |= {name for name, values in made.items() if stored.count(name) != len(values)}
    again = any(isinstance(one, ast.Nonlocal) for one in nodes_in(function))
    decorated = isinstance(function, Def) and function.decorator_list

    def is_new(value: ast.expr, names: int = 2) -> bool:
        if isinstance(value, ast.Name):
            given = [] if value.id in other or not names else made.get(value.id, [])
            return bool(given) and all(is_new(one, names - 1) for one in given)
        if isinstance(value, ast.Call):
            module, name = root_of(value.func), getattr(value.func, "attr", "")
            shared = name in _SHARING and any(isinstance(one, ast.Name) for one in value.args[:1])
            table = name in _TABLES and module not in {*other, *stored}
            return module in _MAKING or (table and (not shared or is_new(value.args[0], names)))
        return isinstance(value, ast.List | ast.Dict | ast.Set | Comprehension)

    returned = values_returned(function)
    return bool(returned) and not (decorated or again) and all(map(is_new, returned))


def only_decorates(function: Function, around: Collection[str]) -> bool:
    """Tell whether a function runs only where another is defined, as that of `app.route("/")`.

    It returns its argument, or a function of its own, and calls nothing of those `around`.
    """
    nodes = () if isinstance(function, ast.Lambda) else _own_nodes(function)
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    names = {node.id if isinstance(node, ast.Name) else "" for node in returned}
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    made = {node.name for node in nodes if isinstance(node, Def)}
    if not names or called.intersection(around):
        return False
    return names <= made.union([*parameters(function)][:1])


@lru_cache(maxsize=64)  # it is asked for several times, while a function is read
def _own_nodes(function: Function) -> tuple[ast.AST, ...]:
    """List what is in a function, but not what is in others there."""
    return tuple(node for part in body_of(function) for node in running(part))


def _names(function: Function) -> dict[int, str]:
    """Return the names of the functions inside of a function by their `id`, but for methods."""
    nodes = _own_nodes(function)
    methods = {id(one) for node in nodes if isinstance(node, ast.ClassDef) for one in node.body}
    found = {id(node): node.name for node in nodes if isinstance(node, Def)}
    for node in nodes:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[id(node.value)] = node.targets[0].id
    return {key: name for key, name in found.items() if key not in methods}


def _reads(function: Function) -> Iterator[ast.Name]:
    for node in nodes_in(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node
