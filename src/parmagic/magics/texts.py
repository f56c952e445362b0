"""The source text of functions of the user's, and of methods of their classes."""

from __future__ import annotations

import ast
import copy
import linecache
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import cast

from parmagic import cells
from parmagic.magics.held import function_of
from parmagic.modules.own import is_own_class
from parmagic.modules.source import LAMBDA, Def, find_function, lines_of

# By `id`: code objects are equal where only decorators, defaults or the file differ.
_texts: dict[int, tuple[CodeType, str]] = {}


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
