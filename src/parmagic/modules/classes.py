"""Says how a class is made again in a module file, as it is by now."""

from __future__ import annotations
import __future__

import abc
import ast
import contextlib
import enum
import functools
import inspect
import symtable
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules import data
from parmagic.modules.attributes import (
    Body,
    body_of,
    functions_in,
    is_kept,
    is_plain,
    is_set_later,
    is_special,
    taken_from,
)
from parmagic.modules.defaults import defaults_said, fill_default_factories, fill_defaults
from parmagic.modules.definition import Definition, base_named, changed_class, whole_definition
from parmagic.modules.mangled import mangled
from parmagic.modules.needs import Reader, Ref, Variable, definition_reader
from parmagic.modules.replaced import newer
from parmagic.modules.settled import settled_values
from parmagic.modules.source import FUNCTIONS, Found, find_class, method_functions, variables_of

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

FUTURE_ANNOTATIONS = __future__.annotations.compiler_flag


def describe_class(finder: Finder, value: type, name: str) -> bool:
    """Add what makes a class under `name`; False if there is no `class` statement for it."""
    found = find_class(value, replaced=newer(value, finder.namespace) is not None)
    if found is None:
        return False
    local = "<locals>" in value.__qualname__
    cells = _variables_of(value) if local else {}
    by_methods = {name for one in method_functions(value) for name in one.__code__.co_freevars}
    if local and not _variables_read(found) <= by_methods:
        return False  # its body itself reads one, and nobody knows what that was
    future = _in_future(value, found)
    definition = whole_definition(found, name, tuple(sorted(cells)), future=future)
    if cells:
        finder.needs.variables[name] = ()
    definition = _as_it_was(finder, value, definition, found)
    finder.add_definition(definition)
    reader = definition_reader(definition, value.__name__)
    if cells:
        refs = {key: finder.refer(each, key, reader) for key, each in sorted(cells.items())}
        _refuse_circle(finder, name, refs, reader)
        finder.needs.variables[name] = tuple(
            Variable(key, ref, finder.private(key)) for key, ref in refs.items()
        )
        finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    elif value.__qualname__ != name:
        finder.fill(name, f"{name}.__name__ = {value.__name__!r}")
        finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    if isinstance(value, enum.EnumMeta):
        _fill_methods(finder, value, name, found, reader)
    _fill_class(finder, value, name, found, reader)
    fill_default_factories(finder, value, name, reader)
    for kind in registered(value):
        ref = finder.refer(kind, kind.__name__, reader)
        finder.fill(name, f"{name}.register({ref.text})", ref)
    return True


def _refuse_circle(finder: Finder, name: str, refs: Mapping[str, Ref], reader: Reader) -> None:
    """Refuse a class that can only be made when data are there that can only be made of it."""
    for key, ref in refs.items():
        if any(name in finder.needs.before.get(one, ()) for one in ref.needs):
            raise TravelError(
                f"`{key}`, read by {reader.place(key)}, is or holds an instance of that class, "
                "which cannot be sent to another process: define the class outside the function, "
                "or use `--backend thread`"
            )


