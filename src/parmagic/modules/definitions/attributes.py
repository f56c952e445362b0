"""Tells what a class was given after its `class` statement, and how that is made again."""

from __future__ import annotations

import abc
import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import TYPE_CHECKING, Any, Generic

from parmagic import cells
from parmagic.main import MAINS
from parmagic.modules.bound import assigned, bound_names, literal_said, mangled
from parmagic.modules.definitions.wrapped import decorator_name, functions_in
from parmagic.modules.needs import Reader, Ref
from parmagic.modules.replaced import newer, reached
from parmagic.modules.source import (
    FUNCTIONS,
    Def,
    Found,
    find_class,
    find_function,
    first_line,
)

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_KEPT = ("dataclass", "total_ordering", "final", "runtime_checkable")  # decorators of classes
# Those of methods that leave the code of a method to be found.
_SIMPLE = (
    *("property", "staticmethod", "classmethod", "cached_property", "abstractmethod"),
    *("setter", "getter", "deleter", "final", "override"),
)
# What Python itself gives to a class with annotations, since 3.14.
ANNOTATE = ("__annotate_func__", "__annotate__")
_SLOTS = (MemberDescriptorType, GetSetDescriptorType)
_MAKERS = (staticmethod, classmethod, property, functools.cached_property, functools.partialmethod)
Binder = Def | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass
class Body:
    """Which statement of the body of a class gives each name its value."""

    bound: dict[str, Binder] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)  # names of loops, conditions, imports


def body_of(found: Found, name: str) -> Body:
    """Read the body of the `class` statement of a class called `name`."""
    body = Body()
    for node in getattr(found.node, "body", ()):
        names = [getattr(target, "id", "") for target, _ in assigned(node)]
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            body.bound[mangled(node.name, name)] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and "" not in names:
            body.bound |= {mangled(one, name): node for one in names}
        else:
            body.unsure |= {mangled(one, name) for one in bound_names(node)}
    return body


def is_plain(value: type, found: Found) -> bool:
    """Tell whether a class has only what its body, or later the notebook, has given it."""
    if type(value) not in (type, abc.ABCMeta) or "_field_defaults" in vars(value):
        return False
    if not are_kept(getattr(found.node, "decorator_list", ())):
        return False
    ours = (object, Generic)
    return not any("__init_subclass__" in vars(one) for one in value.__mro__[1:] if one not in ours)


def are_kept(decorators: Iterable[ast.expr]) -> bool:
    """Tell whether decorators of a class leave it what its body has given it."""
    return all(decorator_name(one) in _KEPT for one in decorators)


def is_set_later(
    value: type, attribute: str, found: Found, body: Body, namespace: Mapping[str, Any]
) -> bool:
    """Tell whether a plain class was given an attribute after its `class` statement."""
    held = vars(value)[attribute]
    fields = vars(value).get("__dataclass_fields__", {})
    if isinstance(held, _SLOTS) or attribute in body.unsure or attribute in ANNOTATE:
        return False
    if attribute in fields and fields[attribute].default is held:
        return False
    node = body.bound.get(attribute)
    if node is None:
        own = any(map(_is_of_cell, functions_in(held)))
        return own if is_special(attribute) else attribute != "_abc_impl"
    if isinstance(node, FUNCTIONS):
        return not _is_made_by(held, node, found)
    if isinstance(node, ast.ClassDef):
        is_it = isinstance(held, type) and held.__name__ == node.name
        return not is_it and not node.decorator_list
    return node.value is not None and _is_other(held, node.value, found, namespace)


def taken_from(value: type, node: ast.AST, body: Body) -> list[str]:
    """List what the body of a plain class gave it, and somebody has taken from it."""
    decorated = getattr(node, "decorator_list", ())  # `dataclass` takes fields away itself
    return [
        name
        for name, binder in body.bound.items()
        if name not in vars(value) and not is_special(name)
        if isinstance(binder, FUNCTIONS) or not decorated
    ]


