"""The text of a function of the user's, kept as long as its code is the same."""

from __future__ import annotations

import ast
import linecache
from types import CodeType, FunctionType

from parmagic import cells
from parmagic.modules.source import LAMBDA, find_function, lines_of

# By number: code is equal to other code that has other defaults and decorators, or another file.
_texts: dict[int, tuple[CodeType, str]] = {}


def function_text(function: FunctionType) -> str:
    """Return the text of one function by itself, without what it may wrap."""
    code = function.__code__
    if id(code) not in _texts:
        if len(_texts) > 1000:
            _texts.clear()
        text = _text_of(code)
        if not text:
            return ""
        _texts[id(code)] = code, text
    return _texts[id(code)][1]


def _text_of(code: CodeType) -> str:
    if not cells.is_cell(code.co_filename):
        linecache.checkcache(code.co_filename)  # it may have been saved since it was last read
    found = find_function(code)
    if found is None:
        return ""
    return ast.unparse(found.node) if code.co_name == LAMBDA else lines_of(found)