def _in_future(value: type, found: Found) -> bool:
    """Tell whether the annotations of a class were not evaluated when it was defined."""
    # Those that its decorator has made, as of a data class, are compiled in another file.
    every = method_functions(value)
    functions = [one for one in every if one.__code__.co_filename == found.filename]
    if functions:
        return any(one.__code__.co_flags & FUTURE_ANNOTATIONS for one in functions)
    written = {
        node.target.id: isinstance(node.annotation, ast.Constant)
        for node in getattr(found.node, "body", ())
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    there = vars(value).get("__annotations__", {})
    return any(isinstance(there.get(key), str) and not quoted for key, quoted in written.items())


def _as_it_was(finder: Finder, value: type, definition: Definition, found: Found) -> Definition:
    """Keep the bases and the values that a class was given: their names may mean others by now."""
    bases: dict[str, str] = {}
    written, generic = getattr(found.node, "bases", ()), "__orig_bases__" in vars(value)
    in_turn = len(written) == len(value.__bases__) and not generic
    for place, base in enumerate(map(base_named, written) if generic else written):
        if isinstance(base, ast.Name):
            now = finder.namespace.get(base.id)
            old = next((one for one in value.__bases__ if one.__name__ == base.id), now)
            if old is now and in_turn:
                old = value.__bases__[place]  # it may have been given others since
            if old is not now and isinstance(now, type) and isinstance(old, type):
                reader = Reader(value.__name__, definition.text, found.filename, definition.line)
                bases[base.id] = finder.refer(old, base.id, reader).text
    values = settled_values(value, found, finder.namespace)
    return changed_class(definition, bases, values) if bases or values else definition


def _variables_of(value: type) -> dict[str, Any]:
    """Return what the methods of a class read of the function around it."""
    held: dict[str, Any] = {}
    for function in method_functions(value):
        held |= variables_of(function)
    held.pop("__class__", None)
    return held


def _variables_read(found: Found) -> set[str]:
    """Return what the body and the methods of a class read of the function around it."""
    tables = [symtable.symtable(found.source, found.filename, "exec")]
    for table in tables:  # it grows meanwhile
        tables.extend(table.get_children())
        if table.get_type() == "class" and table.get_lineno() == found.node.lineno:
            return {one.get_name() for one in table.get_symbols() if one.is_free()}
    return set()


def _fill_class(finder: Finder, value: type, name: str, found: Found, reader: Reader) -> None:
    """Give a class what it has otherwise than its source says: of names that have changed since.

    It may be one in the body of another: then `name` is a path.
    """
    if type(value).__setattr__ is not type.__setattr__:  # as of an enumeration
        return
    root = name.partition(".")[0]
    _fill_defaults_of_methods(finder, value, name, found, reader)
    body = body_of(found, value.__name__)
    plain = is_plain(value, found)
    said = _said_in_body(found, value.__name__)
    fields = (vars(one).get("__dataclass_fields__", {}) for one in value.__mro__)
    given: Mapping[str, Any] = next(filter(None, fields), {})
    for attribute, held in list(vars(value).items()):
        node = body.bound.get(attribute)
        if isinstance(node, ast.ClassDef) and _is_inner(held, value, node):
            finder.needs.objects.append(held)  # it is looked at, too
            _fill_class(finder, held, f"{name}.{attribute}", found._replace(node=node), reader)
            continue
        if plain:
            if not is_set_later(value, attribute, found, body, finder.namespace):
                continue
        elif not _is_otherwise(value, attribute, said, given):
            continue
        # What its body would come to is the worker's own: random, or made of other values.
        functions = list(functions_in(held))
        alone = bool(functions) and attribute not in said
        # A lock, or what a library has made: each worker has its own of it, if its body makes one.
        with contextlib.nullcontext() if alone else contextlib.suppress(TravelError):
            ref = _refer(finder, held, attribute, reader)
            finder.fill(root, f"{name}.{attribute} = {ref.text}", ref)
    if plain:
        _fill_rest(finder, value, name, found, body)


def _fill_rest(finder: Finder, value: type, name: str, found: Found, body: Body) -> None:
    """Give a class the docstring that it has, and take from it what was taken from it."""
    node, root = found.node, name.partition(".")[0]
    text = vars(value).get("__doc__")
    if isinstance(node, ast.ClassDef) and type(text) is str:
        written = ast.get_docstring(node, clean=False) or ""
        made = "__dataclass_fields__" in vars(value)  # which writes one
        if not made and inspect.cleandoc(text) != inspect.cleandoc(written):
            finder.fill(root, f"{name}.__doc__ = {text!r}")
    for attribute in taken_from(value, node, body):
        finder.fill(root, f"del {name}.{attribute}")


def _is_inner(held: object, outer: type, node: ast.ClassDef) -> bool:
    """Tell whether an attribute is the class that a statement in the body of a class has made."""
    path = f"{outer.__qualname__}.{node.name}"
    return isinstance(held, type) and held.__qualname__ == path and is_kept(node)


def _fill_methods(finder: Finder, value: type, name: str, found: Found, reader: Reader) -> None:
    """Give an enumeration the methods that it was given after its `class` statement."""
    body = body_of(found, value.__name__)
    for attribute, held in list(vars(value).items()):
        if attribute.startswith("_") or not any(functions_in(held)):
            continue
        if is_set_later(value, attribute, found, body, finder.namespace):
            ref = _refer(finder, held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def _is_otherwise(
    value: type, attribute: str, said: Mapping[str, str], given: Mapping[str, Any]
) -> bool:
    """Tell whether a class has an attribute otherwise than its body says, as far as is known.

    A library, a decorator or a base may have given it, too.
    """
    held = vars(value)[attribute]
    if is_special(attribute) or attribute in given or said.get(attribute) == repr(held):
        return False
    if isinstance(held, FunctionType) and isinstance(held.__code__, CodeType):
        return held.__qualname__ != f"{value.__qualname__}.{attribute}"
    if said.get(attribute) == "" and _is_value(held):
        return True
    # As a rule, it is what a library keeps there.
    return _is_plain(held) and (not attribute.startswith("_") or attribute in said)


def _refer(finder: Finder, held: Any, hint: str, reader: Reader) -> Ref:
    """Say how to get at an attribute of a class, which may be a method of a special kind."""
    maker = next((one for one in _MAKERS if type(held) is one), None)
    if maker is None:
        return finder.refer(held, hint, reader)
    parts = [held.fget, held.fset, held.fdel] if maker is property else [_inner(held)]
    refs = [finder.refer(maker, maker.__name__, reader)]
    refs += [finder.refer(part, hint, reader) for part in parts]
    arguments = ", ".join(ref.text for ref in refs[1:])
    if isinstance(held, functools.partialmethod):
        more = [finder.refer(one, hint, reader) for one in held.args]
        named = {key: finder.refer(one, key, reader) for key, one in held.keywords.items()}
        refs += [*more, *named.values()]
        arguments = ", ".join(
            [arguments, *(one.text for one in more), *(f"{k}={r.text}" for k, r in named.items())]
        )
    made = f"{refs[0].text}({arguments})"
    if isinstance(held, functools.cached_property):
        made = f"(__made := {made}, __made.__set_name__(None, {held.attrname!r}))[0]"
    return Ref(made, frozenset[str]().union(*(ref.needs for ref in refs)))


_MAKERS = (staticmethod, classmethod, property, functools.cached_property, functools.partialmethod)


def _inner(held: Any) -> Any:
    return held.__func__ if isinstance(held, staticmethod | classmethod) else held.func


def _fill_defaults_of_methods(
    finder: Finder, value: type, name: str, found: Found, reader: Reader
) -> None:
    """Give methods the defaults they were defined with."""
    nodes = {
        node.name: node for node in getattr(found.node, "body", ()) if isinstance(node, FUNCTIONS)
    }
    for attribute, held in list(vars(value).items()):
        function = held.__func__ if isinstance(held, classmethod | staticmethod) else held
        if not isinstance(function, FunctionType):
            continue
        node = nodes.get(function.__code__.co_name)
        elsewhere = node is None or function.__code__.co_filename != found.filename
        if node is None or elsewhere or not attribute.endswith(node.name):
            continue  # a decorator has made it, or somebody gave it to the class later
        if not defaults_said(node, function):
            bound = ".__func__" if isinstance(held, classmethod) else ""
            root = name.partition(".")[0]
            fill_defaults(finder, function, root, f"{name}.{attribute}{bound}", reader)


def registered(value: object) -> list[type]:
    """List the classes that were registered with an abstract base, in the order of their names."""
    if not isinstance(value, abc.ABCMeta) or value.__module__ not in MAINS:
        return []
    # Nothing public tells them but a print.
    dump = getattr(abc, "_get_dump", lambda _value: ((),))
    found = [one for reference in dump(value)[0] if (one := reference()) is not None]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))


def _said_in_body(found: Found, name: str) -> dict[str, str]:
    """Return what the body of a class assigns: constants as they would be printed, else nothing."""
    said = {}
    for node in getattr(found.node, "body", ()):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            try:
                text = repr(ast.literal_eval(node.value))
            except ValueError:
                text = ""
            for one in targets:
                if isinstance(one, ast.Name):
                    said[mangled(one.id, name)] = text
    return {key: text for key, text in said.items() if not key.endswith("__")}


def _is_plain(value: object) -> bool:
    """Tell whether a value means nothing to the class that holds it."""
    return data.is_literal(value) or type(value) in (list, dict, set, frozenset, tuple)


def _is_value(value: object) -> bool:
    """Tell whether an attribute of a class is a value beside others, and no part of the class."""
    return _is_plain(value) or not (hasattr(type(value), "__get__") or isinstance(value, type))
