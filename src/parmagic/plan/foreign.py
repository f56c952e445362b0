"""Lines as other languages and libraries have them, each answered with the line that was meant."""

from __future__ import annotations

import ast
import re
import unicodedata

from parmagic.errors import PlanError
from parmagic.plan.meant import suggest
from parmagic.plan.syntax import beside, is_map, parse_expression
from parmagic.plan.tokens import outside

# `1:10` and `1..n`, which hold their ends; in brackets, or not.
_RANGE = re.compile(r"(?<=\s)(?:\[(-?\d+):(\w+)\]|(-?\d+)(?::|\.\.)(\w+))(?=\s|:|$)")
# `for x of xs`, `for each x in xs`, `for x = 1:3` and `for x xs`; and as it should be.
_FOR = re.compile(
    r"\bfor(?:\s*(?:each|every|all))?\s+(?!in\b)(\w+)"
    r"(?:\s*=(?!=)\s*|\s+(?:in|of|over|from|<-)\s+|\s+)"
)
_LOOP = re.compile(r"(for\s+(.+?)\s+in)\s+(.+)", re.DOTALL)
_BETWEEN = re.compile(r"([\w.]+)\s+(?:(?:in|on|over|->|=>|:)\s+|[*@](?=\w))(.+)", re.DOTALL)
# What word processors make of quotes, dashes and spaces.
_TYPESET = str.maketrans(
    "\u201c\u201d\u201e\u2018\u2019\u201a\u2013\u2014\u2212\xa0", "\"\"\"'''--- "
)
# `$xs`, as other magics take variables.
_VARIABLE = re.compile(r"(?<![\w\"'])\$(?=[A-Za-z_])")
# How other libraries are handed a call, and what the call itself is.
_HANDED = (
    (re.compile(r"(?:\w+\.)?Parallel\([^()]*\)\((.*)\)\s*$"), r"\1"),
    (re.compile(r"(?:\w+\.)?delayed\(([\w.]+)\)\("), r"\1("),
    (re.compile(r"\w+\.submit\(([\w.]+),?\s*"), r"\1("),
)


def rewritten(line: str) -> tuple[str, str]:
    """Write a line without word processors' characters, joblib's calls, and `$`; say why."""
    plain, reason = line.translate(_TYPESET), "the magic itself hands out calls"
    for one, typed in zip(line, plain, strict=True):
        if one != typed:
            reason = f"`{one}` ({unicodedata.name(one).lower()}) is typed `{typed}`"
    for pattern, call in _HANDED:
        plain = pattern.sub(call, plain)
    if _VARIABLE.search(plain):
        plain, reason = _VARIABLE.sub("", plain), "a variable is written by its name alone"
    return plain, reason


def foreign(text: str) -> PlanError | None:
    """Make the error for `f 1:10`, `f over xs`, `for x in xs: f(x)` and the like."""
    plain = _FOR.sub(r"for \1 in ", text)
    ranged = _RANGE.search(plain)
    line = _RANGE.sub(_range, plain)
    if loop := _LOOP.fullmatch(line):
        return _turned(*loop.groups())
    reason = "loops are written `for NAME in ITERABLE`"
    starred = ""
    if found := _BETWEEN.fullmatch(line):
        function, items = found.groups()
        starred = f"{function}(*x) for x in {items}" if f"*{items}" in text else ""
        several = isinstance(parse_expression(items), ast.Tuple) and items[:1] != "("
        line = f"{function} [{items}]" if several else f"{function} {items}"
        reason = "nothing stands between the function and the iterable"
    if ranged:
        reason = f"a range is written `{_range(ranged)}`"
    if line.split() == text.split() or not (is_map(line) or len(beside(line)) == 2):
        return None
    return suggest(reason, *(f"%pmap {one}" for one in (starred, line) if one))


def _range(found: re.Match[str]) -> str:
    start, last = filter(None, found.groups())
    return f"range({start}, {int(last) + 1 if last.isdecimal() else f'{last} + 1'})"


def _turned(clause: str, targets: str, rest: str) -> PlanError | None:
    """Make the error for a loop, also without a body; `clause` is `for x in`."""
    colon = outside(rest, ":")
    items, body = (rest[: colon[0].start], rest[colon[0].end :]) if colon else (rest, "")
    if not colon and len(parts := beside(rest)) > 1:
        items, body = parts[0], " ".join(parts[1:])
    body = re.sub(r"\A\w+\s*=(?!=)", "", body.strip()).strip()
    line = f"{body or f'square({targets})'} {clause} {items.strip()}"
    if not is_map(line) or "\n" in body:
        return None
    if not body:
        return PlanError(f"an expression stands before `for`: type e.g. `%pmap {line}`")
    return suggest(
        f"the expression comes first{', without a colon' if colon else ''}", f"%pmap {line}"
    )
