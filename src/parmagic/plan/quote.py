"""Quotes pieces of a cell as the user wrote them: `ast.unparse` would write them anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence

from parmagic.modules.quiet import parsed

_END_OF_LINE = re.compile(r"\r\n?|\n")  # as Python's parser counts lines: not by form feeds
Quote = Callable[[ast.AST], str]


def quoting(code: str) -> Quote:
    """Return what quotes nodes of the parsed `code`.

    A node of several lines, or one that was changed after parsing, is written by `ast.unparse`.
    """
    # `ast.get_source_segment` would split the whole cell again for each node.
    lines = [line.encode() for line in _END_OF_LINE.split(code)]

    def quote(node: ast.AST) -> str:
        plain = ast.unparse(node)
        text = _written(node, lines)
        return text if _reads_as(text, plain) else plain

    return quote


def quote_head(node: ast.stmt, quote: Quote) -> str:
    """Quote the first line of a statement: `for x in xs:` without its body."""
    if isinstance(node, ast.For):
        return f"for {quote(node.target)} in {quote(node.iter)}:"
    if isinstance(node, ast.If | ast.While):
        word = "if" if isinstance(node, ast.If) else "while"
        return f"{word} {quote(node.test)}:"
    return quote(node).split("\n", maxsplit=1)[0]


def _written(node: ast.AST, lines: Sequence[bytes]) -> str:
    """Return the text of a node that stands in one line; "" if it does not."""
    line, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    if line != last or not 0 < line <= len(lines):
        return ""
    text = lines[line - 1][node.col_offset : node.end_col_offset]  # type: ignore[attr-defined]
    return text.decode()


def _reads_as(text: str, plain: str) -> bool:
    try:
        return bool(text) and ast.unparse(parsed(text)) == plain
    except SyntaxError:  # a target, or a part of an f-string
        return False
