"""Says how a function, a class or another defined object is made again in a module file."""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
import sys
from collections.abc import Mapping
from contextvars import ContextVar, copy_context
from types import CellType, FunctionType
from typing import TYPE_CHECKING, Any

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules.bound import TYPE_ALIAS, named_in
from parmagic.modules.closures import cells_of
from parmagic.modules.codes import nested
from parmagic.modules.definitions.apart import (
    fill_globals,
    fill_module,
    holds_what_travels,
    own_globals,
)
from parmagic.modules.definitions.defaults import defaults_said, fill_defaults
from parmagic.modules.definitions.definition import (
    FUTURE,
    Definition,
    annotations_of,
    function_definition,
    whole_definition,
)
from parmagic.modules.definitions.gone import leave_out_gone
from parmagic.modules.definitions.wrapped import unwrapped
from parmagic.modules.names import NO_NAMES, Names, names_compiled
from parmagic.modules.needs import Reader, Ref, Variable, definition_reader, dict_of
from parmagic.modules.own import is_function_of_notebook, is_nameless, module_of
from parmagic.modules.source import (
    FUNCTIONS,
    LAMBDA,
    Function,
    find_assignment,
    find_function,
    find_in_file,
    lines_of,
)

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder


def describe(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Add what makes `value` under `name`; False if its source is not to be had."""
    if isinstance(value, type):
        # Here and below: few functions need it.
        from parmagic.modules.definitions.classes import describe_class
        from parmagic.modules.definitions.named_tuple import describe_named_tuple, is_from_a_call

        if is_from_a_call(value):
            made = describe_named_tuple(finder, value, name)
        else:
            made = describe_class(finder, value, name)
        return made or _describe_assigned(finder, value, name)
    if is_nameless(value) and not is_function_of_notebook(unwrapped(value)):
        return _describe_function(finder, value, name, reader)
    if _describe_by_source(finder, value, name, reader):
        return True
    if is_function_of_notebook(value) or not _describe_assigned(finder, value, name):
        return is_nameless(value) and _describe_function(finder, value, name, reader)
    if isinstance(value, ContextVar) and (now := value_of(value)) is not value:
        ref = finder.refer(now, value.name, reader)
        finder.fill(name, f"{name}.set({ref.text})", ref)
    return True


def _describe_by_source(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Add a function of the notebook, or what a decorator has made of one."""
    if is_function_of_notebook(value) and _describe_function(finder, value, name, reader):
        return True
    from parmagic.modules.definitions.decorated import describe_decorated  # here: few need it

    if describe_decorated(finder, value, name, reader):
        return True
    # A decorator that was called by hand may have made what each worker can only have anew: a lock.
    made = is_nameless(value) and holds_what_travels(value)
    return made and _describe_function(finder, value, name, reader)


def value_of(variable: ContextVar[Any]) -> Any:
    """Return what a context variable has been set to; itself if it has not been."""
    return copy_context().get(variable, variable)


def _describe_function(finder: Finder, value: FunctionType, name: str, reader: Reader) -> bool:
    code, module = value.__code__, module_of(value)
    found = find_in_file(code) if module else find_function(code)
    if found is None or not isinstance(found.node, Function):
        return False
    own = {} if module else own_globals(value, lines_of(found), finder.namespace)
    apart = bool(own or module)
    said = defaults_said(found.node, value) and not apart
    future = bool(code.co_flags & FUTURE or apart) or _names_are_gone(found.node, finder.namespace)
    around = cells_of(value)
    definition = function_definition(
        found, name, tuple(around), keep_defaults=said, keep_annotations=not future
    )
    if around and (kind := _class_around(value)):
        definition = definition.standing_in(kind)
    finder.needs.later[name] = frozenset()
    names = NO_NAMES if apart else _names_of(finder, value, definition, found.node)
    finder.add_definition(definition, names)
    reader = definition_reader(definition, value.__name__)
    if module:
        fill_module(finder, name, module, reader)
    elif own:
        fill_globals(finder, name, own, reader)
    if around:
        add_variables(finder, value, around, definition, reader)
    if not said:
        fill_defaults(finder, value, name, name, reader)
    _fill_names(finder, value, definition, found.node)
    if future and value.__annotations__:
        refs = {
            key: _refer_annotation(finder, one, key, reader)
            for key, one in value.__annotations__.items()
        }
        finder.fill(name, f"{name}.__annotations__ = {dict_of(refs)}", *refs.values())
    _fill_attributes(finder, value, name, reader)
    return True


def _refer_annotation(finder: Finder, value: Any, key: str, reader: Reader) -> Ref:
    """Say how to get at an annotation: its text, where it is of a type parameter around it."""
    try:
        return finder.refer(value, key, reader)
    except TravelError:
        return Ref(repr(getattr(value, "__name__", None) or repr(value)))


def _names_of(
    finder: Finder, value: FunctionType, definition: Definition, node: Function
) -> Names | None:
    """Find what a function reads in the quick way: of a plain one of a cell, its code tells all."""
    if not isinstance(node, FUNCTIONS) or definition.variables:
        return None
    if getattr(node, "type_params", ()) or annotations_of(node):
        return None
    if not cells.is_cell(definition.filename):
        return None  # a file may have changed since it was run
    return names_compiled(value.__code__, definition.text, finder.namespace)


def _names_are_gone(node: Function, namespace: Mapping[str, Any]) -> bool:
    """Tell whether annotations cannot be evaluated again: they name what was local, or deleted."""
    if sys.version_info >= (3, 14) or isinstance(node, ast.Lambda):
        return False  # they are evaluated when somebody asks for them
    names = set[str]().union(*map(named_in, annotations_of(node)))
    names.difference_update(one.name for one in getattr(node, "type_params", ()))
    return not all(name in namespace or hasattr(builtins, name) for name in names)


def _class_around(value: FunctionType) -> str:
    """Name the class whose private names a function reads, from inside one of its methods."""
    names = {
        name
        for code in nested(value.__code__)
        for name in (*code.co_names, *code.co_varnames, *code.co_cellvars, *code.co_freevars)
    }
    for part in value.__qualname__.split(".")[:-1]:
        if any(name.startswith(f"_{part.lstrip('_')}__") for name in names):
            return part
    return ""


def add_variables(
    finder: Finder,
    value: FunctionType | type,
    cells: Mapping[str, CellType],
    definition: Definition,
    reader: Reader,
) -> None:
    """Add what the variables of a closure, or of a class of a function, hold."""
    made = []
    for variable, cell in cells.items():
        known = finder.cells.get(id(cell))
        if known is not None:
            finder.needs.shared.add(known)
            made.append(Variable(variable, finder.contents.get(known), known))
            continue
        place = finder.private(variable)
        finder.cells[id(cell)] = place
        finder.needs.objects.append(cell)
        try:
            content = cell.cell_contents
        except ValueError:
            made.append(Variable(variable, None, place))
            continue
        if content is value and variable == definition.inner:
            finder.contents[place] = Ref(definition.name, frozenset({definition.name}))
        else:
            finder.contents[place] = _refer_variable(finder, value, content, variable, reader)
        made.append(Variable(variable, finder.contents[place], place))
    finder.needs.variables[definition.name] = tuple(made)


def _refer_variable(
    finder: Finder, value: FunctionType | type, content: Any, variable: str, reader: Reader
) -> Ref:
    """Say how to get at what a variable holds; for a type parameter, make another like it.

    But not if the code of the function itself reads it, and not only its annotations (3.14).
    """
    try:
        return finder.refer(content, variable, reader)
    except TravelError:
        kind = type(content).__name__
        if isinstance(value, type) or variable in value.__code__.co_freevars:
            raise
        if kind not in ("TypeVar", "ParamSpec", "TypeVarTuple"):
            raise
        return Ref(f"__import__('typing').{kind}({variable!r})")


def _fill_names(
    finder: Finder, value: FunctionType, definition: Definition, node: Function
) -> None:
    """Give a function the name and the docstring that it has in the notebook."""
    name, own = definition.name, getattr(node, "name", LAMBDA)
    if definition.variables:
        within = f"{definition.within}." if definition.within else ""
        path = f"{definition.maker}.<locals>.{within}{own}"
    elif own in (name, LAMBDA):
        path = own
    else:  # tracebacks and profiles go by the code
        finder.fill(name, f"{name}.__code__ = {name}.__code__.replace(co_name={own!r})")
        path = own = name
    if value.__name__ != own:
        finder.fill(name, f"{name}.__name__ = {value.__name__!r}")
    if value.__qualname__ != path:
        finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    said = None if isinstance(node, ast.Lambda) else ast.get_docstring(node, clean=False)
    if value.__doc__ != said and _dedented(value.__doc__) != _dedented(said):
        finder.fill(name, f"{name}.__doc__ = {value.__doc__!r}")
    if value.__module__ not in (*MAINS, getattr(module_of(value), "__name__", None)):
        finder.fill(name, f"{name}.__module__ = {value.__module__!r}")


def _dedented(doc: Any) -> Any:
    return inspect.cleandoc(doc) if isinstance(doc, str) else doc  # as Python 3.13 compiles it


def _fill_attributes(finder: Finder, value: Any, name: str, reader: Reader) -> None:
    inner = getattr(vars(value).get("__wrapped__"), "__dict__", {})
    for attribute, held in sorted(vars(value).items(), key=lambda one: one[0] != "__wrapped__"):
        if attribute.startswith("__") and attribute != "__wrapped__":
            continue
        if attribute != "__wrapped__" and attribute in inner and inner[attribute] is held:
            finder.fill(name, f"{name}.{attribute} = {name}.__wrapped__.{attribute}")
        elif attribute.isidentifier():
            ref = finder.refer(held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def _describe_assigned(finder: Finder, value: Any, name: str) -> bool:
    """Describe what a statement `name = ...` made: a named tuple, a type variable."""
    named = [name, *(key for key, held in list(finder.namespace.items()) if held is value)]
    for held in dict.fromkeys(named):
        found = find_assignment(held)
        if found is None or not (
            isinstance(getattr(found.node, "value", None), ast.Call)
            or isinstance(found.node, TYPE_ALIAS or ())
        ):
            continue  # nowhere, or only another name of it
        finder.claim(held)
        finder.add_definition(definition := whole_definition(found, held))
        leave_out_gone(finder, definition, definition_reader(definition, held))
        if isinstance(value, enum.EnumMeta):
            from parmagic.modules.definitions.classes import fill_members

            fill_members(finder, value, held, definition_reader(definition, held))
        if held != name:
            finder.needs.aliases[name] = held
            finder.needs.before[name] = frozenset({held})
        return True
    return False
