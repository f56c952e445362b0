"""The functions and classes of the user's that a value is, or holds; and their source text."""

from __future__ import annotations

import ast
import copy
import linecache
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from types import BuiltinMethodType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple, TypeGuard, cast

from parmagic import cells
from parmagic.magics.inside import attributes_of, behind, items_of
from parmagic.modules.definitions.wrapped import functions_in
from parmagic.modules.mutators import CHANGING
from parmagic.modules.own import is_own_class, is_own_source
from parmagic.modules.source import LAMBDA, Def, find_function, lines_of

_MOST = (3, 20, 100)  # values that are looked at in a container: of the outermost, the last
# By `id`: code objects are equal where only decorators, defaults or the file differ.
_texts: dict[int, tuple[CodeType, str]] = {}


class Instance(NamedTuple):
    """Stands for an object of a class: its methods count, but not those that make it."""

    kind: type


def held_by(value: Any, depth: int = len(_MOST)) -> Iterator[Any]:
    """Yield the functions, classes and methods of the user's that a value is, or holds."""
    if isinstance(value, FunctionType | Instance) or (
        isinstance(value, type) and is_own_class(value)
    ):
        yield value
        return
    if isinstance(value, MethodType) or is_changing(value):
        yield value
    if depth and not isinstance(value, ModuleType | type):
        for one in islice(_inside(value), _MOST[depth - 1]):
            yield from held_by(one, depth - 1)


def is_changing(value: Any) -> TypeGuard[BuiltinMethodType]:
    """Tell whether a value is a method of a container that changes it: `seen.append`."""
    bound = isinstance(value, BuiltinMethodType) and value.__name__ in CHANGING
    return bound and not isinstance(value.__self__, ModuleType | type)


def _inside(value: Any) -> Iterable[Any]:
    """List the values that one holds, and its class."""
    if isinstance(value, MethodType | partial):
        return behind(value)
    if is_own_class(type(value)):
        return (Instance(type(value)), *attributes_of(value))
    if (held := items_of(value)) is not None:
        return held
    # What `functools.lru_cache` makes, and the like.
    return (value.__wrapped__,) if callable(value) and hasattr(value, "__wrapped__") else ()


def function_of(held: Any) -> FunctionType | None:
    """Return the function of a method or a property, if the user has written it.

    Not what a library makes of it, such as `contextmanager`.
    """
    functions = functions_in(held)
    return next((one for one in functions if is_own_source(one.__code__.co_filename)), None)


def text_by_itself(function: FunctionType) -> str:
    """Return the text of a function without its decorators, and not that of what it wraps."""
    code = function.__code__
    if (known := _texts.get(id(code))) is not None:
        return known[1]
    if len(_texts) > 4000:
        _texts.clear()
    text = _text_of(code)
    if text:
        _texts[id(code)] = code, text
    return text


def _text_of(code: CodeType) -> str:
    if not cells.is_cell(code.co_filename):
        linecache.checkcache(code.co_filename)  # it may have been saved since it was last read
    found = find_function(code)
    if found is None:
        return ""
    if code.co_name == LAMBDA:
        return ast.unparse(found.node)
    # Decorators run once, at the definition; what they have made of it is looked at as a value.
    node = copy.copy(cast("Def", found.node))
    node.decorator_list = []
    return lines_of(found._replace(node=node))


def methods_in(kind: type) -> Iterator[str]:
    """Yield the texts of the methods of a class, and of its bases."""
    for one in kind.__mro__:
        for held in list(vars(one).values()) if is_own_class(one) else ():
            if (function := function_of(held)) is not None:
                yield text_by_itself(function)


def init_of(kind: type) -> FunctionType | None:
    """Return the `__init__` of a class, its own or of a base, if the user has written it."""
    return function_of(getattr(kind, "__init__", None))
