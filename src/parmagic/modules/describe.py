"""Says how a function, a class or another defined object is made again in a module file."""

from __future__ import annotations

import ast
import functools
import inspect
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeGuard

from parmagic.modules import data
from parmagic.modules.definition import (
    Definition,
    function_definition,
    renamed_bases,
    whole_definition,
)
from parmagic.modules.needs import Reader, Ref, Variable
from parmagic.modules.source import (
    LAMBDA,
    Found,
    Function,
    find_assignment,
    find_class,
    find_function,
    method_functions,
)

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_FUTURE_ANNOTATIONS = __import__("__future__").annotations.compiler_flag
_FUNCTOOLS = functools.singledispatch.__code__.co_filename


def describe(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Add what makes `value` under `name`; False if its source is not to be had."""
    if isinstance(value, type):
        return _describe_class(finder, value, name)
    if is_function_of_notebook(value):
        return _describe_function(finder, value, name, reader)
    if _describe_wrapped(finder, value, name, reader):
        return True
    return _describe_assigned(finder, value, name)


def is_function_of_notebook(value: object) -> TypeGuard[FunctionType]:
    """Tell whether a value is a function whose globals are the notebook's."""
    # What `%run` has run has no name any more.
    return (
        type(value) is FunctionType and value.__globals__.get("__name__", "__main__") == "__main__"
    )


def _describe_function(finder: Finder, value: FunctionType, name: str, reader: Reader) -> bool:
    found = find_function(value.__code__)
    if found is None or not isinstance(found.node, Function):
        return False
    code = value.__code__
    said = _defaults_said(found.node, value)
    future = bool(code.co_flags & _FUTURE_ANNOTATIONS)
    definition = function_definition(
        found, name, code.co_freevars, keep_defaults=said, keep_annotations=not future
    )
    finder.needs.later[name] = frozenset()
    if code.co_freevars:
        finder.needs.variables[name] = ()
    finder.add_definition(definition)
    reader = Reader(value.__name__, definition.block, definition.filename, definition.line)
    if code.co_freevars:
        _add_variables(finder, value, definition, reader)
    if not said:
        _fill_defaults(finder, value, name, name, reader)
    _fill_names(finder, value, definition, found.node)
    if future and value.__annotations__:
        finder.fill(name, f"{name}.__annotations__ = {value.__annotations__!r}")
    _fill_attributes(finder, value, name, reader)
    return True


def _add_variables(
    finder: Finder, value: FunctionType, definition: Definition, reader: Reader
) -> None:
    """Add what the variables of a closure hold."""
    made = []
    for variable, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=True):
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
            made.append(Variable(variable, Ref(definition.name), place))
            finder.contents[place] = Ref(definition.name)
            continue
        finder.contents[place] = finder.refer(content, variable, reader)
        made.append(Variable(variable, finder.contents[place], place))
    finder.needs.variables[definition.name] = tuple(made)


def _defaults_said(node: Function, value: FunctionType) -> bool:
    """Tell whether the defaults in the source are, as they stand there, those of the function."""
    positional = list(node.args.defaults)
    named = {
        argument.arg: default
        for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        if default is not None
    }
    there, also = value.__defaults__ or (), value.__kwdefaults__ or {}
    if len(positional) != len(there) or named.keys() != also.keys():
        return False
    pairs = [*zip(positional, there, strict=True), *((named[key], also[key]) for key in named)]
    return all(_says(default, actual) for default, actual in pairs)


def _says(node: ast.expr, value: object) -> bool:
    if not data.is_literal(value):
        return False
    try:
        return repr(ast.literal_eval(node)) == repr(value)
    except ValueError:
        return False


