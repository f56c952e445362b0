"""The names that a piece of source reads from the namespace it is defined in."""

from __future__ import annotations

import ast
import contextlib
import dis
import re
import sys
from collections.abc import Collection, Container
from functools import lru_cache
from inspect import CO_OPTIMIZED
from typing import TYPE_CHECKING, NamedTuple

from parmagic.modules.bound import own_names
from parmagic.modules.codes import inside, names_in
from parmagic.modules.quiet import parsed, quiet
from parmagic.modules.source import Comprehension

if TYPE_CHECKING:
    import symtable
    from types import CodeType

_NONLOCAL = re.compile(r"^(\s*)nonlocal\b", re.MULTILINE)
_QUERY = re.compile(r"\b(?:query|eval)\b.*@", re.DOTALL)
_QUOTED = re.compile(r"@(\w+)")  # a name in a text that these read
_LOADS = ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
_ANNOTATE = "__annotate__"
_ATTRIBUTE = re.compile(r"\.(?:\s|\\\n|#.*\n)*(\w+)")  # what stands behind a dot


class Names(NamedTuple):
    """What a definition reads: `at_once` while it is being defined, `later` when it is called."""

    at_once: frozenset[str]
    later: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every name, whenever it is read."""
        return self.at_once | self.later


NO_NAMES = Names(frozenset(), frozenset())


@lru_cache(maxsize=4096)
def names_read(source: str) -> Names:
    """Find the global names that `source`, one or more top-level statements, reads.

    Names in a decorator, a default, a base class or a class body are read at once: they must exist
    before the definition. Those in the body of a function are read later. Names that the source
    itself assigns at its top level count only if something reads them.
    """
    import symtable  # here: for most functions `names_compiled` does

    try:
        with quiet():
            top = symtable.symtable(source, "<needs>", "exec")
    except SyntaxError:  # of a closure by itself, whose `nonlocal` is of the function around it
        source = _NONLOCAL.sub(r"\1global", source)
        with quiet():
            top = symtable.symtable(source, "<needs>", "exec")
    at_once = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    later: set[str] = set()
    for child in top.get_children():
        _collect(child, at_once, later)
    if sys.version_info >= (3, 12) and at_once and "for" in source:  # else there are none
        at_once -= _kept_inside(parsed(source))
    if "class" in source:
        with quiet(), contextlib.suppress(SyntaxError):  # of a piece that cannot stand alone
            at_once |= _read_in_classes(compile(source, "<needs>", "exec", dont_inherit=True))
    later |= named_in_text(source)
    return Names(frozenset(at_once), frozenset(later - at_once))


def names_compiled(code: CodeType, text: str, namespace: Container[str]) -> Names | None:
    """Find the names that the body of a function reads by its code, without a look at its syntax.

    Code has one list for global names and attributes. So it is None if a name of the `namespace`
    is also an attribute in `text`, or if statements there leave other names in the list. Other
    attributes are among the names found: they lead nowhere.
    """
    names, attributes = _compiled(code, text)
    if names is None or any(name in namespace for name in attributes):
        return None
    return names


@lru_cache(maxsize=4096)
def _compiled(code: CodeType, text: str) -> tuple[Names | None, Collection[str]]:
    if "import" in text or "class" in text or not text.isascii():  # or spelt otherwise than in code
        return None, ()
    if _QUERY.search(text):
        return None, ()
    names = names_in(code)
    return Names(frozenset(), names), names.intersection(_ATTRIBUTE.findall(text))


def named_in_text(source: str) -> set[str]:
    """Find what pandas reads where a text says so, as in `df.query("x > @least")`."""
    if not _QUERY.search(source):
        return set()
    nodes = list(ast.walk(parsed(source)))
    texts = [one.value for one in nodes if isinstance(one, ast.Constant)]
    found = {name for one in texts if isinstance(one, str) for name in _QUOTED.findall(one)}
    return found - own_names(nodes)


def _kept_inside(tree: ast.Module) -> set[str]:
    """Find the targets of comprehensions that nothing else reads.

    Since Python 3.12 symtable shows them as names of what is around the comprehension.
    """
    targets: set[str] = set()
    outside: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Comprehension):
            stored = [part for clause in node.generators for part in ast.walk(clause.target)]
            targets.update(part.id for part in stored if isinstance(part, ast.Name))
            waiting.append(node.generators[0].iter)
            continue
        if isinstance(node, ast.Name):
            outside.add(node.id)
        waiting.extend(ast.iter_child_nodes(node))
    return targets - outside


def _collect(table: symtable.SymbolTable, at_once: set[str], later: set[str]) -> None:
    # A comprehension at top level runs at once, too, but there "later" costs nothing: only the
    # order of definitions depends on the difference.
    target = at_once if _runs_at_once(table) else later
    if hasattr(table, "get_globals"):  # of a function: all are read, or declared to be global
        target.update(table.get_globals())
    else:
        for symbol in table.get_symbols():
            if symbol.is_global() and (symbol.is_referenced() or symbol.is_declared_global()):
                target.add(symbol.get_name())
    for child in table.get_children():
        _collect(child, target if _runs_at_once(child) else later, later)


def _read_in_classes(code: CodeType, own: Collection[str] = ()) -> set[str]:
    """Find what bodies of classes read before they assign it, if ever: `n = n * 2`.

    `symtable` takes what they assign at any place for names of the class alone. Their annotations
    are code of its own since Python 3.14, for which `own` is what the class assigns.
    """
    found: set[str] = set()
    for one in inside(code):
        if one.co_flags & CO_OPTIMIZED and not one.co_name.startswith(("<generic", _ANNOTATE)):
            continue  # a function, whose classes read its own variables
        assigned = {*own} if one.co_name == _ANNOTATE else set[str]()
        for step in dis.get_instructions(one):
            if step.opname == "STORE_NAME":
                assigned.add(step.argval)
            elif step.opname in _LOADS and step.argval not in assigned:
                found.add(step.argval)
        found |= _read_in_classes(one, assigned)
    return {name for name in found if not name.startswith("__")}  # which Python itself reads


def _runs_at_once(table: symtable.SymbolTable) -> bool:
    """Tell whether code runs as it is defined: the body of a class, the bases of a generic one."""
    return table.get_type() == "class" or table.get_type().startswith("type param")


@lru_cache(maxsize=4096)
def attributes_in(source: str) -> frozenset[str]:
    """Find all that stands behind a dot in `source`."""
    return frozenset(_ATTRIBUTE.findall(source))


@lru_cache(maxsize=4096)
def dotted_names(source: str) -> frozenset[str]:
    """Find the attribute chains that `source` reads, such as "scipy.stats" and "scipy.stats.norm".

    `import scipy.stats` binds only `scipy`; the chains tell which submodules a worker must import.
    """
    nodes = (node for node in ast.walk(parsed(source)) if isinstance(node, ast.Attribute))
    return frozenset(filter(None, map(chain_of, nodes)))


def chain_of(node: ast.expr) -> str:
    """Write a name, or attributes of one, as "scipy.stats.norm"; "" of any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def line_of(source: str, name: str) -> int:
    """Find the first line of `source`, counted from 0, that reads `name`; 0 if none does."""
    lines = [
        node.lineno
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    return min(lines, default=1) - 1
