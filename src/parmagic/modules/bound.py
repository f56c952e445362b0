"""The names that a statement binds in the namespace where it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any, TypeGuard

from parmagic.modules.quiet import parsed

TYPE_ALIAS: type[ast.stmt] | None = getattr(ast, "TypeAlias", None)  # since Python 3.12
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """List the targets of an assignment, each with the value; none of what is none, as `x: int`."""
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return [(node.target, node.value)]
    return []


def literal_said(node: ast.expr) -> str:
    """Return what a literal is as it would be printed; "" of any other expression."""
    try:
        return repr(ast.literal_eval(node))
    except ValueError:
        return ""


def assigned_name(node: ast.stmt) -> str:
    """Return the one name that a statement assigns a value to; "" if it is no such statement."""
    targets = [target for target, _ in assigned(node)]
    return getattr(targets[0], "id", "") if len(targets) == 1 else ""


def assigns(node: ast.stmt, name: str) -> TypeGuard[ast.Assign | ast.AnnAssign]:
    """Tell whether a statement is `name = ...`, or `type name = ...`."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    elif TYPE_ALIAS and isinstance(node, TYPE_ALIAS):
        targets = [node.name]  # type: ignore[attr-defined]  # mypy reads for Python 3.11
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def assignment(
    tree: ast.Module, source: str, name: str
) -> tuple[ast.Assign | ast.AnnAssign, str] | None:
    """Find the last statement of a cell that assigns `name`, and a text in which it stands alone.

    That is the cell itself, as a rule; of several names on a line, only this is assigned there.
    """
    for node in reversed(list(_statements(tree))):
        if assigns(node, name):
            if _is_alone(node, source.split("\n")):
                return node, source
            return _by_itself(node, ast.unparse(node))
        if (part := value_for(node, name)) is not None:
            return _by_itself(node, f"{name} = {ast.unparse(part)}")
    return None


def value_for(node: ast.stmt, name: str) -> ast.expr | None:
    """Return what a statement gives to a name, as in `a, name = 1, 2`; None if nothing."""
    if assigns(node, name):
        return node.value
    pairs = (pair for target, value in assigned(node) for pair in _pairs(target, value))
    named = (part for one, part in pairs if isinstance(one, ast.Name) and one.id == name)
    return next(named, None)


def in_blocks(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in the blocks of a statement or a module; of `try`, also its handlers."""
    for part in ("body", "orelse", "finalbody", "handlers", "cases"):
        yield from getattr(node, part, ())


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield statements, with those in the blocks of others, but of no function or class."""
    for one in in_blocks(node):
        if isinstance(one, ast.stmt):
            yield one
        if not isinstance(one, _SCOPES):
            yield from _statements(one)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Pair what an assignment such as `a, b = 1, 2` gives to its targets."""
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, ast.Tuple | ast.List):
        return
    if not any(isinstance(one, ast.Starred) for one in (*target.elts, *value.elts)):
        yield from zip(target.elts, value.elts, strict=False)


def _is_alone(node: ast.stmt, lines: Sequence[str]) -> bool:
    """Tell whether no other statement stands on the lines of one."""
    first, last = lines[node.lineno - 1], lines[(node.end_lineno or node.lineno) - 1]
    before, after = first.encode()[: node.col_offset], last.encode()[node.end_col_offset :]
    return not before.strip() and after.strip()[:1] in (b"", b"#")


def _by_itself(node: ast.stmt, text: str) -> tuple[Any, str]:
    """Write a statement anew, on the line where it stands in its cell."""
    source = "\n" * (node.lineno - 1) + text
    return parsed(source).body[0], source


def defined_function(node: ast.stmt) -> str | None:
    """Name the function that a statement defines, if a call of it does its work at once."""
    if isinstance(node, ast.FunctionDef):
        return None if _is_generator(node) else node.name
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
        return assigned_name(node) or None
    return None


def _is_generator(function: ast.FunctionDef) -> bool:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, (*_SCOPES, ast.Lambda)):
            waiting.extend(ast.iter_child_nodes(node))
    return False


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    """Say where each name comes from that an import binds."""
    if isinstance(node, ast.Import):
        roots = [each.name.partition(".")[0] for each in node.names]  # `import a.b` binds a
        return {
            each.asname or root: each.name if each.asname else root
            for each, root in zip(node.names, roots, strict=True)
        }
    return {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}


def mangled(name: str, owner: str) -> str:
    """Return what an attribute is called that the body of the class `owner` calls `name`."""
    private = name.startswith("__") and not name.endswith("__")
    return f"_{owner.lstrip('_')}{name}" if private else name


def named_in(node: ast.AST) -> set[str]:
    """Find all names that stand in a piece of code, wherever."""
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def own_names(nodes: Sequence[ast.AST]) -> set[str]:
    """Find the names that pieces of code assign or delete, and the arguments of their functions."""
    named = [one for one in nodes if isinstance(one, ast.Name)]
    stored = {one.id for one in named if not isinstance(one.ctx, ast.Load)}
    return stored | {one.arg for one in nodes if isinstance(one, ast.arg)}


def bound_names(node: ast.AST) -> frozenset[str]:
    """Find the names that a statement or an expression binds or deletes.

    What a function, a lambda, a class or a comprehension keeps to itself is not among them. A
    `*` among them stands for `from module import *`: that may bind any name.
    """
    binder = _Binder()
    binder.visit(node)
    return frozenset(binder.names)


class _Binder(ast.NodeVisitor):
    """Walks through all that runs in the namespace of the statement itself.

    The standard module symtable would know, but since Python 3.12 it shows the names of a
    comprehension as if they were bound around it.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.names.add(node.id)

    def visit_alias(self, node: ast.alias) -> None:
        self.names.add(node.asname or node.name.partition(".")[0])

    def _visit_named(self, node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar) -> None:
        self._add(node.name, node)

    visit_ExceptHandler = visit_MatchAs = visit_MatchStar = _visit_named  # noqa: N815 - as nodes

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._add(node.rest, node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.names.add(node.name)
        self._visit_all(*node.decorator_list, node.args)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as above

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.names.add(node.name)
        self._visit_all(*node.decorator_list, *node.bases, *node.keywords)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)  # its defaults

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._visit_all(node.iter, *node.ifs)  # a `:=` there binds outside, the target does not

    def _visit_all(self, *nodes: ast.AST) -> None:
        for node in nodes:
            self.visit(node)

    def _add(self, name: str | None, node: ast.AST) -> None:
        if name is not None:
            self.names.add(name)
        self.generic_visit(node)
