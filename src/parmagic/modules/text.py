"""Writes needs as the text of a module file, and knows which line came from which cell."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

from parmagic import cells
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.needs import Needs
from parmagic.modules.order import Step, in_order
from parmagic.modules.place import Place
from parmagic.modules.quiet import parsed

ENTRY = "__task__"  # the function of the module file that runs one task
AGAIN = "__again__"  # in a file that is to be run again when the notebook's data have changed
DATA = "__data__"  # the mapping, given by the worker, that holds the pickled values
_ENTRY, _EXPRESSION = 4, 2  # lines of an entry that is an expression, and those above it
_HEAD = ("# Written by parmagic: what the tasks need, from the cells that define it.",)
_ALONE = (  # without a worker: where a task's own process runs the file, or a person
    f'if "{DATA}" not in globals():',
    "    from parmagic.modules.beside import data_of",
    "",
    f"    {DATA} = data_of(globals())",
)
_HELPERS = {  # what a file begins with that calls them
    "__over__": '''

def __over__(make, **cells):
    """Have the function that `make` makes read variables that others may read too."""

    def over(made):
        own = dict(zip(made.__code__.co_freevars, made.__closure__ or ()))
        closure = tuple({**own, **cells}[name] for name in own)
        return __types__.FunctionType(made.__code__, globals(), None, made.__defaults__, closure)

    made = make(*[None] * make.__code__.co_argcount)
    found = over(made)
    found.__kwdefaults__ = made.__kwdefaults__
    if getattr(made, "__annotate__", None) is not None:  # since Python 3.14
        found.__annotate__ = over(made.__annotate__)
    return found
''',
    "__around__": '''

def __around__(make, **cells):
    """Run what is within `make` over variables that others may read too."""
    within = make(*[None] * make.__code__.co_argcount)
    closure = tuple(cells[name] for name in within.__code__.co_freevars)
    return __types__.FunctionType(within.__code__, globals(), closure=closure)()
''',
    "__named__": '''

def __named__(kind, name, path):
    """Give a class, and what is defined in it, the names that they have in the notebook."""
    before = f"{kind.__qualname__}."
    for held in vars(kind).values():
        parts = [getattr(held, "__func__", held)]
        if type(held) is property:
            parts = [held.fget, held.fset, held.fdel]
        for one in parts:
            if type(one) is __types__.FunctionType and one.__qualname__.startswith(before):
                one.__qualname__ = f"{path}.{one.__qualname__.removeprefix(before)}"
            elif isinstance(one, type) and one.__qualname__ == f"{before}{one.__name__}":
                __named__(one, one.__name__, f"{path}.{one.__name__}")
    kind.__name__, kind.__qualname__ = name, path
''',
    "__apart__": '''

def __apart__(function, own=None):
    """Have a function read the globals of a module, or its own, which it is given next."""
    own = own or {"__name__": "__main__", "__builtins__": __builtins__}
    return __types__.FunctionType(function.__code__, own, closure=function.__closure__)
''',
}


class Span(NamedTuple):
    """Consecutive lines of a module file that are consecutive lines of a cell."""

    first: int  # line of the module file, from 1
    definition: Definition
    fixed: bool = False  # every line stands for the same line of the cell
    was: Definition | None = None  # as it stands in the file, if that has other comments

    def origin(self, line: int) -> tuple[str, int]:
        """Return the cell's file name and line for a line of the module file."""
        there = self.definition
        if self.fixed:
            return there.filename, there.line
        offset = line - self.first
        if self.was is not None and self.was.text != there.text:
            offset = _line_map(self.was, there).get(offset, offset)
        # A loop's body is a function in a worker, whose head may stand above the cell.
        return there.filename, max(1, there.line + offset)

    @property
    def place(self) -> Place | None:
        """The lines of the file that code in a worker names by lines of the cell, if any.

        They stay those of the cell for which the file was written: workers have loaded it.
        """
        there = self.was or self.definition
        if not self.fixed:
            return Place(self.first, self.last, there.filename, there.line)
        # Of an expression, the functions in it. See `Entry.definition`.
        line, count = self.first + _EXPRESSION, self.last - self.first + 1
        return Place(line, line, there.filename, there.line) if count == _ENTRY else None

    @property
    def last(self) -> int:
        """The last of its lines in the file."""
        text = (self.was or self.definition).text
        return self.first + text.removesuffix("\n").count("\n")


