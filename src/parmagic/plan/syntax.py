"""Parses expressions without warnings, and turns a SyntaxError into one line with the place."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache

from parmagic.errors import PlanError
from parmagic.modules.quiet import parsed_expression, quiet
from parmagic.plan.tokens import gaps_of, outside

_QUOTED = 60  # characters of code that a message quotes


@lru_cache(maxsize=64)  # the same line is asked about several times, and is often run again
def parse_expression(source: str) -> ast.expr | None:
    """Parse `source` as one expression, which nobody may change; None if it is not one."""
    try:
        return parsed_expression(source).body
    except (SyntaxError, ValueError):
        return None


@lru_cache(maxsize=64)
def check_expression(source: str) -> None:
    """Refuse an expression that cannot run by itself or in a function, such as one with `await`."""
    tree = parse_expression(f"({source}\n)")
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Await):
            raise PlanError(
                f"`await` cannot stand in `{brief(source)}`: a task awaits the coroutine that it "
                "returns, so leave it out; put what else awaits into an `async def`, or on a line "
                "before",
            )
        if isinstance(node, ast.comprehension) and node.is_async:
            raise PlanError(
                f"`async for` cannot stand in `{brief(source)}`: make a list of the items before, "
                "as in `items = [x async for x in xs]`",
            )
        if isinstance(node, ast.Yield | ast.YieldFrom):
            raise PlanError(f"`yield` cannot stand in `{brief(source)}`: put it inside a function")
    try:
        # Compiling warns of code such as `"a" (b)`; a trial must not.
        with quiet():
            compile(f"({source}\n)", "<pmap>", "eval")
    except SyntaxError as error:
        raise PlanError(f"cannot read `{brief(source)}`: {error.msg}") from None


def at_lines(tree: ast.AST, line: Callable[[int], int]) -> None:
    """Give code the lines that it has in the cell, for tracebacks, and no columns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword | ast.excepthandler):
            node.lineno = node.end_lineno = line(node.lineno)
            node.col_offset = node.end_col_offset = -1


def is_map(text: str) -> bool:
    """Tell whether `text` is an expression with its `for`."""
    return isinstance(parse_expression(f"({text}\n)"), ast.GeneratorExp)


def beside(text: str) -> list[str]:
    """Split `text` into expressions with white space between; empty if it cannot be."""
    gaps = gaps_of(text)
    starts, ends = [0, *(gap.stop for gap in gaps)], [*(gap.start for gap in gaps), len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    expressions = (parse_expression(part) for part in parts if not part.endswith(","))
    return parts if sum(one is not None for one in expressions) == len(parts) else []


def unreadable(code: str) -> PlanError:
    """Make the error that tells why `code` is not Python, and where."""
    opening, closing = ("(", ")") if outside(code, "for") else ("", "")
    try:
        with quiet():
            try:
                compile(f"{opening}{code}{closing}", "<pmap>", "eval")
            except SyntaxError as error:
                # A bracket is open, and Python complains of the closing one that we added.
                if "does not match" in error.msg and (error.offset or 0) > len(code) + 1:
                    compile(f"{opening}{code}", "<pmap>", "eval")
                raise
    except SyntaxError as error:
        # The guess about commas comes from the brackets that we added, or misleads in a line.
        reason = error.msg.removesuffix(". Perhaps you forgot a comma?")
        place = max((error.offset or 1) - 1 - len(opening), 0)
        rest = code[place:].split(maxsplit=1)
        where = f"at `{rest[0]}`, character {place + 1}" if rest else "at the end of the line"
        return PlanError(f"cannot read `{brief(code)}`: {reason}, {where}")
    except ValueError as error:
        return PlanError(f"cannot read `{brief(code)}`: {error}")
    return PlanError(
        f"cannot read `{brief(code)}`: it is neither `FUNCTION ITERABLE` "
        "nor `EXPRESSION for NAME in ITERABLE`"
    )


def brief(code: str) -> str:
    """Shorten code to what a message of one line can quote."""
    line = " ".join(code.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}..."
