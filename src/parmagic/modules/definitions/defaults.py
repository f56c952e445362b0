"""Gives a function in a module file the defaults with which it was defined."""

from __future__ import annotations

import ast
import inspect
from types import FunctionType
from typing import TYPE_CHECKING

from parmagic.main import MAINS
from parmagic.modules.needs import Reader, dict_of
from parmagic.modules.source import LAMBDA, Function
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
    if not data.is_literal(value):
        return False
    try:
        return repr(ast.literal_eval(node)) == repr(value)
    except ValueError:
        return False


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
