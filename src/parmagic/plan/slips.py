"""Common slips in the code of a %pmap line, each answered with the line that was meant."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from keyword import iskeyword

from parmagic.errors import PlanError
from parmagic.modules.source import Comprehension
from parmagic.plan.foreign import foreign
from parmagic.plan.meant import call_slip, clauses, over, suggest, zip_slip
from parmagic.plan.names import read_names
from parmagic.plan.syntax import beside, brief, is_map, parse_expression
from parmagic.plan.tokens import outside

FORMS = (
    "type `%pmap square(x) for x in numbers` (an expression), "
    "or `%pmap square numbers` (a function and an iterable)"
)

_Uncallable = (
    ast.Constant | ast.JoinedStr | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.ListComp
    | ast.SetComp
)  # fmt: skip


def slip_in(text: str) -> PlanError | None:
    """Make the error for a line that is neither form, if there is a line to suggest."""
    slip = foreign(text)
    if slip is not None:
        return slip
    tree = parse_expression(text)
    if tree is not None:
        return _expression_slip(text, tree)
    ends = outside(text, ";")
    if ends:
        rest = brief(text[ends[0].end :])
        return PlanError(f"`;` ends the line: put `{rest}` on its own line")
    assigned = re.match(r"(\w+)\s*=(?![=>])\s*(.+)", text, re.DOTALL)
    if assigned:
        name, code = assigned.groups()
        return suggest(f"`{name} =` goes before the magic", f"{name} = %pmap {code}")
    function, *iterables = beside(text) or [""]
    if len(iterables) > 1 and isinstance(parse_expression(function), ast.Name | ast.Attribute):
        return _several(function, iterables)
    return _almost_map(text) or _mixture(text) or _keywords(text)


def _never_index(node: ast.expr | None) -> bool:
    """Tell whether what looks like an index or a call can be none: `[1, 2] [3, 4]`, `[1] [2]`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Tuple | ast.List | ast.ListComp)
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.List | ast.ListComp):
        return False
    index = node.slice.value if isinstance(node.slice, ast.Constant) else None
    if isinstance(index, int) and isinstance(node.value, ast.List):
        starred = any(isinstance(one, ast.Starred) for one in node.value.elts)
        return index >= len(node.value.elts) and not starred
    return isinstance(node.slice, ast.Tuple)


# Names the arguments that a function needs, as far as that is known.
Parameters = Callable[[str], Sequence[str] | None]


def check_function_form(function: str, items: str, parameters: Parameters) -> None:
    """Refuse a function that cannot be called, and items that cannot be iterated, by their look."""
    left, right = parse_expression(function), parse_expression(items)
    whole = parse_expression(f"{function} {items}")
    if isinstance(left, ast.Tuple) and isinstance(whole, ast.Tuple):
        raise foreign(f"{function} {items}") or _comma_slip(whole)
    if isinstance(right, ast.Compare) and isinstance(right.ops[0], ast.In):
        raise _for_slip(function, right)
    several = beside(items)
    if len(several) > 1 and (
        _never_index(right) or len(parameters(function) or ()) == len(several)
    ):
        raise zip_slip(function, several, parameters(function) or ())
    _check_callable(function, items, parameters)
    if isinstance(right, ast.Tuple) and not items.startswith("("):
        needed = parameters(function)
        by_look = all(isinstance(part, ast.Name) for part in right.elts)
        if by_look if needed is None else len(needed) > 1:
            parts = [ast.get_source_segment(items, part) or "" for part in right.elts]
            raise zip_slip(function, parts, needed or ())
        raise suggest("the items need brackets", f"%pmap {function} [{items}]")
    value = right.operand if isinstance(right, ast.UnaryOp) else right
    if right and isinstance(value, ast.Constant) and not isinstance(value.value, str | bytes):
        raise suggest(f"`{items}` is not an iterable", *over(function, right))


def _for_slip(function: str, right: ast.Compare) -> PlanError:
    """Make the error for `f x in xs`, `f(x) x in xs` and `f(x) forx in xs`."""
    target, iterable = ast.unparse(right.left), ast.unparse(right.comparators[0])
    read, after = read_names(function), target.removeprefix("for")
    if after in read or len(after) == 1:
        target = after
    element = function if target in read else f"{function}({target})"
    return suggest("`for` is missing", f"%pmap {element} for {target} in {iterable}")


