"""Names that a definition has read as it was made, and that have been deleted since.

As of a table from which a class took its columns: `del table`.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from parmagic.errors import TravelError
from parmagic.modules.bound import assigned_name, in_blocks, mangled, named_in
from parmagic.modules.definitions.definition import Definition, defaults_of, replaced
from parmagic.modules.names import names_read
from parmagic.modules.needs import Reader
from parmagic.modules.quiet import parsed
from parmagic.modules.source import FUNCTIONS, Comprehension, Def

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_BRANCHES = (ast.Try, ast.TryStar, ast.arg)  # of an argument, the annotation is left out
_LEFT_OUT: dict[type[ast.AST], tuple[str, ...]] = {  # what need not run
    **dict.fromkeys((ast.FunctionDef, ast.AsyncFunctionDef), ("body", "returns", "type_params")),
    **dict.fromkeys((ast.If, ast.IfExp, ast.While, ast.For), ("body", "orelse")),
    ast.Lambda: ("body",),
    ast.Match: ("cases",),
}


def leave_out_gone(finder: Finder, definition: Definition, reader: Reader) -> None:
    """Have a definition read nothing that is not there any more, where lines below it give it that.

    Such a line gives a class an attribute, or a function its defaults. Raises TravelError if the
    definition reads such a name for anything else.
    """
    gone = _gone(finder, definition)
    if not gone:
        return
    name = definition.name
    given = "\n".join(fill.line for fill in finder.needs.fills.get(name, ()))
    nodes = _given(parsed(definition.block), reader.name, name, given)
    reading = [one for one in nodes if not gone.isdisjoint(named_in(one))]
    left = replaced(definition, dict.fromkeys(reading, "None"))
    finder.needs.definitions[name] = left
    for one in sorted(_gone(finder, left)):
        raise TravelError(
            f"`{one}`, which was read by {reader.place(one)} as that was defined, is not there any "
            "more: define it again, or use `--backend thread`"
        )


def _gone(finder: Finder, definition: Definition) -> set[str]:
    """Find the names that are read whenever it runs, and that the notebook does not have."""
    indented = definition.text[:1].isspace()
    source = f"if True:\n{definition.text}" if indented else definition.text
    if definition.variables and not definition.inner:  # a lambda, whose text cannot stand alone
        return set()
    there = {*finder.namespace, *vars(builtins), *definition.variables}
    found = {one for one in names_read(source).at_once - there if not one.startswith("__")}
    if not found:
        return set()
    tree: ast.AST = parsed(source)
    start = next(iter(in_blocks(next(iter(in_blocks(tree)))))) if indented else tree
    annotated = not definition.future and sys.version_info < (3, 14)
    return found.intersection(_surely(start, annotated=annotated))


def _surely(node: ast.AST, *, annotated: bool) -> Iterator[str]:
    """Yield names that are read whenever code runs: not those of a branch, or of a function."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.BoolOp):
        yield from _surely(node.values[0], annotated=annotated)
    elif isinstance(node, Comprehension):
        yield from _surely(node.generators[0].iter, annotated=annotated)
    elif not isinstance(node, _BRANCHES):
        left_out = _LEFT_OUT.get(type(node), ())
        for key, part in ast.iter_fields(node):
            if key in left_out or (key == "annotation" and not annotated):
                continue
            for one in part if isinstance(part, list) else [part]:
                if isinstance(one, ast.AST):
                    yield from _surely(one, annotated=annotated)


def _given(tree: ast.Module, owner: str, name: str, given: str) -> Iterator[ast.expr]:
    """Yield the expressions of a definition whose value it is given by lines below it."""
    node: ast.stmt = tree.body[0]
    while not isinstance(node, (*FUNCTIONS, ast.ClassDef)) or node.name.startswith("__make_"):
        node = getattr(node, "body", [None])[0]
        if node is None:
            return
    if isinstance(node, FUNCTIONS):
        yield from _defaults(node, name, given)
        return
    for one in node.body:
        if isinstance(one, FUNCTIONS):
            yield from _defaults(one, f"{name}.{mangled(one.name, owner)}", given)
        elif isinstance(one, ast.Assign | ast.AnnAssign) and one.value:
            line = f"\n{name}.{mangled(assigned_name(one), owner)} = "
            yield from [one.value] if line in f"\n{given}" else []


def _defaults(node: Def, place: str, given: str) -> Iterator[ast.expr]:
    line = rf"^{re.escape(place)}(\.\w+)*\.__(kw)?defaults__ = "
    if re.search(line, given, re.MULTILINE):
        yield from defaults_of(node)
