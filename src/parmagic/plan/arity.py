"""How many arguments a function needs, and the line that gives it several."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from parmagic.plan.line import MapLine

_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def parameters_in(namespace: Mapping[str, Any]) -> Callable[[str], Sequence[str] | None]:
    """Return what names the arguments of functions that are in a namespace."""
    return lambda name: parameters(namespace.get(name))


def parameters(function: object) -> Sequence[str] | None:
    """Name the arguments that a function needs by position.

    None where one may do as well as several: some may be left out, or it takes any number.
    """
    signature = _signature(function)
    if signature is None:
        return None
    every = signature.parameters.values()
    needed = [one.name for one in every if one.kind in _POSITIONAL and one.default is one.empty]
    return needed if len(needed) > 1 or len(needed) == len(every) else None


def several_meant(line: MapLine, function: object, items: object) -> str:
    """Say how a line over `items` gives a function several arguments; "" if one is enough."""
    if line.function is None:
        return ""
    called = f"({line.function})" if line.function.startswith("lambda") else line.function
    names = ", ".join(_needed(function))
    by_place = f"type `%pmap {called}({names}) for {names} in {line.items}`"
    return _said(function, items, by_place, f"type `%pmap {called}(**x) for x in {line.items}`")


def rows_meant(line: MapLine, items: object) -> str:
    """Say how a line goes through the rows of a table, or its groups; "" if it has none."""
    kind = type(items).__name__
    if kind == "DataFrame":
        rows = f"`for _, row in {line.items}.iterrows()`"
        return f"(`{line.items}` gives the names of its columns; its rows are in {rows})"
    if kind == "DataFrameGroupBy" or line.items.endswith(".iterrows()"):
        return f"(each item is a pair, of a key and what you mean: `for _, x in {line.items}`)"
    return ""


def several_given(function: object, items: object) -> str:
    """Say how a call of `pmap` over `items` gives a function several arguments."""
    named = getattr(function, "__name__", "")
    called = named if named.isidentifier() else "function"
    by_place = f"call `pmap({called}, *zip(*items))`"
    return _said(function, items, by_place, f"call `pmap(lambda x: {called}(**x), items)`")


def _said(function: object, items: object, by_place: str, by_name: str) -> str:
    if not _needed(function):
        return ""
    first = items[0] if isinstance(items, list | tuple) and items else None
    if isinstance(first, dict) and all(isinstance(key, str) for key in first):
        return f"(each item is one argument; to give what it holds by name, {by_name})"
    return f"(each item is one argument; if items hold several, {by_place})"


def _needed(function: object) -> Sequence[str]:
    """Name the arguments that a function needs, if it needs more than one."""
    signature = _signature(function)
    if signature is None:
        return ()
    try:
        signature.bind(None)
    except TypeError:
        names = parameters(function) or ()
        return names if len(names) > 1 else ()  # else it takes none
    return ()


def _signature(function: object) -> inspect.Signature | None:
    if not callable(function):
        return None
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions have none
        return None
