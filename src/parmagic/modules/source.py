"""Finds the text of a definition in the cell that holds it."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType, FunctionType
from typing import TypeGuard

from parmagic import cells

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Definition:
    """Whole lines of a cell that define `name`: a def, a class, or an assignment."""

    name: str
    text: str  # as written, with its indentation
    filename: str  # the name under which the cell was compiled
    line: int  # of the cell, where the text begins; from 1

    @property
    def block(self) -> str:
        """The text so that it stands at the top level of a file, every line where it was."""
        return f"if True:\n{self.text}" if self.text[:1].isspace() else self.text


def definition_of(value: object, name: str) -> Definition | None:
    """Find what defined `value`, which the namespace calls `name`; None if there is no source."""
    if isinstance(value, type):
        return _class_definition(value, name)
    inner = inspect.unwrap(value) if callable(value) else value
    if not isinstance(inner, FunctionType):
        return None
    if "<locals>" in inner.__qualname__:  # what a decorator made, unless it is a bare closure
        return _decorated(name)
    return _function_definition(inner.__code__, name)


def _decorated(name: str) -> Definition | None:
    """Find the newest function `name` of the notebook that was defined with a decorator."""
    for filename in cells.newest_first():
        for node in reversed(_tree(cells.source(filename)).body):
            if isinstance(node, _FUNCTIONS) and node.name == name:
                return _definition(name, node, filename) if node.decorator_list else None
            if _assigns(node, name):
                return None
    return None


def _assignment(name: str) -> Definition | None:
    """Find the newest statement `name = ...` of the notebook."""
    for filename in cells.newest_first():
        for node in reversed(_tree(cells.source(filename)).body):
            if _assigns(node, name):
                return _definition(name, node, filename)
    return None


def _function_definition(code: CodeType, name: str) -> Definition | None:
    tree = _tree(cells.source(code.co_filename))
    nodes: Iterable[ast.AST] = tree.body if code.co_name == "<lambda>" else ast.walk(tree)
    for node in nodes:
        if isinstance(node, _FUNCTIONS):
            found = node.name == code.co_name and _first_line(node) == code.co_firstlineno
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            wanted = _assigns(node, name) and isinstance(node.value, ast.Lambda)
            found = wanted and _spans(node, code.co_firstlineno)
        else:
            continue
        if found:
            own = name if code.co_name == "<lambda>" else code.co_name
            return _definition(own, node, code.co_filename)
    return None


def _class_definition(value: type, name: str) -> Definition | None:
    places = [code.co_filename for code in _method_codes(value)]
    for filename in [*places, *cells.newest_first()]:
        classes = [
            node
            for node in ast.walk(_tree(cells.source(filename)))
            if isinstance(node, ast.ClassDef) and node.name == value.__name__
        ]
        line = getattr(value, "__firstlineno__", None)  # since Python 3.13
        exact = [node for node in classes if _first_line(node) == line]
        for node in exact or reversed(classes):
            return _definition(value.__name__, node, filename)
    return _assignment(name)


def _method_codes(value: type) -> Iterator[CodeType]:
    for member in vars(value).values():
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(function, FunctionType) and function.__module__ == value.__module__:
            yield function.__code__


def _definition(name: str, node: ast.stmt, filename: str) -> Definition:
    first, last = _first_line(node), node.end_lineno or node.lineno
    # Not splitlines: it also breaks at form feeds, which Python counts as part of a line.
    lines = cells.source(filename).split("\n")[first - 1 : last]
    return Definition(name, "\n".join(lines) + "\n", filename, first)


def _first_line(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    lines: list[int] = [node.lineno, *(decorator.lineno for decorator in decorators)]
    return min(lines)


def _assigns(node: ast.stmt, name: str) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _spans(node: ast.stmt, line: int) -> bool:
    return node.lineno <= line <= (node.end_lineno or node.lineno)


@lru_cache(maxsize=512)
def _tree(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:  # a file of another kind, e.g. the text of a %run notebook
        return ast.Module(body=[], type_ignores=[])
