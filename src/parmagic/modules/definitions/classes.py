"""Says how a class is made again in a module file, as it is by now."""

from __future__ import annotations

import ast
import builtins
import contextlib
import enum
import inspect
from collections.abc import Mapping
from copy import copy
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from parmagic.errors import TravelError
from parmagic.modules.bound import assigned, literal_said
from parmagic.modules.definitions.attributes import (
    Body,
    are_kept,
    body_of,
    is_plain,
    is_set_later,
    is_special,
    refer_method,
    registered,
    taken_from,
)
from parmagic.modules.definitions.defaults import (
    fill_default_factories,
    fill_defaults_of_methods,
    fill_fields,
)
from parmagic.modules.definitions.definition import (
    FUTURE,
    Definition,
    base_named,
    changed_class,
    whole_definition,
)
from parmagic.modules.definitions.describe import add_variables
from parmagic.modules.definitions.gone import leave_out_gone
from parmagic.modules.definitions.settled import settled_values
from parmagic.modules.definitions.variables import class_variables, own_functions
from parmagic.modules.definitions.wrapped import functions_in
from parmagic.modules.needs import Reader, Ref, definition_reader, dict_of
from parmagic.modules.replaced import newer
from parmagic.modules.source import Found, find_class
from parmagic.modules.values import data

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder


def describe_class(finder: Finder, value: type, name: str) -> bool:
    """Add what makes a class under `name`; False if there is no `class` statement for it."""
    found = find_class(value, replaced=newer(value, finder.namespace) is not None)
    if found is None:
        return False
    found = _as_decorated(value, found, finder.namespace)
    local = "<locals>" in value.__qualname__
    cells = class_variables(value, found) if local else {}
    if cells is None:
        return False
    future = _in_future(value, found)
    definition = whole_definition(found, name, tuple(cells), future=future)
    definition = _as_it_was(finder, value, definition, found)
    finder.add_definition(definition)
    reader = definition_reader(definition, value.__name__)
    if cells:
        add_variables(finder, value, cells, definition, reader)
    if cells or value.__qualname__ != name:
        finder.fill(name, f"__named__({name}, {value.__name__!r}, {value.__qualname__!r})")
    _fill_class(finder, value, name, found, reader)
    fill_default_factories(finder, value, name, reader)
    fill_fields(finder, value, name, reader)
    for kind in registered(value):
        ref = finder.refer(kind, kind.__name__, reader)
        finder.fill(name, f"{name}.register({ref.text})", ref)
    leave_out_gone(finder, definition, reader)
    return True


def _as_decorated(value: type, found: Found, namespace: Mapping[str, Any]) -> Found:
    """Leave out decorators that have put something else in the place of a class.

    Such as a function that returns its only instance.
    """
    node, now = found.node, namespace.get(value.__name__)
    if not isinstance(node, ast.ClassDef) or isinstance(now, type) or not callable(now):
        return found
    node = copy(node)
    node.decorator_list = [one for one in node.decorator_list if are_kept([one])]
    return found._replace(node=node)