def _check_callable(function: str, items: str, parameters: Parameters) -> None:
    left, right = parse_expression(function), parse_expression(items)
    ranged = isinstance(left, ast.Call) and ast.unparse(left.func) == "range"
    if not ranged and not isinstance(left, _Uncallable):
        return
    if isinstance(right, ast.Name) and parameters(items):
        raise suggest("the function comes first", f"%pmap {items} {function}")
    quoted = getattr(left, "value", None)
    if isinstance(quoted, str) and quoted.isidentifier():
        raise suggest("a function has no quotes around it", f"%pmap {quoted} {items}")
    if not ranged:
        raise PlanError(f"`{brief(function)}` is not a function: {FORMS}")


def check_element(
    element: ast.expr, parameters: Sequence[str], targets: Sequence[str], clauses: str
) -> None:
    """Refuse an expression that makes no sense for each item of `clauses` by itself."""
    text = ast.unparse(element)
    if isinstance(element, ast.Lambda):
        line = f"%pmap {ast.unparse(element.body)} {clauses}"
        raise suggest(f"`{text}` makes a function for each item and calls none", line)
    if not parameters and isinstance(element, ast.Name | ast.Attribute):
        line = f"%pmap {text}({', '.join(targets)}) {clauses}"
        raise suggest(f"`{text}` is not called", line)
    for node in ast.walk(element):
        if isinstance(node, ast.NamedExpr):
            name, value = node.target.id, ast.unparse(node.value)
            if name in read_names(value):
                raise PlanError(
                    f"`{name} := {value}` carries `{name}` from one item to the next, "
                    "and items run side by side: use a plain comprehension"
                )


def _expression_slip(text: str, tree: ast.expr) -> PlanError:
    if isinstance(tree, ast.Tuple):
        return _comma_slip(tree)
    if isinstance(tree, Comprehension):
        return _brackets_slip(tree)
    if isinstance(tree, ast.Call):
        return call_slip(text, tree)
    if isinstance(tree, ast.Name | ast.Attribute | ast.Lambda):
        either = f", or `%pmap {text}(x) for x in numbers`"
        lines = f"`%pmap {text} numbers`{'' if isinstance(tree, ast.Lambda) else either}"
        return PlanError(f"`{text}` needs something to run over: type e.g. {lines}")
    if isinstance(tree, ast.List | ast.Dict | ast.Set):
        line = f"`%pmap square {text}`"
        return PlanError(f"no function stands before `{brief(text)}`: type e.g. {line}")
    return _value_slip(text, tree)


def _value_slip(text: str, tree: ast.expr) -> PlanError:
    """Make the error for one value, for `f(x) in xs`, and for a line in quotes."""
    if isinstance(tree, ast.Compare) and isinstance(tree.left, ast.Call):
        targets = ", ".join(ast.unparse(one) for one in tree.left.args)
        line = text.replace(" in ", f" for {targets} in ", 1)
        if targets and is_map(line):
            return suggest("`for` is missing", f"%pmap {line}")
    quoted = getattr(tree, "value", None)
    if isinstance(quoted, str) and (is_map(quoted) or len(beside(quoted)) > 1):
        return suggest("code has no quotes around it", f"%pmap {quoted}")
    line = f"`%pmap {text} for x in numbers`"
    return PlanError(f"`{text}` is one value: type e.g. {line} to compute it for each `x`")


def _comma_slip(tree: ast.Tuple) -> PlanError:
    function, *iterables = [ast.unparse(part) for part in tree.elts]
    if len(iterables) > 1:
        return _several(function, iterables)
    line = " ".join(["%pmap", function, *(iterables or ["numbers"])])
    return suggest("no comma between the function and the iterable", line)


def _brackets_slip(tree: Comprehension) -> PlanError:
    if isinstance(tree, ast.DictComp):
        element = f"({ast.unparse(tree.key)}, {ast.unparse(tree.value)})"
    else:  # a task awaits the coroutine that it returns
        element = ast.unparse(tree.elt.value if isinstance(tree.elt, ast.Await) else tree.elt)
    kind = {ast.SetComp: ", then set() of the result", ast.DictComp: ", then dict() of the result"}
    line = f"`%pmap {element} {clauses(tree.generators)}`"
    return PlanError(f"write it without the brackets: {line}{kind.get(type(tree), '')}")


