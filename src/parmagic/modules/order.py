"""Orders what a module file holds, so that what is needed before another is written before it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, NamedTuple

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.main import MAINS
from parmagic.modules.needs import Fill, Needs, Variable

_RUNS = re.compile(r"^\s*(?:class\b|@)", re.MULTILINE)  # code of a metaclass, a base, a decorator
_SETS = re.compile(r"(?:\w+\.)+(?!__)\w+ = (?!.*\w\()")  # an attribute, and by no call
_EMPTY: dict[type, str] = {list: "[]", dict: "{}", set: "set()"}
_REGISTER = (  # an object of which any method, as a decorator, gives classes back
    'type("Register", (), {"__getattr__": lambda self, name: self, "__call__": '
    "lambda self, *given, **named: given[0] if given and isinstance(given[0], type) else self})()"
)
_GLOBAL = re.compile(r"\bglobal\s+([^;\n#]*)")


class Step(NamedTuple):
    """The next piece of a module file."""

    kind: Literal["definition", "data", "line"]
    text: str  # the name of a definition or of data, or the line itself


def in_order(needs: Needs) -> Iterable[Step]:
    """Order the pieces; the order depends on the code alone, not on where it stands."""
    order = _Order(needs)
    for name in needs.before:
        order.visit(name, at_once=True)
    return [*order.steps, *_again(needs, order.steps)]


def _again(needs: Needs, steps: list[Step]) -> Iterator[Step]:
    """Set again what definitions change as they run: in the notebook they have run already.

    As an `__init_subclass__`, or a decorator, that counts classes does.
    """
    blocks = {
        one.text: needs.definitions[one.text].block for one in steps if one.kind == "definition"
    }
    running = [at for at, one in enumerate(steps) if _RUNS.search(blocks.get(one.text, ""))]
    if not running:
        return
    sets = (one for one in steps[: running[-1]] if one.kind == "line" and _SETS.match(one.text))
    yield from sets
    assigned = re.findall(r"\w+", " ".join(_GLOBAL.findall("\n".join(blocks.values()))))
    for name in sorted(needs.literals.keys() & set(assigned)):
        yield Step("line", f"{name} = {needs.literals[name]}")


class _Order:
    """Walks through the needs, helpers first."""

    def __init__(self, needs: Needs) -> None:
        self.steps: list[Step] = []
        self._needs = needs
        self._written: set[str] = set()
        self._waiting: set[str] = set()
        self._stand_ins: set[str] = set()
        self._cells: set[str] = set()  # that are there already
        self._fills: list[Fill] = []  # lines that wait for what they need

    def visit(self, name: str, *, at_once: bool) -> None:
        """Write `name` after what it needs; `at_once` if what comes next needs it there."""
        needs = self._needs
        if name not in needs.before or name in self._written:
            return
        if name in self._waiting:  # a circle: it is completed later, by lines of its own
            self._stand_in(name)
            return
        self._waiting.add(name)
        for earlier in sorted(needs.before[name]):
            self.visit(earlier, at_once=at_once)  # what can wait lets its needs wait
        for other in sorted(self._soon(name)):
            self.visit(other, at_once=False)
        self._waiting.discard(name)
        # In a circle, data wait for the classes of what they hold.
        if self._there(needs.before[name]) or (at_once and name not in needs.data):
            self._write(name)
        else:
            self._stand_in(name)

    def _stand_in(self, name: str) -> None:
        """Write a stand-in for data that wait for a class: the class may register itself there."""
        kind: type = type(self._needs.data.get(name))
        empty = _REGISTER if kind.__module__ in MAINS else _EMPTY.get(kind, "")
        if empty and name not in self._stand_ins:
            self._stand_ins.add(name)
            self._line("")
            self._line(f"{name} = {empty}")

    def _soon(self, name: str) -> frozenset[str]:
        needs = self._needs
        return needs.completing(name).union(needs.later.get(name, ())) - {name}

    def _there(self, names: Iterable[str]) -> bool:
        return all(name in self._written or name not in self._needs.before for name in names)

    def _write(self, name: str) -> None:
        needs = self._needs
        if name in needs.definitions:
            self.steps.append(Step("definition", name))
            if name in needs.variables:
                self._close(name, needs.variables[name])
        elif name in needs.aliases:
            self._line("")
            self._line(f"{name} = {needs.aliases[name]}")
        elif name in needs.data:
            self.steps.append(Step("data", name))
        self._written.add(name)
        self._fills += needs.fills.get(name, ())
        self._fill()

    def _close(self, name: str, variables: tuple[Variable, ...]) -> None:
        """Make a closure of the function that its definition is written in."""
        definition = self._needs.definitions[name]
        given = [one for one in variables if not _is_itself(one, name, definition.inner)]
        known = all(one.holds is not None and self._there(one.holds.needs) for one in given)
        shared = any(one.cell in self._needs.shared for one in variables)
        self._line("")
        self._line("")
        if known and not shared:
            arguments = ", ".join(f"{one.name}={one.holds.text}" for one in given if one.holds)
            self._line(f"{name} = {definition.maker}({arguments})")
            return
        for one in variables:
            if one.cell not in self._cells:
                self._cells.add(one.cell)
                self._line(f"{one.cell} = __types__.CellType()")
                if one.holds is not None:
                    line = f"{one.cell}.cell_contents = {one.holds.text}"
                    self._fills.append(Fill(line, one.holds.needs))
        self._fill()  # what is there already: the body of a class may read it
        arguments = ", ".join(f"{one.name}={one.cell}" for one in variables)
        helper = "__around__" if definition.runs else "__over__"
        if definition.runs and definition.text[1:2] in "dc@":  # no line fits between
            raise TravelError(
                f"`{definition.inner}` in {cells.label(definition.filename)} line "
                f"{definition.line} has variables that others read too: indent it by more than "
                "one character, or use `--backend thread`"
            )
        self._needs.definitions[name] = replace(definition, around=definition.runs)
        self._line(f"{name} = {helper}({definition.maker}, {arguments})")

    def _fill(self) -> None:
        """Write the lines that have waited for what has just been written."""
        waiting = self._fills
        self._fills = [fill for fill in waiting if not self._there(fill.needs)]
        for fill in waiting:
            if self._there(fill.needs):
                self._line(fill.line)

    def _line(self, text: str) -> None:
        self.steps.append(Step("line", text))


def _is_itself(variable: Variable, name: str, inner: str) -> bool:
    return variable.name == inner and variable.holds is not None and variable.holds.text == name
