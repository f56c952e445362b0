"""Gives a function in a module file the defaults with which it was defined."""

from __future__ import annotations

import ast
import functools
import inspect
from types import FunctionType
from typing import TYPE_CHECKING

from parmagic.main import MAINS
from parmagic.modules.bound import literal_said
from parmagic.modules.definitions.wrapped import functions_at
from parmagic.modules.needs import Reader, dict_of
from parmagic.modules.source import FUNCTIONS, LAMBDA, Found, Function, first_line
from parmagic.modules.values import data

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_FIELDS = "__dataclass_fields__"


def defaults_said(node: Function, value: FunctionType) -> bool:
    """Tell whether the defaults in the source are, as they stand there, those of the function."""
    arguments, positional = node.args, node.args.defaults
    there, also = value.__defaults__ or (), value.__kwdefaults__ or {}
    named = {
        argument.arg: default
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    if len(positional) != len(there) or named.keys() != also.keys():
        return False
    pairs = [*zip(positional, there, strict=True), *((named[key], also[key]) for key in named)]
    return all(_says(default, actual) for default, actual in pairs)


def _says(node: ast.expr, value: object) -> bool:
    if isinstance(node, ast.Constant):
        return type(node.value) is type(value) and repr(node.value) == repr(value)
    return data.is_literal(value) and literal_said(node) == repr(value)


def fill_defaults(
    finder: Finder, value: FunctionType, name: str, target: str, reader: Reader
) -> None:
    """Give a function the defaults it was defined with, whatever names mean now."""
    names = inspect.getfullargspec(value).args
    if value.__defaults__:
        hints = names[len(names) - len(value.__defaults__) :]
        refs = [
            finder.refer(each, hint, reader)
            for each, hint in zip(value.__defaults__, hints, strict=True)
        ]
        tuple_ = "".join(f"{ref.text}, " for ref in refs).strip()
        finder.fill(name, f"{target}.__defaults__ = ({tuple_})", *refs)
    if value.__kwdefaults__:
        named = {key: finder.refer(each, key, reader) for key, each in value.__kwdefaults__.items()}
        finder.fill(name, f"{target}.__kwdefaults__ = {dict_of(named)}", *named.values())


def fill_defaults_of_methods(
    finder: Finder, value: type, name: str, found: Found, reader: Reader
) -> None:
    """Give methods the defaults they were defined with; `name` may be a path."""
    nodes = {
        (first_line(node), node.name): node
        for node in getattr(found.node, "body", ())
        if isinstance(node, FUNCTIONS)
    }
    for attribute, held in list(vars(value).items()):
        if isinstance(held, functools.partialmethod):
            continue
        for path, function in functions_at(held, f"{name}.{attribute}"):
            code = function.__code__
            own = code.co_filename == found.filename
            node = nodes.get((code.co_firstlineno, code.co_name)) if own else None
            if node is None or not attribute.endswith(node.name):
                continue  # a decorator has made it, or somebody gave it to the class later
            if not defaults_said(node, function):
                fill_defaults(finder, function, name, path, reader)


def fill_default_factories(finder: Finder, value: type, name: str, reader: Reader) -> None:
    """Give the lambdas that make defaults of a data class the defaults they have themselves."""
    fields = vars(value).get(_FIELDS, {})
    bases = [vars(base).get(_FIELDS, {}) for base in value.__mro__[1:]] if fields else []
    for key, field in fields.items():
        factory = getattr(field, "default_factory", None)
        if not isinstance(factory, FunctionType) or factory.__module__ not in MAINS:
            continue
        if factory.__name__ != LAMBDA or any(one.get(key) is field for one in bases):
            continue  # it is defined under its own name, or with a base
        path = f"{name}.{_FIELDS}[{key!r}].default_factory"
        fill_defaults(finder, factory, name, path, reader)


def fill_fields(finder: Finder, value: type, name: str, reader: Reader) -> None:
    """Give a typed named tuple its defaults; those that are constants are in its text."""
    fields = vars(value).get("_field_defaults", {})
    if not all(map(data.is_literal, fields.values())):
        refs = {key: finder.refer(one, key, reader) for key, one in fields.items()}
        finder.fill(name, f"{name}._field_defaults.update({dict_of(refs)})", *refs.values())
        line = f"{name}.__new__.__defaults__ = (*{name}._field_defaults.values(),)"
        finder.fill(name, line, *refs.values())
