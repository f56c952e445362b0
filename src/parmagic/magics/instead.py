"""What to type instead where a cell calls something of the user's that cannot be a task."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import partial
from inspect import iscoroutinefunction
from types import FunctionType, ModuleType

from parmagic.modules.definitions.wrapped import CACHED, unwrapped
from parmagic.modules.own import is_own_class, is_own_function
from parmagic.modules.own_modules import is_own_module
from parmagic.modules.source import Comprehension, Function, elements_of
from parmagic.plan.cells.clauses import bound_by
from parmagic.plan.cells.cures import why_given
from parmagic.plan.effects.targets import root_of
from parmagic.plan.reason import Reason

_HERE = {"matplotlib", "seaborn", "logging", "warnings"}  # these belong in the notebook


def instead(tree: ast.Module, namespace: Mapping[str, object]) -> str:
    """Say what to do with the first such call of a cell without tasks; "" if it has none."""
    each = [node for node in ast.walk(tree) if isinstance(node, Comprehension | ast.For)]
    repeated = {inner for node in each for inner in ast.walk(node)}

    def is_own(name: str) -> bool:
        return is_own_function(namespace.get(name))

    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        text = _by_value(call, namespace) or why_given(call, is_own)
        if not text and call in repeated:  # outside of loops, most cells make objects
            text = _by_class(call, namespace) or _by_module(call, namespace)
        if text:
            return f"; {text}"
    return ""


def also_serial(tree: ast.Module, namespace: Mapping[str, object]) -> Iterator[Reason]:
    """Say what to do with such calls in a cell that has tasks: in comprehensions, or cached.

    In other statements methods are called everywhere.
    """
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        called = getattr(node, "value", None) if isinstance(node, ast.stmt) else None
        if isinstance(called, ast.Call) and (text := _by_cache(called, namespace)):
            yield Reason(called.lineno, text)
        if isinstance(node, Comprehension):
            yield from _of_elements(node, namespace)
        elif not isinstance(node, Function | ast.For):  # these may run in tasks
            waiting.extend(ast.iter_child_nodes(node))


def _of_elements(node: Comprehension, namespace: Mapping[str, object]) -> Iterator[Reason]:
    inside = (one for part in elements_of(node) for one in ast.walk(part))
    calls = [(root_of(one.func) or "", one) for one in inside if isinstance(one, ast.Call)]
    if not any(is_own_function(namespace.get(root)) for root, _ in calls):
        for root, call in calls:
            if root not in bound_by(node.generators) and (text := _by_value(call, namespace)):
                yield Reason(call.lineno, text)


def _by_value(call: ast.Call, namespace: Mapping[str, object]) -> str:
    """Say what to do with what is called, if that is no function whose calls are tasks."""
    name = root_of(call.func) or ""
    value = namespace.get(name)
    if iscoroutinefunction(value):
        return f"`{name}` is an `async def`: `%pmap {name} ...` runs it"
    if text := _by_cache(call, namespace):
        return text
    if not isinstance(value, FunctionType) and callable(value) and _is_made_of_own(value):
        kind = type(value).__name__
        return f"`{name}` is a `{kind}`, no function: `%pmap {name} ...` runs it"
    if isinstance(value, partial) and is_own_function(value.func):
        return f"`{name}` is a `partial`, no function: `%pmap {name} ...` runs it"
    if isinstance(call.func, ast.Attribute) and is_own_class(type(value)):
        said = ast.unparse(call.func)
        return f"`{said}` is a method: call it in a function of yours, and that in the cell"
    return ""


def _by_cache(call: ast.Call, namespace: Mapping[str, object]) -> str:
    name = root_of(call.func) or ""
    value = namespace.get(name)
    if isinstance(value, CACHED) and is_own_function(value.__wrapped__):
        return f"`{name}` keeps a cache, which no two workers share: `%pmap {name} ...` runs it"
    return ""


def _is_made_of_own(value: object) -> bool:
    """Tell whether a decorator has made something of a function of the user's, as `@njit` does."""
    return (inner := unwrapped(value)) is not value and is_own_function(inner)


def _by_class(call: ast.Call, namespace: Mapping[str, object]) -> str:
    value = namespace.get(name) if (name := getattr(call.func, "id", "")) else None
    if isinstance(value, type) and is_own_class(value):
        return f"`{name}` is a class, no function: `%pmap {name} ...` calls it for each item"
    return ""


def _by_module(call: ast.Call, namespace: Mapping[str, object]) -> str:
    """Say what to do with a function of a library; those of your own modules are tasks."""
    module = namespace.get(root_of(call.func) or "")
    if not (isinstance(call.func, ast.Attribute) and isinstance(module, ModuleType)):
        return ""
    if is_own_module(module.__name__) or module.__name__.partition(".")[0] in _HERE:
        return ""
    said = ast.unparse(call.func)
    return f"`{said}` is a library's: call it in a function of yours, and that in the cell"
