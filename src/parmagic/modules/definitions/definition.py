"""The text of a definition in a module file: whole lines of a cell, hardly changed."""

from __future__ import annotations
import __future__

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from parmagic.modules.bound import assigned, assigned_name
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def, Found, Function, first_line

FUTURE = __future__.annotations.compiler_flag  # of code whose annotations are not evaluated
_HEADER = re.compile(r"((?:async\s+)?(?:def|class)\s+)\w+")
_PRIVATE = re.compile(r"\b__(?!\w*__\b)\w")  # the beginning of a private name, as in `self.__name`


@dataclass(frozen=True)
class Definition:
    """Lines of a cell that define `name`: a def, a class, a lambda, or an assignment."""

    name: str
    text: str  # as written, with its indentation
    filename: str  # the name under which the cell was compiled
    line: int  # of the cell, where the text begins; from 1
    # Of a closure: the variables around it. It is written inside a function with these arguments.
    variables: tuple[str, ...] = ()
    inner: str = ""  # what the text of a closure calls itself; a lambda nothing
    whole: bool = False  # of a task: each line is the cell's, not all of them the same one
    future: bool = False  # whether its annotations are not evaluated
    within: str = ""  # the class for whose private names (`self.__name`) a closure must stand in it
    # Whether it is written inside two functions: the inner one runs it, over variables that others
    # may read too.
    around: bool = False
    called: str = ""  # what the text calls a class at first, for the sake of its private names

    @property
    def maker(self) -> str:
        """Name the function that a closure is written inside."""
        return f"__make_{self.name.strip('_')}__"

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The lines before the text with which it stands at the top level of a file."""
        if self.variables:
            arguments = ", ".join(name for name in self.variables if name != self.inner)
            within = (f" class {self.within}:",) if self.within else ()
            around = (" def __make__():",) if self.around else ()
            return (f"def {self.maker}({arguments}):", *within, *around)
        return ("if True:",) if self.text[:1].isspace() else ()

    @cached_property
    def foot(self) -> tuple[str, ...]:
        """The lines after it."""
        if self.within:
            return (f" return {self.within}.{self.inner}",)
        indent = self.text[: len(self.text) - len(self.text.lstrip(" \t"))]
        if self.called:
            return (f"{indent}{self.name} = {self.called}", f"{indent}del {self.called}")
        if not (self.variables and self.inner):
            return ()
        return (f"{indent}return {self.inner}", *((" return __make__",) if self.around else ()))

    @property
    def runs(self) -> bool:
        """Tell whether more than the code of one function is made: a class, or by a decorator."""
        return self.text.lstrip().startswith(("class", "@"))

    @cached_property
    def block(self) -> str:
        """The text with the lines before and after it."""
        return "".join(f"{line}\n" for line in self.head) + self.text + "\n".join(self.foot)

    def standing_in(self, kind: str) -> Definition:
        """Return a closure as it stands in a class, whose private names it reads."""
        if self.inner:
            return replace(self, within=kind)
        text = self.text.replace("return (", "made = (", 1)  # a lambda, which has no name there
        return replace(self, within=kind, inner="made", text=text)


def function_definition(
    found: Found,
    name: str,
    variables: tuple[str, ...],
    *,
    keep_defaults: bool,
    keep_annotations: bool,
) -> Definition:
    """Write a function without its decorators, under `name`.

    Defaults and annotations that are not kept are replaced: they are given to the function later.
    """
    node, source, filename = found
    assert isinstance(node, Function)  # noqa: S101 - for mypy
    lines = source.split("\n")
    edits = [] if keep_defaults else defaults_of(node)
    if isinstance(node, ast.Lambda):
        first, last = _span(lines, node, edits)
        opening, closing = ("    return (", ")") if variables else (f"{name} = (", ")")
        if first == last and not variables:
            opening, closing = f"{name} = ", ""
        text = opening + "\n".join(lines[first - 1 : last]) + closing + "\n"
        return Definition(name, text, filename, first, variables)
    if not keep_annotations:
        edits += annotations_of(node)
    inner = "" if variables else name
    _replace_all(lines, dict.fromkeys(edits, "None"))
    if not variables and node.name != name:
        _rename(lines, node, name)
    text = "\n".join(lines[node.lineno - 1 : node.end_lineno]) + "\n"
    return Definition(name, text, filename, node.lineno, variables, inner or node.name)


def whole_definition(
    found: Found,
    name: str,
    variables: tuple[str, ...] = (),
    *,
    future: bool = False,
    decorators: int | None = None,
) -> Definition:
    """Write a definition with its decorators, or an assignment, as it is but for its name.

    Of the decorators it may be only the last few.
    """
    node, source, filename = found
    lines = source.split("\n")
    own, called = getattr(node, "name", name), ""
    first, last = first_line(node), node.end_lineno or node.lineno
    if not variables and own != name:
        if isinstance(node, ast.ClassDef) and any(map(_PRIVATE.search, lines[first - 1 : last])):
            called = "_" * 8 + own.lstrip("_")  # underscores before it are not in private names
        _rename(lines, node, called or name)
    if decorators is not None:
        first = min(one.lineno for one in getattr(node, "decorator_list", [node])[-decorators:])
    text = "\n".join(lines[first - 1 : last]) + "\n"
    return Definition(name, text, filename, first, variables, own, future=future, called=called)


def changed_class(
    definition: Definition, bases: dict[str, str], values: dict[str, str]
) -> Definition:
    """Have a class derive from other classes than its text names, and assign other values."""
    node = parsed(definition.block).body[0]
    while not isinstance(node, ast.ClassDef):
        node = node.body[0]  # type: ignore[attr-defined]  # of `if True:`, or of a maker
    new: dict[ast.expr, str] = {
        one: bases[one.id]
        for one in map(base_named, node.bases)
        if isinstance(one, ast.Name) and one.id in bases
    }
    new |= {
        value: values[name]
        for one in node.body
        for _, value in assigned(one)
        if (name := assigned_name(one)) in values
    }
    return replaced(definition, new)


def replaced(definition: Definition, new: Mapping[ast.expr, str]) -> Definition:
    """Return a definition with new text in the place of some expressions of its block."""
    lines = definition.block.split("\n")
    _replace_all(lines, new)
    text = "\n".join(lines[len(definition.head) : len(lines) - len(definition.foot)])
    return replace(definition, text=text if text.endswith("\n") else text + "\n")


def base_named(base: ast.expr) -> ast.expr:
    """Return what names a base of a class: of `Base[T]`, `Base`."""
    return base.value if isinstance(base, ast.Subscript) else base


def defaults_of(node: Function) -> list[ast.expr]:
    """List the defaults of a function's arguments."""
    return [one for one in (*node.args.defaults, *node.args.kw_defaults) if one is not None]


