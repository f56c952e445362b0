"""Reads the code of a %pmap line: an expression with `for`, or a function and an iterable."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Sequence
from typing import NamedTuple

from parmagic.errors import PlanError
from parmagic.modules.names import named_in_text
from parmagic.plan.names import free_names, in_order, read_names
from parmagic.plan.slips import FORMS, Parameters, check_element, check_function_form, slip_in
from parmagic.plan.syntax import check_expression, parse_expression, unreadable
from parmagic.plan.tokens import gaps_of, outside, tokens_of


class MapLine(NamedTuple):
    """What a line asks for; every field is source text, as written.

    `EXPRESSION for TARGETS in ITERABLE` sets `expression` and `parameters`, and `FUNCTION ITERABLE`
    sets `function`. `items` is evaluated in the notebook and gives one argument for each task, or,
    where `spread`, a tuple of arguments.
    """

    text: str  # the code without its comment and its final semicolon
    items: str
    expression: str | None = None
    parameters: tuple[str, ...] = ()  # the targets that the expression reads
    function: str | None = None
    spread: bool = False
    silent: bool = False  # a final `;` asks not to show the value

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the notebook that each call reads, built-in ones left out."""
        free = free_names(self.expression or self.function or "")
        return tuple(name for name in free if name not in self.parameters)

    @property
    def items_names(self) -> tuple[str, ...]:
        """The names of the notebook that making the items reads, built-in ones left out."""
        return free_names(self.items)


def read_line(code: str, parameters: Parameters = lambda _: None) -> MapLine:
    """Read the code of a line; a PlanError says what is wrong with it and what was meant.

    `parameters` is asked only for the sake of such a message.
    """
    text, silent = tidy(code)
    if not text:
        raise PlanError(f"nothing to run: {FORMS}")
    generator = parse_expression(f"({text}\n)")
    if isinstance(generator, ast.GeneratorExp) and generator.col_offset == 0:
        return _comprehension(text, generator, silent=silent)
    parts = _split(text)
    if parts is None:
        raise slip_in(text) or unreadable(text)
    function, items = parts
    check_function_form(function, items, parameters)
    check_expression(function)
    check_expression(items)
    return MapLine(text, items, function=function, silent=silent)


def tidy(code: str) -> tuple[str, bool]:
    """Return `code` without its comment and its final `;`, and whether it had a `;`."""
    tokens = tokens_of(code)
    if tokens and tokens[-1].kind == tokenize.COMMENT:
        code, tokens = code[: tokens[-1].start], tokens[:-1]
    if tokens and tokens[-1].text == ";":
        return code[: tokens[-1].start].strip(), True
    return code.strip(), False


def _split(text: str) -> tuple[str, str] | None:
    """Split `FUNCTION ITERABLE` at the first white space that has an expression on both sides.

    After a lambda at the last one, or its body would end too soon: `lambda x: x + 1 range(9)`.
    """
    gaps = gaps_of(text)
    if gaps and tokens_of(text)[0].text == "lambda":
        gaps.reverse()
    for gap in gaps:
        left, right = text[: gap.start], text[gap.stop :]
        # `a - b` is one expression, though `- b` is one too; `f -b` is a function and its items.
        sign = right[:1] in {"+", "-"} and right[1:2].isspace()
        if not sign and parse_expression(left) and parse_expression(right):
            return left, right
    return None


def _comprehension(text: str, generator: ast.GeneratorExp, *, silent: bool) -> MapLine:
    check_expression(text)
    start = outside(text, "for")[0].start
    expression, clauses = text[:start].strip(), text[start:].strip()
    targets = _targets(generator.generators)
    read = {*read_names(expression), *named_in_text(expression)}
    parameters = tuple(name for name in targets if name in read)
    check_element(generator.elt, parameters, targets, clauses)
    only = generator.generators[0]
    plain = len(generator.generators) == 1 and not only.ifs and isinstance(only.target, ast.Name)
    if plain and parameters:
        items = clauses[outside(clauses, "in")[0].end :].strip()
        return MapLine(text, items, expression, parameters, silent=silent)
    made = "".join(f"{name}, " for name in parameters).rstrip()
    items = f"(({made}) {clauses})"
    return MapLine(text, items, expression, parameters, spread=True, silent=silent)


def _targets(clauses: Sequence[ast.comprehension]) -> tuple[str, ...]:
    """List the names that the clauses bind: what follows each `for`, and `:=` in a condition."""
    found: list[str] = []
    for clause in clauses:
        for node in ast.walk(clause.target):
            if isinstance(node, ast.Attribute | ast.Subscript):
                raise PlanError(
                    f"`for {ast.unparse(clause.target)}` stores each item in an object: "
                    "use a plain name, e.g. `for x`"
                )
        names = (one for part in (clause.target, *clause.ifs) for one in in_order(part))
        found += [one.id for one in names if isinstance(one.ctx, ast.Store)]
    return tuple(dict.fromkeys(found))