def is_replaced_method(value: object, path: str, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a function was given to the class in its path after the `class` statement."""
    place, _, attribute = path.rpartition(".")
    owner = reached(namespace, place)
    if not isinstance(value, FunctionType) or not isinstance(owner, type):
        return False
    found = find_class(owner) if attribute in vars(owner) else None
    if found is None or not is_plain(owner, found):
        return False
    return is_set_later(owner, attribute, found, body_of(found, owner.__name__), namespace)


def is_special(attribute: str) -> bool:
    """Tell whether Python itself may give a class an attribute of this name."""
    return attribute.startswith("__") and attribute.endswith("__")


def _is_of_cell(function: FunctionType) -> bool:
    """Tell whether a function was written in the notebook, and not made by `dataclass`."""
    code, ours = function.__code__, function.__globals__.get("__name__") in MAINS
    # `python -c` calls its text as `dataclass` does what it makes: "<string>".
    return ours and bool(cells.source(code.co_filename)) and find_function(code) is not None


def _is_made_by(held: Any, node: Def, found: Found) -> bool:
    """Tell whether a `def` in the body of a class, with its decorators, made what it holds."""
    functions = list(functions_in(held))
    names = [decorator_name(one) for one in node.decorator_list]
    within = [
        one for one in functions if is_within(one, found) and one.__code__.co_name == node.name
    ]
    if not names:
        alone = held.__func__ if isinstance(held, staticmethod | classmethod) else held
        implied = alone is held or is_special(node.name)
        begins = bool(within) and within[0].__code__.co_firstlineno == first_line(node)
        return implied and begins and alone is within[0]
    known = all(name in _SIMPLE for name in names)
    if isinstance(held, property):
        parts = [one for one in (held.fget, held.fset, held.fdel) if one is not None]
        return not known or all(any(f in within for f in functions_in(one)) for one in parts)
    if within:  # not more wrappers than there are decorators
        return functions.index(within[0]) <= len(names)
    return not known


def is_within(function: FunctionType, found: Found) -> bool:
    """Tell whether a function was compiled from the `class` statement that was found."""
    code, node = function.__code__, found.node
    last = node.end_lineno or node.lineno
    return code.co_filename == found.filename and node.lineno <= code.co_firstlineno <= last


def _is_other(held: Any, node: ast.expr, found: Found, namespace: Mapping[str, Any]) -> bool:
    """Tell whether an attribute may be another than an expression in the body of the class gives.

    If that cannot be known, it may be: giving it once more does no harm.
    """
    if literal := literal_said(node):
        return literal != repr(held)
    if _meaning(node, namespace) is held:
        return True  # what is given by a name is given again when the name means something else
    functions = list(functions_in(held))
    if functions:
        return not any(is_within(one, found) for one in functions)
    if newer(type(held), namespace):
        return True  # a descriptor of a class that has been defined again
    return isinstance(held, type) or not hasattr(type(held), "__get__")


def _meaning(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    """Return what a name means now, or one of a module's; the node itself if it is neither."""
    if isinstance(node, ast.Name):
        return namespace.get(node.id, node)
    if isinstance(node, ast.Attribute):
        owner = _meaning(node.value, namespace)
        there = vars(owner) if type(owner) is type(ast) else {}
        return there.get(node.attr, node)
    return node


def refer_method(finder: Finder, held: Any, hint: str, reader: Reader) -> Ref:
    """Say how to get at an attribute of a class: a value, or a property, a static method, ..."""
    maker = type(held)
    if maker not in _MAKERS:
        return finder.refer(held, hint, reader)
    if maker is property:
        parts = [held.fget, held.fset, held.fdel]
    else:
        parts = [held.__func__ if maker in (staticmethod, classmethod) else held.func]
    keywords = {}
    if maker is functools.partialmethod:
        parts += held.args
        keywords = held.keywords
    made, *given = [finder.refer(one, hint, reader) for one in (maker, *parts)]
    named = {key: finder.refer(one, key, reader) for key, one in keywords.items()}
    arguments = [*(ref.text for ref in given), *(f"{key}={ref.text}" for key, ref in named.items())]
    text = f"{made.text}({', '.join(arguments)})"
    if maker is functools.cached_property:
        text = f"(__made := {text}, __made.__set_name__(None, {held.attrname!r}))[0]"
    needs = (ref.needs for ref in (made, *given, *named.values()))
    return Ref(text, frozenset[str]().union(*needs))


def registered(value: object) -> list[type]:
    """List the classes that were registered with an abstract base, in the order of their names."""
    if not isinstance(value, abc.ABCMeta) or value.__module__ not in MAINS:
        return []
    # Nothing public tells them but a print.
    dump = getattr(abc, "_get_dump", lambda _value: ((),))
    found = [one for reference in dump(value)[0] if (one := reference()) is not None]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))
