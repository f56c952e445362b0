"""Says how what a library's decorator has made of a function is made again in a module file."""

from __future__ import annotations

import contextlib
import functools
from types import FunctionType
from typing import TYPE_CHECKING, Any

from parmagic.errors import TravelError
from parmagic.modules.closures import EMPTY, cells_of
from parmagic.modules.definitions.defaults import defaults_said, fill_defaults
from parmagic.modules.definitions.definition import FUTURE, whole_definition
from parmagic.modules.definitions.describe import add_variables
from parmagic.modules.definitions.gone import leave_out_gone
from parmagic.modules.definitions.wrapped import CACHED, unwrapped
from parmagic.modules.needs import Reader, definition_reader
from parmagic.modules.own import is_function_of_notebook
from parmagic.modules.source import Function, find_function
from parmagic.modules.values import data

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_FUNCTOOLS = functools.singledispatch.__code__.co_filename


def describe_decorated(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Add what a decorator of a library made of a function of the notebook; False if none did."""
    inner = unwrapped(value)
    found = find_function(inner.__code__) if isinstance(inner, FunctionType) else None
    if inner is value or found is None:
        return False
    around = cells_of(inner)
    by_hand = not getattr(found.node, "decorator_list", None)
    local = "<locals>" in inner.__qualname__  # where the arguments of the decorator may be
    if by_hand or (local and isinstance(value, CACHED)):
        return _describe_cached(finder, value, name, reader)
    future = bool(inner.__code__.co_flags & FUTURE)
    path, one = "", value
    while one is not inner:
        one, path = one.__wrapped__, f"{path}.__wrapped__"
    # Of several decorators, those below made this; others may have made something of it.
    count = path.count(".")
    definition = whole_definition(found, name, tuple(around), future=future, decorators=count)
    finder.add_definition(definition)
    reader = definition_reader(definition, inner.__name__)
    if around:
        add_variables(finder, inner, around, definition, reader)
    if isinstance(found.node, Function) and not defaults_said(found.node, inner):
        fill_defaults(finder, inner, name, name + path, reader)
    if around or inner.__name__ != name:
        _fill_names(finder, value, name)
    _fill_registry(finder, value, name, reader)
    _fill_attributes_set(finder, value, name, reader)
    leave_out_gone(finder, definition, reader)
    return True


def _fill_names(finder: Finder, value: Any, name: str) -> None:
    """Give a function, and what decorators have made of it, the names they have in the notebook."""
    path, one = name, value
    while isinstance(one, FunctionType | CACHED):
        names = one.__name__, one.__qualname__
        finder.fill(name, f"{path}.__name__, {path}.__qualname__ = {names!r}")
        path, one = f"{path}.__wrapped__", vars(one).get("__wrapped__")


def _fill_registry(finder: Finder, value: Any, name: str, reader: Reader) -> None:
    """Register with a `singledispatch` function what the notebook has registered."""
    if getattr(getattr(value, "__code__", None), "co_filename", None) != _FUNCTOOLS:
        return
    for kind, implementation in getattr(value, "registry", {}).items():
        if kind is not object:
            made = finder.refer(implementation, implementation.__name__, reader)
            of = finder.refer(kind, kind.__name__, reader)
            finder.fill(name, f"{name}.register({of.text}, {made.text})", of, made)


def _describe_cached(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Describe a function that was given to `functools.cache` by hand."""
    parameters = getattr(value, "cache_parameters", None)
    if parameters is None:
        return False
    of = finder.refer(value.__wrapped__, value.__name__, reader)
    maker = finder.refer(functools.lru_cache, "lru_cache", reader)
    options = ", ".join(f"{key}={each!r}" for key, each in parameters().items())
    finder.needs.aliases[name] = f"{maker.text}({options})({of.text})"
    finder.needs.before[name] = of.needs
    _fill_attributes_set(finder, value, name, reader)
    return True


def _fill_attributes_set(finder: Finder, value: Any, name: str, reader: Reader) -> None:
    """Give what a decorator of a library has made the attributes that the notebook has set.

    Nobody can tell these from what the decorator has set itself. So what is there in a worker
    stays, as it may be a part of the function, unless it is a constant.
    """
    if not isinstance(value, FunctionType | CACHED):
        return  # an object of the library's, with attributes for its own use
    closure = getattr(value, "__closure__", None) or ()
    parts = {id(value), *(id(cell.cell_contents) for cell in closure if cell != EMPTY)}
    for attribute, held in sorted(vars(value).items()):
        if attribute.startswith("_") or not attribute.isidentifier() or id(held) in parts:
            continue
        if data.is_literal(held):
            finder.fill(name, f"{name}.{attribute} = {held!r}")
        elif not callable(held) or is_function_of_notebook(held) or data.importable_from(held):
            with contextlib.suppress(TravelError):  # each worker has its own
                ref = finder.refer(held, attribute, reader)
                finder.fill(name, f"{name}.__dict__.setdefault({attribute!r}, {ref.text})", ref)