def _in_future(value: type, found: Found) -> bool:
    """Tell whether the annotations of a class were not evaluated when it was defined."""
    functions = list(own_functions(value, found))
    if functions:
        return any(one.__code__.co_flags & FUTURE for one in functions)
    written = {
        node.target.id: isinstance(node.annotation, ast.Constant)
        for node in getattr(found.node, "body", ())
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    there = vars(value).get("__annotations__", {})
    return any(isinstance(there.get(key), str) and not quoted for key, quoted in written.items())


def _as_it_was(finder: Finder, value: type, definition: Definition, found: Found) -> Definition:
    """Keep the bases and the values that a class was given: the names may mean others by now."""
    bases: dict[str, str] = {}
    written, generic = getattr(found.node, "bases", ()), "__orig_bases__" in vars(value)
    in_turn = len(written) == len(value.__bases__) and not generic
    for place, base in enumerate(map(base_named, written) if generic else written):
        if isinstance(base, ast.Name):
            now = finder.namespace.get(base.id, getattr(builtins, base.id, None))
            old = next((one for one in value.__bases__ if one.__name__ == base.id), None)
            if (old is None or old is now) and in_turn and isinstance(now, type | None):
                old = value.__bases__[place]  # it may have been given others since
            if old is not None and old is not now:
                reader = Reader(value.__name__, definition.text, found.filename, definition.line)
                bases[base.id] = finder.refer(old, base.id, reader).text
    values = settled_values(value, found, finder.namespace)
    return changed_class(definition, bases, values) if bases or values else definition


def _fill_class(finder: Finder, value: type, name: str, found: Found, reader: Reader) -> None:
    """Give a class what it has by now, where its source would give it something else.

    It may be one in the body of another: then `name` is a path.
    """
    if isinstance(value, enum.EnumMeta):
        _fill_enumeration(finder, value, name, found, reader)
        fill_members(finder, value, name, reader)
    if type(value).__setattr__ is not type.__setattr__:  # as of an enumeration
        return
    fill_defaults_of_methods(finder, value, name, found, reader)
    body = body_of(found, value.__name__)
    plain = is_plain(value, found)
    said = _said_in_body(body)
    fields = (vars(one).get("__dataclass_fields__", {}) for one in value.__mro__)
    given: Mapping[str, Any] = next(filter(None, fields), {})
    for attribute, held in list(vars(value).items()):
        node = body.bound.get(attribute)
        if isinstance(node, ast.ClassDef) and _is_inner(held, value, node):
            path = f"{name}.{attribute}"
            if known := finder.settle(held, path):
                finder.fill(name, f"{path} = {known.text}", known)
                continue
            finder.needs.objects.append(held)  # it is looked at, too
            _fill_class(finder, held, path, found._replace(node=node), reader)
            continue
        if plain:
            if not is_set_later(value, attribute, found, body, finder.namespace):
                continue
        elif not _is_otherwise(value, attribute, said, given):
            continue
        # The body, run again, may give another value: a random one, or one made of other values.
        functions = list(functions_in(held))
        alone = bool(functions) and attribute not in said
        # A lock, or what a library has made, cannot be sent: the body makes one in each worker.
        with contextlib.nullcontext() if alone else contextlib.suppress(TravelError):
            ref = refer_method(finder, held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)
    if plain:
        _fill_rest(finder, value, name, found, body)


def _fill_enumeration(
    finder: Finder, value: enum.EnumMeta, name: str, found: Found, reader: Reader
) -> None:
    """Give an enumeration what it was given later, beside members; `name` may be a path."""
    body = body_of(found, value.__name__)
    for attribute, held in list(vars(value).items()):
        if attribute.startswith("_") or attribute in value.__members__:
            continue
        known = attribute in body.bound and not any(functions_in(held))
        if not known and is_set_later(value, attribute, found, body, finder.namespace):
            ref = refer_method(finder, held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def fill_members(finder: Finder, value: enum.EnumMeta, name: str, reader: Reader) -> None:
    """Give the members of an enumeration the attributes that they have."""
    members: Mapping[str, enum.Enum] = value.__members__
    for key, member in members.items():
        held = getattr(member, "__dict__", {})
        refs: dict[str, Ref] = {}
        for attribute, one in list(held.items()) if member.name == key else ():
            if not (attribute.startswith("_") and attribute.endswith("_")):  # those are of `enum`
                # As of a class: what cannot be sent, each worker has from its own `__init__`.
                with contextlib.suppress(TravelError):
                    refs[attribute] = finder.refer(one, attribute, reader)
        if refs:
            # Past its `__setattr__`, which may refuse, as that of a frozen data class does.
            line = f"{name}[{key!r}].__dict__.update({dict_of(refs)})"
            finder.fill(name, line, *refs.values())
        finder.needs.objects.append(member)  # it is looked at: it may be given others


def _fill_rest(finder: Finder, value: type, name: str, found: Found, body: Body) -> None:
    """Give a class the docstring that it has, and take from it what was taken from it."""
    node = found.node
    text = vars(value).get("__doc__")
    if isinstance(node, ast.ClassDef) and type(text) is str:
        written = ast.get_docstring(node, clean=False) or ""
        made = "__dataclass_fields__" in vars(value)  # which writes one
        if not made and inspect.cleandoc(text) != inspect.cleandoc(written):
            finder.fill(name, f"{name}.__doc__ = {text!r}")
    for attribute in taken_from(value, node, body):
        finder.fill(name, f"del {name}.{attribute}")


def _is_inner(held: object, outer: type, node: ast.ClassDef) -> bool:
    """Tell whether an attribute is the class that a statement in the body of a class has made."""
    path = f"{outer.__qualname__}.{node.name}"
    return isinstance(held, type) and held.__qualname__ == path and are_kept(node.decorator_list)


def _is_otherwise(
    value: type, attribute: str, said: Mapping[str, str], given: Mapping[str, Any]
) -> bool:
    """Tell whether an attribute of a class seems to be another than its body gives.

    Nobody can be sure: a library, a decorator or a base may have given it, too.
    """
    held = vars(value)[attribute]
    if is_special(attribute) or attribute in given or said.get(attribute) == repr(held):
        return False
    if isinstance(held, FunctionType) and isinstance(held.__code__, CodeType):
        owners = (value.__qualname__, value.__name__)  # a named tuple's own know no function around
        return held.__qualname__ not in [f"{owner}.{attribute}" for owner in owners]
    if said.get(attribute) == "" and _is_value(held):
        return True
    # As a rule, it is what a library keeps there.
    return _is_of_python(held) and (not attribute.startswith("_") or attribute in said)


def _said_in_body(body: Body) -> dict[str, str]:
    """Return what the body of a class assigns: constants as they would be printed, else nothing."""
    return {
        name: literal_said(value)
        for name, node in body.bound.items()
        for _, value in (() if name.endswith("__") else assigned(node))
    }


def _is_of_python(value: object) -> bool:
    """Tell whether a value is a constant or a container of Python's own, which no class minds."""
    return data.is_literal(value) or type(value) in (list, dict, set, frozenset, tuple)


def _is_value(value: object) -> bool:
    """Tell whether an attribute of a class is a value beside others, and no part of the class."""
    return _is_of_python(value) or not (hasattr(type(value), "__get__") or isinstance(value, type))
