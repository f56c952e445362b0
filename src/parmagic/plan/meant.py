"""Writes the line that was meant: for several iterables, and for a single call."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from parmagic.errors import PlanError
from parmagic.plan.syntax import parse_expression

_OF_ALL = frozenset({"sum", "max", "min", "any", "all", "list", "tuple", "set", "sorted", "dict"})
_MAPS = frozenset({"apply", "map", "imap", "imap_unordered", "process_map", "thread_map"})


def call_slip(text: str, call: ast.Call) -> PlanError:
    """Make the error for a line that is one call."""
    function = ast.unparse(call.func)
    first = call.args[0] if call.args else None
    if function == "list" and isinstance(first, ast.Call) and _mapped(first.func, first):
        return call_slip(ast.unparse(first), first)
    if function == "range":
        return PlanError(f"no function stands before `{text}`: type e.g. `%pmap square {text}`")
    line = _mapped(call.func, call)
    if line:
        return suggest(f"the magic itself does what `{function.rpartition('.')[2]}` does", line)
    if isinstance(first, ast.GeneratorExp) and function in _OF_ALL:
        inner = f"`%pmap {ast.unparse(first.elt)} {clauses(first.generators)}`"
        return PlanError(f"a task makes one element: {inner}, then {function}() of the result")
    if isinstance(first, ast.GeneratorExp):
        lines = [f"%pmap {function}({ast.unparse(first.elt)}) {clauses(first.generators)}"]
    elif first is None:
        lines = [f"%pmap {text} for _ in range(10)"]
    elif len(call.args) > 1 or call.keywords:
        others = [*call.args[1:], *call.keywords]
        arguments = ", ".join(["x", *(ast.unparse(other) for other in others)])
        items = ast.unparse(first) if isinstance(first, ast.Name) else "numbers"
        lines = [f"%pmap {function}({arguments}) for x in {items}"]
    else:
        lines = over(function, first)
    return suggest(f"`{text}` is a single call", *lines)


def _mapped(by: ast.expr, call: ast.Call) -> str:
    """Write the line for `map(f, xs)`, `pool.map(f, xs)`, `series.apply(f)` and the like."""
    if not isinstance(by, ast.Name | ast.Attribute) or not call.args:
        return ""
    function, *others = call.args
    name, iterables = ast.unparse(function), [ast.unparse(one) for one in others]
    if getattr(by, "id", getattr(by, "attr", "")) == "starmap" and iterables:
        return f"%pmap {name}(*x) for x in {iterables[0]}"
    if isinstance(by, ast.Name):
        known = by.id in _MAPS and bool(iterables)
    else:
        method = isinstance(function, ast.Name | ast.Attribute | ast.Lambda)
        known = by.attr in _MAPS and method
        iterables = iterables or [ast.unparse(by.value)]
        if known and not others and (call.keywords or ".groupby(" in iterables[0]):
            return _applied(function, iterables[0], call.keywords)
    if not known:
        return ""
    return _zipped(name, iterables) if len(iterables) > 1 else f"%pmap {name} {iterables[0]}"


def _applied(function: ast.expr, applied_to: str, keywords: Sequence[ast.keyword]) -> str:
    """Write the line for `apply(f, axis=1)` and `apply(f, args=(2,), k=3)` of frames and groups."""
    given = {one.arg: one.value for one in keywords}
    more = given.pop("args", None)
    rows = given.pop("axis", None) is not None
    if None in given or not isinstance(more, ast.Tuple | ast.List | None):
        return ""
    grouped = ".groupby(" in applied_to
    item = "row" if rows else "group" if grouped else "x"
    if isinstance(function, ast.Lambda) and not more and not given:
        item, called = ast.unparse(function.args), ast.unparse(function.body)
    else:
        others = [*map(ast.unparse, more.elts if more else ())]
        others += [f"{name}={ast.unparse(value)}" for name, value in given.items()]
        named = ast.unparse(function)
        named = f"({named})" if isinstance(function, ast.Lambda) else named
        called = f"{named}({', '.join([item, *others])})"
    items = f"{applied_to}.iterrows()" if rows else applied_to
    return f"%pmap {called} for {'_, ' * (rows or grouped)}{item} in {items}"


def over(function: str, argument: ast.expr) -> list[str]:
    """Write the lines that call `function` over what was given to it as a single argument."""
    if isinstance(argument, ast.Starred):
        return [f"%pmap {function} {ast.unparse(argument.value)}"]
    text = ast.unparse(argument)
    if isinstance(argument, ast.Constant) and type(argument.value) is int:
        return [f"%pmap {function} range({text})", f"%pmap {function} [{text}]"]
    if isinstance(argument, ast.Constant | ast.UnaryOp):
        return [f"%pmap {function} [{text}]"]
    lines = [f"%pmap {function} {text}"]
    if isinstance(argument, ast.Name) and len(text) == 1:  # `x`: more likely one item than all
        lines.insert(0, f"%pmap {function}({text}) for {text} in numbers")
    return lines


def zip_slip(function: str, iterables: Sequence[str], names: Sequence[str] = ()) -> PlanError:
    """Make the error for `f xs ys`; `names` are those of the arguments, if they are known."""
    reason = "several iterables go through zip"
    if any(_is_number(text) for text in iterables):
        reason = "what is the same for all items goes into a call"
    return suggest(reason, _zipped(function, iterables, names))


def _zipped(function: str, iterables: Sequence[str], names: Sequence[str] = ()) -> str:
    """Write the line in which zip gives the function several arguments, but for numbers."""
    letters = "xyzuvw"
    if len(names) != len(iterables):
        numbered = [f"x{index}" for index in range(len(iterables))]
        names = letters[: len(iterables)] if len(iterables) <= len(letters) else numbered
    pairs = list(zip(names, iterables, strict=True))
    varied = [(name, text) for name, text in pairs if not _is_number(text)]
    if not varied:
        varied = pairs
    given = ", ".join(text if (name, text) not in varied else name for name, text in pairs)
    targets, items = (", ".join(some) for some in zip(*varied, strict=True))
    over = items if len(varied) == 1 else f"zip({items})"
    return f"%pmap {function}({given}) for {targets} in {over}"


def _is_number(text: str) -> bool:
    return isinstance(getattr(parse_expression(text), "value", None), int | float)


def clauses(generators: Sequence[ast.comprehension]) -> str:
    """Write the clauses of a comprehension as text."""
    return " ".join(ast.unparse(clause).strip() for clause in generators)


def suggest(reason: str, *lines: str) -> PlanError:
    """Make the error that suggests one line, or several."""
    return PlanError(f"{reason}: did you mean {' or '.join(f'`{line}`' for line in lines)}?")