def _several(function: str, items: Sequence[str]) -> PlanError:
    """Make the error for `f xs ys`, `f 1 2 3`, `f range 5` and `map f xs`, also with commas."""
    if function == "map":
        if len(items) > 2:
            return zip_slip(items[0], items[1:])
        return suggest("the magic itself does what `map` does", f"%pmap {' '.join(items)}")
    if lacking := _in_brackets(items):
        return suggest(lacking[0], f"%pmap {function} {lacking[1]}")
    return zip_slip(function, items)


def _keywords(text: str) -> PlanError | None:
    """Make the error for `f xs, k=2`."""
    found = re.fullmatch(r"([\w.]+)\s+(.+?)[,\s]\s*(\w+=(?!=).+)", text, re.DOTALL)
    if found is None:
        return None
    items, called = found[2].rstrip(" ,"), f"{found[1]}(x, {found[3]})"
    if not parse_expression(called) or not parse_expression(items):
        return None
    reason = "what is the same for all items goes into a call"
    return suggest(reason, f"%pmap {called} for x in {items}")


def _mixture(text: str) -> PlanError | None:
    """Make the error for `square x for x in numbers`, and for `return square(x) for ...`."""
    mixed = re.match(r"([\w.]+)\s+(.+)", text, re.DOTALL)
    generator = parse_expression(f"({mixed[2]}\n)") if mixed else None
    if mixed is None or not isinstance(generator, ast.GeneratorExp):
        return None
    if iskeyword(mixed[1]):
        return suggest(f"leave out `{mixed[1]}`", f"%pmap {mixed[2]}")
    called = f"{mixed[1]}({ast.unparse(generator.elt)}) {clauses(generator.generators)}"
    return suggest(f"`{text}` mixes the two forms", f"%pmap {called}")


def _almost_map(text: str) -> PlanError | None:
    """Make the error for `f(x) for x in xs:`, `x, f(x) for x in xs`, `f(x) for x in range 5`."""
    whole = text.removesuffix(":").rstrip()
    starts = outside(whole, "for")
    element = whole[: starts[0].start].strip() if starts else ""
    if is_map(whole):
        reason = "no colon ends the line"
    elif conditions := outside(element, "if"):
        at = conditions[0]
        whole = f"{element[: at.start]}{whole[starts[0].start :]} {element[at.start :]}"
        reason = "a condition follows the items"
    elif isinstance(parse_expression(element), ast.Tuple):
        whole = f"({element}) {whole[starts[0].start :]}"
        reason = "several values for each item need brackets"
    elif starts and (mended := _mended(whole[starts[-1].end :].strip())):
        reason, clause = mended
        whole = f"{whole[: starts[-1].end]} {clause}"
    return suggest(reason, f"%pmap {whole}") if whole != text and is_map(whole) else None


def _mended(clause: str) -> tuple[str, str] | None:
    """Mend `x in 1, 2`, `x in range 5`, `x, y in xs, ys` and `x in xs, y in ys`; say why."""
    parts = getattr(parse_expression(clause), "elts", [])
    pairs = [
        one for one in parts if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.In)
    ]
    if pairs and len(pairs) == len(parts):
        targets = ", ".join(ast.unparse(one.left) for one in pairs)
        items = ", ".join(ast.unparse(one.comparators[0]) for one in pairs)
        return "several iterables go through zip", f"{targets} in zip({items})"
    ends = outside(clause, "in")
    if not ends:
        return None
    target, items = clause[: ends[-1].end], clause[ends[-1].end :].strip()
    tree = parse_expression(items)
    if not isinstance(tree, ast.Tuple):
        lacking = _in_brackets(beside(items))
        return (lacking[0], f"{target} {lacking[1]}") if lacking else None
    several = parse_expression(target.removesuffix("in"))
    named = all(isinstance(one, ast.Name) for one in tree.elts)
    if named and isinstance(several, ast.Tuple) and len(several.elts) == len(tree.elts):
        return "several iterables go through zip", f"{target} zip({items})"
    return "the items need brackets", f"{target} [{items}]"


def _in_brackets(items: Sequence[str]) -> tuple[str, str] | None:
    """Write items that lack brackets, as `range 5` and `1 2 3` do; say what they lack."""
    if len(items) > 1 and items[0] == "range":
        return "`range` needs brackets", f"range({', '.join(items[1:])})"
    if items and all(re.fullmatch(r"-?[\d.]+", item) for item in items):
        return "the items need brackets and commas", f"[{', '.join(items)}]"
    return None
