"""What code a task may run: a function, those whose names its code reads, and theirs in turn.

It is read from compiled code, of the notebook and of the user's modules, not of what is installed.
"""

from __future__ import annotations

import contextlib
import dis
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import PathFinder
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, TypeGuard

from parmagic.modules.closures import variables_of
from parmagic.modules.codes import CODES, names_in, nested
from parmagic.modules.definitions.wrapped import CACHED
from parmagic.modules.own import is_own_class, is_own_code
from parmagic.modules.own_modules import is_own_module
from parmagic.modules.quiet import quiet
from parmagic.modules.source import method_functions

MOST = 500  # functions and classes that are looked at


@dataclass(frozen=True, eq=False)
class Piece:
    """Compiled code, and what the names that it reads mean."""

    code: CodeType
    values: Mapping[str, Any]  # by name; attributes are not among them
    names: frozenset[str]  # also those of attributes


def pieces(starts: Iterable[Any], expression: str, namespace: Mapping[str, Any]) -> Iterator[Piece]:
    """Yield the code of calls, and of an expression in a namespace, with all that these reach."""
    waiting = list(starts)
    if expression:
        with contextlib.suppress(SyntaxError):  # of a piece of code that cannot stand alone
            with quiet():
                code = compile(f"({expression}\n)", "", "eval")
            piece = _piece(code, namespace, {})
            yield piece
            waiting += _meant(piece)
    seen = set(map(id, waiting))
    while waiting and len(seen) < MOST:
        value = waiting.pop()
        for function in _functions(value):
            piece = _piece(function.__code__, function.__globals__, variables_of(function))
            yield piece
            for one in _meant(piece):
                if id(one) not in seen:
                    seen.add(id(one))
                    waiting.append(one)


def loads_later(found: Iterable[Piece]) -> set[str]:
    """Return the modules that packages import only when code first reads their names.

    As numpy does with `numpy.random`: a new process would do it in its first task.
    """
    loaded: set[str] = set()
    for piece in found:
        packages = {name: value for name, value in piece.values.items() if _is_lazy(value)}
        for name, attribute in attributes_read(piece.code) if packages else ():
            if name in packages:
                path = f"{packages[name].__name__}.{attribute}"
                if path in sys.modules or _can_be_loaded(packages[name], attribute):
                    loaded.add(path)
    return loaded


def _is_lazy(value: Any) -> TypeGuard[ModuleType]:
    return issubclass(type(value), ModuleType) and "__getattr__" in vars(value)


def _can_be_loaded(package: ModuleType, name: str) -> bool:
    """Tell whether a package has a module of that name, which is not loaded yet."""
    folders = vars(package).get("__path__")
    if name in vars(package) or not folders:
        return False
    return PathFinder.find_spec(f"{package.__name__}.{name}", folders) is not None


@functools.lru_cache(maxsize=CODES)
def attributes_read(code: CodeType) -> frozenset[tuple[str, str]]:
    """List the names that code reads, each with an attribute that it reads of it at once."""
    found = set()
    for one in nested(code):
        name = ""
        for step in dis.get_instructions(one):
            if step.opname in ("LOAD_ATTR", "LOAD_METHOD") and name:
                found.add((name, step.argval))
            if step.opname != "EXTENDED_ARG":
                named = step.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF")
                name = step.argval if named else ""
    return frozenset(found)


def _functions(value: Any) -> Iterator[FunctionType]:
    """Yield the functions of the user's own that a call of `value` may run.

    Attributes are not asked of an object of the user's, which might compute them.
    """
    kind = type(value)
    if issubclass(kind, functools.partial):
        yield from _functions(value.func)
    elif issubclass(kind, MethodType):
        yield from _functions(value.__func__)
    elif issubclass(kind, CACHED):
        yield from _functions(value.__wrapped__)
    elif issubclass(kind, FunctionType):
        if is_own_code(value):
            yield value
    else:
        kind = value if issubclass(kind, type) else kind
        if is_own_class(kind):
            yield from method_functions(kind)


def _piece(code: CodeType, namespace: Mapping[str, Any], closure: Mapping[str, Any]) -> Piece:
    names = names_in(code)
    values = {name: namespace[name] for name in names if name in namespace}
    return Piece(code, {**values, **closure}, names)


def _meant(piece: Piece) -> Iterator[Any]:
    """Yield what may be called of what a piece reads: of the user's modules, what it names."""
    for value in piece.values.values():
        if not issubclass(type(value), ModuleType):
            yield value
        elif is_own_module(value.__name__):
            yield from (vars(value)[name] for name in piece.names if name in vars(value))