@dataclass(frozen=True)
class ModuleText:
    """The text of a module file, and the way back from its lines to the cells'."""

    text: str
    spans: tuple[Span, ...]
    data: tuple[str, ...]  # names of the pickled values, in the order they are read
    entry: str = ""  # what runs a task, as it is written
    classes: bool = False  # whether there are classes, whose attributes tasks may change

    @property
    def definitions(self) -> list[Definition]:
        """What is defined in the file, of cells; no two have the same name."""
        return [span.definition for span in self.spans]

    def origin(self, line: int) -> tuple[str, int] | None:
        """Return the cell's file name and line for a line of the module file; None if it has none.

        Between the lines of cells stand those that we have written.
        """
        place = bisect_right(self.spans, line, key=lambda span: span.first) - 1
        if place < 0 or line > self.spans[place].last:
            return None
        return self.spans[place].origin(line)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Which lines of the file code in a worker names by lines of a cell."""
        return tuple(place for span in self.spans if (place := span.place))

    def place_now(self, filename: str, line: int) -> tuple[str, int] | None:
        """Return where a cell's line that code in a worker names is now, after edits of comments.

        None if it is not code of this file.
        """
        for span in self.spans:
            place = span.place
            if (
                place
                and place.filename == filename
                and 0 <= line - place.line <= place.last - place.first
            ):
                return span.origin(place.first + line - place.line)
        return None

    def led_to(self, other: ModuleText) -> ModuleText:
        """Return this text, leading to the cells of another that has the same code."""
        lines = self.text.split("\n")
        spans = []
        for old, new in zip(self.spans, other.spans, strict=True):
            spans.append(Span(old.first, new.definition, new.fixed, old.definition))
            lines[old.first - len(old.definition.head) - 2] = _label(new.definition)
        return replace(other, text="\n".join(lines), spans=tuple(spans))


def _line_map(one: Definition, other: Definition) -> dict[int, int]:
    """Map lines of a definition to those of another with the same code; both are from 0."""
    found: dict[int, int] = {}
    pairs = zip(ast.walk(parsed(one.block)), ast.walk(parsed(other.block)), strict=True)
    before = len(one.head) + 1
    for node, same in pairs:
        for end in ("lineno", "end_lineno"):
            if (line := getattr(node, end, None)) is not None:
                found.setdefault(line - before, getattr(same, end) - before)
    return found


def _label(definition: Definition) -> str:
    return f"# {cells.label(definition.filename)}, line {definition.line}"


@dataclass
class _Page:
    """Lines written so far."""

    lines: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    def write(self, *lines: str) -> None:
        """Add lines that are of no cell."""
        self.lines.extend(lines)

    def define(self, definition: Definition, *, fixed: bool = False) -> None:
        """Add a definition, and note which of its lines are those of a cell."""
        self.write("", "", _label(definition), *definition.head)
        self.spans.append(Span(len(self.lines) + 1, definition, fixed))
        self.write(*definition.text.removesuffix("\n").split("\n"), *definition.foot)


def write(
    needs: Needs,
    entry: Definition | str,
    head: Sequence[str] = _HEAD,
    alone: Sequence[str] = _ALONE,
) -> ModuleText:
    """Write the needs and the entry: the definition of `__task__`, or an expression for it.

    `head` are the first lines, comments; `alone` those that find the data of a file that was given
    none.
    """
    page = _Page()
    page.write(*head)
    if needs.future:
        page.write("from __future__ import annotations", "")
    steps = list(in_order(needs))
    page.write(*sorted(set(needs.imports.values())))
    page.write(*_helpers(steps))
    if needs.data:
        page.write("", *alone)
    if needs.literals:
        page.write("", *(f"{name} = {source}" for name, source in sorted(needs.literals.items())))
    for step in steps:
        if step.kind == "definition":
            page.define(needs.definitions[step.text])
        elif step.kind == "data":
            name = step.text
            page.data.append(name)
            page.write("", f'{name} = {DATA}["{name}"]  # {type(needs.data[name]).__qualname__}')
        else:
            page.write(step.text)
    if alone is _ALONE and _hold_data(needs):
        page.write("", f"{AGAIN} = True  # for other data: functions or classes hold some of them")
    if isinstance(entry, Definition):
        page.define(entry, fixed=not entry.whole)
    else:
        page.write("", "", f"{ENTRY} = {entry}")
    return ModuleText(
        "\n".join(page.lines) + "\n",
        tuple(page.spans),
        tuple(page.data),
        entry.text if isinstance(entry, Definition) else entry,
        any(isinstance(one, type) for one in needs.objects),
    )


def _helpers(steps: Sequence[Step]) -> Iterator[str]:
    """Yield the lines of the functions that the lines of a file call."""
    texts = [text for name, text in _HELPERS.items() if any(name in step.text for step in steps)]
    if texts:
        yield from ("import types as __types__\n" + "".join(texts)).split("\n")


def _hold_data(needs: Needs) -> bool:
    """Tell whether anything but a name of the module refers to data."""
    completing = map(needs.completing, {*needs.fills, *needs.variables})
    return not set().union(*needs.before.values(), *completing).isdisjoint(needs.data)
