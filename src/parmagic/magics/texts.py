"""What functions of the user's, and methods of their classes, are written as."""

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

# By number: code is equal to other code that has other defaults and decorators, or another file.
_texts: dict[int, tuple[CodeType, str]] = {}


def text_by_itself(function: FunctionType) -> str:
    """Return the text of one function by itself, without what it may wrap."""
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
    # What decorators read is read once, where it is defined; the value shows what they made of it.
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
