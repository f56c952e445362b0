"""Runs the body of a cell magic the way IPython runs a cell.

`run_cell` cannot do it: inside of another cell it hides failures, and shows values and fires events
twice.
"""

from __future__ import annotations

import ast
import sys
import time
import tokenize
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from types import CodeType, FunctionType
from typing import Any, cast

from IPython.core.interactiveshell import InteractiveShell

from parmagic.errors import PlanError
from parmagic.modules.quiet import parsed, quiet
from parmagic.plan.cells.awaits import refuse_awaiting
from parmagic.plan.syntax import at_lines
from parmagic.plan.tokens import tokens_of
from parmagic.run.workers.raised import around

_AROUND = ("%%time", "%%capture")  # magics that may stand above those of parmagic
_MODES: dict[type[ast.mod], str] = {
    ast.Module: "exec", ast.Expression: "eval", ast.Interactive: "single",
}  # fmt: skip


class Cell:
    """The body of a cell, read and ready to run statement by statement."""

    def __init__(self, shell: InteractiveShell, magic: str, body: str) -> None:
        self._shell = shell
        self.namespace: dict[str, Any] = shell.user_ns
        if body.lstrip().startswith("%%"):
            inner = body.split(maxsplit=1)[0]
            above = ", or write it in the line above" if inner in _AROUND else ""
            raise PlanError(f"%%{magic} cannot run another cell magic: remove `{inner}`{above}")
        # The magic's own line is the first of the cell: so every line keeps its number.
        code = "\n" + str(shell.transform_cell(body))
        self.code = code
        number = _execution_count(shell)
        self.filename: str = shell.compile.cache(code, number, raw_code="\n" + body)
        # The shell's own compiler remembers `from __future__ import ...` of earlier cells.
        self._compile = cast("Callable[..., CodeType]", shell.compile)
        try:
            tree = shell.compile.ast_parse(code, self.filename)
            self.tree: ast.Module = shell.transform_ast(tree)
            self.last = self.tree.body[-1] if self.tree.body else None  # its value is the cell's
            refuse_awaiting(self.tree)
            # As in any cell, what cannot be compiled fails before any statement has run.
            self._compile(self.tree, self.filename, "exec")
        except SyntaxError as error:
            wrong = code.split("\n")[(error.lineno or 1) - 1].strip()
            raise PlanError(f"line {error.lineno} of the cell, `{wrong}`: {error.msg}") from None
        self.seconds = 0.0  # that the notebook itself has run the cell's code, without its tasks
        self._counts: bool | None = None  # whether what runs now counts; None if nothing runs
        self._since = 0.0  # when that began

    @property
    def silent(self) -> bool:
        """Whether the cell ends with a `;`, which hides its value."""
        texts = [one.text for one in tokens_of(self.code) if one.kind != tokenize.COMMENT]
        return texts[-1:] == [";"]

    def tasks_run(self) -> AbstractContextManager[None]:
        """Count nothing of what is done now: tasks run, though a statement may wait for them."""
        return self._counted(counts=False)

    @around
    def _counted(self, *, counts: bool = True) -> Iterator[None]:
        """Count what is done now, once where this is nested, and never inside of `tasks_run`."""
        before = self._counts
        self._count(False if before is False else counts)
        yield
        self._count(before)

    def _count(self, counts: bool | None) -> None:
        now = time.perf_counter()
        if self._counts:
            self.seconds += now - self._since
        self._counts, self._since = counts, now

    def run(self, statements: Sequence[ast.stmt]) -> Any:
        """Run statements; return the value of the last one of the cell if it is an expression."""
        __tracebackhide__ = True
        for statement in statements:
            last = statement is self.last and self._shell.ast_node_interactivity != "none"
            if last and isinstance(statement, ast.Expr):
                return self.evaluate(statement.value)
            shows = self._shows_all() or (last and self._shell.ast_node_interactivity == "last")
            self._eval(ast.Interactive([statement]) if shows else ast.Module([statement], []))
        return None

    def _shows_all(self) -> bool:
        return self._shell.ast_node_interactivity == "all" and not self.silent

    def show(self, value: Any) -> None:
        """Show the value of an expression that is not the last, if the shell is set to show all."""
        if self._shows_all():
            sys.displayhook(value)

    def shown(self, value: Any) -> Any:
        """Return what the shell shows of the cell, whose last expression has this value."""
        if self.silent:
            return None
        last = self.tree.body[-1] if self.tree.body else None
        targets = last.targets if isinstance(last, ast.Assign) else []
        targets = [last.target] if isinstance(last, ast.AnnAssign | ast.AugAssign) else targets
        also = self._shell.ast_node_interactivity == "last_expr_or_assign" and len(targets) == 1
        if also and isinstance(targets[0], ast.Name):
            return self.namespace.get(targets[0].id)
        return value

    def run_in(self, statement: ast.stmt, namespace: dict[str, Any]) -> None:
        """Run a statement in a namespace other than the notebook's."""
        __tracebackhide__ = True
        self._eval(ast.Module([statement], []), namespace)

    def compiled(self, statement: ast.stmt) -> CodeType:
        """Compile a statement that is to be run more than once."""
        return self._compiled(ast.Module([statement], []))

    def execute(self, code: CodeType) -> None:
        """Run compiled statements in the notebook's namespace; the caller counts their time."""
        __tracebackhide__ = True
        exec(code, self._shell.user_global_ns, self._shell.user_ns)  # noqa: S102 - the user's own

    def function(self, source: str, first_line: int) -> FunctionType:
        """Make the function that `source` defines, as if it stood in the cell from a line on."""
        tree = parsed(source)
        # Lines of ours get numbers above the cell, which no traceback shows.
        at_lines(tree, lambda line: max(line + first_line - 1, 1))
        local: dict[str, Any] = {}
        exec(self._compiled(tree), self._shell.user_global_ns, local)  # noqa: S102
        return cast("FunctionType", next(iter(local.values())))

    def evaluate(self, expression: ast.expr, namespace: dict[str, Any] | None = None) -> Any:
        """Evaluate an expression of the cell, in the notebook's namespace if no other is given."""
        __tracebackhide__ = True
        return self._eval(ast.Expression(expression), namespace)

    def _eval(self, tree: ast.mod, namespace: dict[str, Any] | None = None) -> Any:
        __tracebackhide__ = True
        code = self._compiled(tree)
        shell = self._shell
        around = (shell.user_global_ns, shell.user_ns) if namespace is None else (namespace,)
        with self._counted():
            return eval(code, *around)  # noqa: S307 - the user's own code

    def _compiled(self, tree: ast.mod) -> CodeType:
        with quiet():  # compiling the whole cell has given the warnings
            return self._compile(tree, self.filename, _MODES[type(tree)])


def _execution_count(shell: InteractiveShell) -> int:
    """Return the number of the cell that runs."""
    # Since IPython 9.8 `shell.execution_count` is one ahead inside a magic.
    result = getattr(shell.displayhook, "exec_result", None)
    count = getattr(result, "execution_count", None)
    return shell.execution_count if count is None else int(count)
