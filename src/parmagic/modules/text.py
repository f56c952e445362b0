"""Writes needs as the text of a module file, and knows which line came from which cell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from parmagic import cells
from parmagic.modules.needs import Needs
from parmagic.modules.source import Definition

ENTRY = "__task__"  # the function of the module file that runs one task
DATA = "__data__"  # the mapping, given by the worker, that holds the pickled values
_ALONE = (  # without a worker: where a task's own process runs the file, or a person
    f'if "{DATA}" not in globals():',
    "    from parmagic.modules.beside import data_of",
    "",
    f"    {DATA} = data_of(globals())",
)


@dataclass(frozen=True)
class Span:
    """Consecutive lines of a module file that are consecutive lines of a cell."""

    first: int  # line of the module file, from 1
    filename: str
    line: int  # line of the cell
    fixed: bool = False  # every line stands for the same line of the cell


@dataclass(frozen=True)
class ModuleText:
    """The text of a module file, and the way back from its lines to the cells'."""

    text: str
    spans: tuple[Span, ...]
    data: tuple[str, ...]  # names of the pickled values, in the order they are read

    def origin(self, line: int) -> tuple[str, int] | None:
        """Return the cell's file name and line for a line of the module file."""
        place = bisect_right(self.spans, line, key=lambda span: span.first) - 1
        if place < 0:
            return None
        span = self.spans[place]
        return span.filename, span.line if span.fixed else span.line + line - span.first


@dataclass
class _Page:
    """Lines written so far."""

    lines: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    def write(self, *lines: str) -> None:
        self.lines.extend(lines)

    def define(self, definition: Definition, *, fixed: bool = False) -> None:
        place = f"{cells.label(definition.filename)}, line {definition.line}"
        self.write("", "", f"# {place}")
        block = definition.block
        offset = 0 if block is definition.text else 1
        first = len(self.lines) + 1
        self.spans.append(Span(first, definition.filename, definition.line - offset, fixed))
        self.write(*block.removesuffix("\n").split("\n"))


def write(needs: Needs, entry: Definition | str) -> ModuleText:
    """Write the needs and the entry: the definition of `__task__`, or an expression for it."""
    page = _Page()
    page.write("# Written by parmagic: what the tasks need, from the cells that define it.")
    page.write(*sorted(set(needs.imports.values())))
    if needs.data:
        page.write("", *_ALONE)
    if needs.literals:
        page.write("", *(f"{name} = {source}" for name, source in sorted(needs.literals.items())))
    for name in _in_order(needs):
        if name in needs.definitions:
            page.define(needs.definitions[name])
            page.write(*needs.defaults.get(name, ()))
        if name in needs.aliases:
            page.write("", f"{name} = {needs.aliases[name]}")
        if name in needs.data:
            page.data.append(name)
            page.write("", f'{name} = {DATA}["{name}"]  # {type(needs.data[name]).__qualname__}')
    if isinstance(entry, Definition):
        page.define(entry, fixed=True)
    else:
        page.write("", "", f"{ENTRY} = {entry}")
    return ModuleText("\n".join(page.lines) + "\n", tuple(page.spans), tuple(page.data))


def _in_order(needs: Needs) -> Iterable[str]:
    """Order the names so that what is needed before another is written before it.

    Otherwise the order of the cells is kept, so that the file reads like the notebook.
    """
    names = sorted([*needs.data, *needs.definitions, *needs.aliases], key=lambda n: _rank(needs, n))
    written: dict[str, None] = {}
    waiting: set[str] = set()

    def visit(name: str) -> None:
        if name in written or name in waiting:
            return
        waiting.add(name)
        for earlier in sorted(needs.before.get(name, ())):
            if earlier in needs.before:
                visit(earlier)
        written[name] = None

    for name in names:
        visit(name)
    return written


def _rank(needs: Needs, name: str) -> tuple[int, int, str]:
    definition = needs.definitions.get(needs.aliases.get(name, name))
    if definition is None:
        return (0, 0, name)
    return (cells.number(definition.filename), definition.line, name)