def _fill_defaults(
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
        dict_ = ", ".join(f"{key!r}: {ref.text}" for key, ref in named.items())
        finder.fill(name, f"{target}.__kwdefaults__ = {{{dict_}}}", *named.values())


def _fill_names(
    finder: Finder, value: FunctionType, definition: Definition, node: Function
) -> None:
    """Give a function the name and the docstring that it has in the notebook."""
    name, own = definition.name, getattr(node, "name", LAMBDA)
    if definition.variables:
        path = f"{definition.maker}.<locals>.{own}"
    else:
        path = own = own if isinstance(node, ast.Lambda) else name
    if value.__name__ == value.__qualname__ != path:
        finder.fill(name, f"{name}.__name__ = {name}.__qualname__ = {value.__name__!r}")
    else:
        if value.__name__ != own:
            finder.fill(name, f"{name}.__name__ = {value.__name__!r}")
        if value.__qualname__ != path:
            finder.fill(name, f"{name}.__qualname__ = {value.__qualname__!r}")
    said = None if isinstance(node, ast.Lambda) else ast.get_docstring(node, clean=False)
    if value.__doc__ != said and (value.__doc__ is None) != (said is None):
        finder.fill(name, f"{name}.__doc__ = {value.__doc__!r}")
    if value.__module__ != "__main__":
        finder.fill(name, f"{name}.__module__ = {value.__module__!r}")


def _fill_attributes(finder: Finder, value: Any, name: str, reader: Reader) -> None:
    for attribute, held in sorted(vars(value).items()):
        if attribute.isidentifier():
            ref = finder.refer(held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def _describe_wrapped(finder: Finder, value: Any, name: str, reader: Reader) -> bool:
    """Describe what a decorator of a library made of a function of the notebook."""
    inner = inspect.unwrap(value)
    found = find_function(inner.__code__) if isinstance(inner, FunctionType) else None
    if inner is value or found is None:
        return False
    if not getattr(found.node, "decorator_list", None):
        return _describe_cached(finder, value, name, reader)
    future = bool(inner.__code__.co_flags & _FUTURE_ANNOTATIONS)
    definition = whole_definition(found, name, future=future)
    finder.add_definition(definition)
    reader = Reader(inner.__name__, definition.block, definition.filename, definition.line)
    if isinstance(found.node, Function) and not _defaults_said(found.node, inner):
        depth, one = "", value
        while one is not inner:
            one, depth = one.__wrapped__, f"{depth}.__wrapped__"
        _fill_defaults(finder, inner, name, name + depth, reader)
    _fill_registry(finder, value, name, reader)
    return True


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
    return True


def _describe_class(finder: Finder, value: type, name: str) -> bool:
    found = find_class(value)
    if found is None:
        return _describe_assigned(finder, value, name)
    cells = _variables_of(value) if "<locals>" in value.__qualname__ else {}
    future = _in_future(value, found)
    definition = whole_definition(found, name, tuple(sorted(cells)), future=future)
    if cells:
        finder.needs.variables[name] = ()
    definition = _with_own_bases(finder, value, definition, found)
    finder.add_definition(definition)
    reader = Reader(value.__name__, definition.block, definition.filename, definition.line)
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
    return True


def _in_future(value: type, found: Found) -> bool:
    """Tell whether the annotations of a class were not evaluated when it was defined."""
    functions = list(method_functions(value))
    if functions:
        return any(one.__code__.co_flags & _FUTURE_ANNOTATIONS for one in functions)
    written = {
        node.target.id: isinstance(node.annotation, ast.Constant)
        for node in getattr(found.node, "body", ())
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    there = vars(value).get("__annotations__", {})
    return any(isinstance(there.get(key), str) and not quoted for key, quoted in written.items())


def _with_own_bases(
    finder: Finder, value: type, definition: Definition, found: Found
) -> Definition:
    """Keep the bases that a class has: their names may mean newer classes by now."""
    new: dict[str, str] = {}
    for base in getattr(found.node, "bases", ()):
        if isinstance(base, ast.Name):
            now = finder.namespace.get(base.id)
            old = next((one for one in value.__bases__ if one.__name__ == base.id), now)
            if old is not now and isinstance(now, type) and isinstance(old, type):
                reader = Reader(value.__name__, definition.text, found.filename, definition.line)
                new[base.id] = finder.refer(old, base.id, reader).text
    return renamed_bases(definition, new) if new else definition


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


def _fill_class(finder: Finder, value: type, name: str, found: Found, reader: Reader) -> None:
    """Give a class what it has otherwise than its source says: of names that have changed since."""
    if type(value).__setattr__ is not type.__setattr__ or hasattr(value, "__members__"):
        return
    said = _said_in_body(found)
    given = getattr(value, "__dataclass_fields__", {})
    for attribute, held in list(vars(value).items()):
        special = attribute.startswith("__") and attribute.endswith("__")
        if special or attribute in given or said.get(attribute) == repr(held):
            continue
        if isinstance(held, FunctionType) and isinstance(held.__code__, CodeType):
            if held.__qualname__ == f"{value.__qualname__}.{attribute}":
                continue
        elif not _is_plain(held):
            continue
        ref = finder.refer(held, attribute, reader)
        finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def _said_in_body(found: Found) -> dict[str, str]:
    """Return the constants that the body of a class assigns, as they would be printed."""
    said = {}
    for node in getattr(found.node, "body", ()):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            try:
                text = repr(ast.literal_eval(node.value))
            except ValueError:
                continue
            said.update({one.id: text for one in targets if isinstance(one, ast.Name)})
    return said


def _is_plain(value: object) -> bool:
    """Tell whether a value means nothing to the class that holds it."""
    return data.is_literal(value) or type(value) in (list, dict, set, frozenset, tuple)


def _describe_assigned(finder: Finder, value: Any, name: str) -> bool:
    """Describe what a statement `name = ...` made: a named tuple, a type variable."""
    named = [name, *(key for key, held in list(finder.namespace.items()) if held is value)]
    for held in dict.fromkeys(named):
        found = find_assignment(held)
        if found is None or not isinstance(getattr(found.node, "value", None), ast.Call):
            continue  # nowhere, or only another name of it
        finder.claim(held)
        finder.add_definition(whole_definition(found, held))
        if held != name:
            finder.needs.aliases[name] = held
            finder.needs.before[name] = frozenset({held})
        return True
    return False