def annotations_of(node: Def) -> list[ast.expr]:
    """List the annotations of a function: of its arguments, and of what it returns."""
    found = [one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg)]
    return [one for one in (*found, node.returns) if one is not None]


def _replace_all(lines: list[str], new: Mapping[ast.expr, str]) -> None:
    """Put new text in the place of expressions, each line staying where it is."""
    for node in sorted(new, key=lambda one: (one.lineno, one.col_offset), reverse=True):
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        before = _cut(lines[first], node.col_offset)[0]
        after = _cut(lines[last], node.end_col_offset or 0)[1]
        lines[first : last + 1] = [before + new[node], *[""] * (last - first)]
        lines[last] += after


def _rename(lines: list[str], node: ast.stmt | ast.expr, name: str) -> None:
    """Have a `def` or a `class` define another name."""
    before, rest = _cut(lines[node.lineno - 1], node.col_offset)
    lines[node.lineno - 1] = before + _HEADER.sub(rf"\g<1>{name}", rest, count=1)


def _span(lines: list[str], node: ast.Lambda, edits: Collection[ast.expr]) -> tuple[int, int]:
    """Leave of the lines of a lambda only the lambda; return its first and last line."""
    first, last = node.lineno, node.end_lineno or node.lineno
    lines[last - 1] = _cut(lines[last - 1], node.end_col_offset or 0)[0]
    _replace_all(lines, dict.fromkeys(edits, "None"))
    lines[first - 1] = _cut(lines[first - 1], node.col_offset)[1]
    return first, last


def _cut(line: str, column: int) -> tuple[str, str]:
    """Cut a line at a column that is counted in bytes, as those of syntax trees are."""
    data = line.encode()
    return data[:column].decode(), data[column:].decode()
