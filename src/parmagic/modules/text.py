"""Writes needs as the text of a module file, and knows which line came from which cell."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

from parmagic import cells
from parmagic.modules.definition import Definition
from parmagic.modules.needs import Needs
from parmagic.modules.order import in_order

ENTRY = "__task__"  # the function of the module file that runs one task
AGAIN = "__again__"  # in a file that must be run again when the notebook's data have changed
DATA = "__data__"  # the mapping, given by the worker, that holds the pickled values
_ALONE = (  # without a worker: where a task's own process runs the file, or a person
    f'if "{DATA}" not in globals():',
    "    from parmagic.modules.beside import data_of",
    "",
    f"    {DATA} = data_of(globals())",
)
_OVER = (  # what a file with closures that share variables begins with
    "from types import CellType, FunctionType",
    "",
    "",
    "def __over__(make, **cells):",
    '    """Have the function that `make` makes read variables that others may read too."""',
    "    made = make(*[None] * make.__code__.co_argcount)",
    "    closure = tuple(cells[name] for name in made.__code__.co_freevars)",
    "    over = FunctionType(made.__code__, globals(), made.__name__, made.__defaults__, closure)",
    "    over.__kwdefaults__ = made.__kwdefaults__",
    "    return over",
    "",
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
        self.write("", "", f"# {place}", *definition.head)
        self.spans.append(Span(len(self.lines) + 1, definition.filename, definition.line, fixed))
        self.write(*definition.text.removesuffix("\n").split("\n"), *definition.foot)


def write(needs: Needs, entry: Definition | str) -> ModuleText:
    """Write the needs and the entry: the definition of `__task__`, or an expression for it."""
    page = _Page()
    page.write("# Written by parmagic: what the tasks need, from the cells that define it.")
    if needs.future:
        page.write("from __future__ import annotations", "")
    steps = list(in_order(needs))
    page.write(*sorted(set(needs.imports.values())))
    if any("__over__" in step.text for step in steps):
        page.write(*_OVER)
    if needs.data:
        page.write("", *_ALONE)
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
    if _hold_data(needs):
        page.write("", f"{AGAIN} = True  # for other data: functions or classes hold some of them")
    if isinstance(entry, Definition):
        page.define(entry, fixed=True)
    else:
        page.write("", "", f"{ENTRY} = {entry}")
    return ModuleText("\n".join(page.lines) + "\n", tuple(page.spans), tuple(page.data))


def _hold_data(needs: Needs) -> bool:
    """Tell whether anything but a name of the module refers to data."""
    held = set().union(*needs.before.values())
    for fills in needs.fills.values():
        held = held.union(*(fill.needs for fill in fills))
    for variables in needs.variables.values():
        held = held.union(*(one.holds.needs for one in variables if one.holds))
    return not held.isdisjoint(needs.data)
