"""Says how a class is made again in a module file, as it is by now."""

from __future__ import annotations
import __future__

import abc
import ast
import contextlib
import symtable
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules import data
from parmagic.modules.defaults import defaults_said, fill_default_factories, fill_defaults
from parmagic.modules.definition import Definition, changed_class, whole_definition
from parmagic.modules.needs import Reader, Variable, definition_reader
from parmagic.modules.settled import settled_values
from parmagic.modules.source import FUNCTIONS, Found, find_class, method_functions

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

FUTURE_ANNOTATIONS = __future__.annotations.compiler_flag


def describe_class(finder: Finder, value: type, name: str) -> bool:
    """Add what makes a class under `name`; False if there is no `class` statement for it."""
    found = find_class(value)
    if found is None:
        return False
    cells = _variables_of(value) if "<locals>" in value.__qualname__ else {}
    if "<locals>" in value.__qualname__ and not _variables_read(found) <= cells.keys():
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
        finder.needs.variables[name] = tuple(
            Variable(key, ref, finder.private(key)) for key, ref in refs.items()
        )
        if "<locals>" in value.__qualname__:
            finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    elif value.__qualname__ != name:
        finder.fill(name, f"{name}.__name__ = {value.__name__!r}")
        finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    _fill_class(finder, value, name, found, reader)
    fill_default_factories(finder, value, name, reader)
    for kind in registered(value):
        ref = finder.refer(kind, kind.__name__, reader)
        finder.fill(name, f"{name}.register({ref.text})", ref)
    return True


def _in_future(value: type, found: Found) -> bool:
    """Tell whether the annotations of a class were not evaluated when it was defined."""
    functions = list(method_functions(value))
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
    for base in getattr(found.node, "bases", ()):
        if isinstance(base, ast.Name):
            now = finder.namespace.get(base.id)
            old = next((one for one in value.__bases__ if one.__name__ == base.id), now)
            if old is not now and isinstance(now, type) and isinstance(old, type):
                reader = Reader(value.__name__, definition.text, found.filename, definition.line)
                bases[base.id] = finder.refer(old, base.id, reader).text
    values = settled_values(value, found, finder.namespace)
    return changed_class(definition, bases, values) if bases or values else definition


def _variables_of(value: type) -> dict[str, Any]:
    """Return what the methods of a class read of the function around it."""
    held: dict[str, Any] = {}
    for function in method_functions(value):
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            if name != "__class__":
                held[name] = cell.cell_contents
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
    """Give a class what it has otherwise than its source says: of names that have changed since."""
    if type(value).__setattr__ is not type.__setattr__:  # as of an enumeration
        return
    _fill_defaults_of_methods(finder, value, name, found, reader)
    said = _said_in_body(found, value.__name__)
    fields = (vars(one).get("__dataclass_fields__", {}) for one in value.__mro__)
    given: Mapping[str, Any] = next(filter(None, fields), {})
    for attribute, held in list(vars(value).items()):
        special = attribute.startswith("__") and attribute.endswith("__")
        if special or attribute in given or said.get(attribute) == repr(held):
            continue
        if isinstance(held, FunctionType) and isinstance(held.__code__, CodeType):
            if held.__qualname__ == f"{value.__qualname__}.{attribute}":
                continue
        elif said.get(attribute) == "" and _is_value(held):
            # What its body would come to is the worker's own: random, or made of other values.
            with contextlib.suppress(TravelError):  # a lock, which each worker has its own of
                ref = finder.refer(held, attribute, reader)
                finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)
            continue
        elif not _is_plain(held) or (attribute.startswith("_") and attribute not in said):
            continue  # as a rule, it is what a library keeps there
        ref = finder.refer(held, attribute, reader)
        finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


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
        if node is None or function.__code__.co_filename != found.filename:
            continue  # a decorator has made it, or somebody gave it to the class later
        if not defaults_said(node, function):
            bound = ".__func__" if isinstance(held, classmethod) else ""
            fill_defaults(finder, function, name, f"{name}.{attribute}{bound}", reader)


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
                    own = one.id.startswith("__")
                    special = own and one.id.endswith("__")
                    key = f"_{name.lstrip('_')}{one.id}" if own and not special else one.id
                    said[key] = text
    return {key: text for key, text in said.items() if not key.endswith("__")}


def _is_plain(value: object) -> bool:
    """Tell whether a value means nothing to the class that holds it."""
    return data.is_literal(value) or type(value) in (list, dict, set, frozenset, tuple)


def _is_value(value: object) -> bool:
    """Tell whether an attribute of a class is a value beside others, and no part of the class."""
    return _is_plain(value) or not (hasattr(type(value), "__get__") or isinstance(value, type))
