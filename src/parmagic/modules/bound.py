"""The names that a statement binds in the namespace where it runs."""

from __future__ import annotations

import ast


def assigned(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """List the targets of an assignment, each with the value; none of what is none, as `x: int`."""
    if isinstance(node, ast.Assign):
        return [(target, node.value) for target in node.targets]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return [(node.target, node.value)]
    return []


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
