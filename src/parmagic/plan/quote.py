"""The text of a piece of a cell as the user wrote it: Python's own way to write it is another."""

from __future__ import annotations

import ast
from collections.abc import Callable

Quote = Callable[[ast.AST], str]


def quoting(code: str) -> Quote:
    """Return what quotes nodes of the parsed `code`, in one line each.

    What takes several lines, or was changed after parsing, is written as Python writes it.
    """

    def quote(node: ast.AST) -> str:
        plain = ast.unparse(node)
        try:
            text = ast.get_source_segment(code, node) or ""
        except IndexError:  # it stands in no line of the code
            text = ""
        return text if "\n" not in text and _reads_as(text, plain) else plain

    return quote


def quote_head(node: ast.stmt, quote: Quote) -> str:
    """Quote the first line of a statement: of a loop, `for x in xs:` without its body."""
    if isinstance(node, ast.For):
        return f"for {quote(node.target)} in {quote(node.iter)}:"
    if isinstance(node, ast.If | ast.While):
        word = "if" if isinstance(node, ast.If) else "while"
        return f"{word} {quote(node.test)}:"
    return quote(node).split("\n", maxsplit=1)[0]


def _reads_as(text: str, plain: str) -> bool:
    try:
        return bool(text) and ast.unparse(ast.parse(text)) == plain
    except SyntaxError:  # a target, or a part of an f-string
        return False
