"""What the body of a class reads from around it before it assigns the same name: `n = n * 2`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from parmagic.modules.quiet import parsed
from parmagic.modules.source import Comprehension, Def, Function


def read_before_assigned(source: str) -> set[str]:
    """Find the names that bodies of classes in `source` read before they assign them, if ever.

    `symtable` takes those that are assigned at any place for names of the class alone.
    """
    found: set[str] = set()
    waiting: list[ast.AST] = [parsed(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.ClassDef):
            body = _Body()
            body.visit_all(node.body)
            found |= body.read
        if not isinstance(node, Function):  # whose classes read its own variables
            waiting.extend(ast.iter_child_nodes(node))
    return found


class _Body(ast.NodeVisitor):
    """Goes through statements in the order in which they run, but into no function or class."""

    def __init__(self) -> None:
        self.read: set[str] = set()
        self._assigned: set[str] = set()

    def visit_all(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._assigned.add(node.id)
        elif node.id not in self._assigned:
            self.read.add(node.id)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit_all([node.value, *node.targets])

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit_all([node.annotation, node.value])
        if node.value is not None:
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and node.target.id not in self._assigned:
            self.read.add(node.target.id)
        self.visit_all([node.value, node.target])

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit_all([node.value, node.target])

    def visit_For(self, node: ast.For) -> None:
        self.visit_all([node.iter, node.target, *node.body, *node.orelse])

    def visit_FunctionDef(self, node: Def) -> None:
        self.visit_all([*node.decorator_list, node.args, node.returns])
        self._assigned.add(node.name)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - named by its node, as all are

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords])
        self._assigned.add(node.name)

    def generic_visit(self, node: ast.AST) -> None:
        if isinstance(node, Comprehension):
            self.visit(node.generators[0].iter)  # the rest runs in a scope of its own
        else:
            super().generic_visit(node)

    def visit_alias(self, node: ast.alias) -> None:
        self._assigned.add(node.asname or node.name.split(".")[0])
