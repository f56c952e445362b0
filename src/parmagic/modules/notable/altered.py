"""What the notebook has set in modules: workers import these anew, without it."""

from __future__ import annotations

import ast
import dis
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any

from parmagic.main import MAINS
from parmagic.modules.added import added
from parmagic.modules.bound import assigned_name
from parmagic.modules.codes import CODES, nested
from parmagic.modules.own_modules import files, is_own_module, saved
from parmagic.modules.quiet import parsed
from parmagic.modules.reach import Piece, attributes_read
from parmagic.modules.source import Def
from parmagic.short import short


def altered(found: Iterable[Piece]) -> Iterator[str]:
    """Yield a line for each thing that code reads of a module, and that a worker's has not."""
    pieces = list(found)
    yield from _own(pieces)
    put = {place: module for piece in pieces for place, module in _put_into_libraries(piece)}
    for place, module in put.items():
        yield (
            f"`{place}` was put there later, and workers import `{module}` anew, without it: "
            "put it there in the function, too, or use `--backend thread`"
        )


def _put_into_libraries(piece: Piece) -> Iterator[tuple[str, str]]:
    """Yield where code reads functions that the notebook has put into modules, or their classes."""
    modules = {
        owner: module
        for owner, module in piece.values.items()
        if isinstance(module, ModuleType) and module.__name__ not in MAINS
    }
    # Taking the code apart takes long: first a quick look whether there is anything.
    there = (vars(module).get(name) for module in modules.values() for name in piece.names)
    for owner, name in attributes_read(piece.code) if any(map(_is_of_notebook, there)) else ():
        module = modules.get(owner)
        if module is not None and _is_of_notebook(vars(module).get(name)):
            yield f"{module.__name__}.{name}", module.__name__
    for kind, name, value in added(piece.names):
        if _is_of_notebook(value):
            yield f"{kind}.{name}", kind.partition(".")[0]


def _is_of_notebook(value: object) -> bool:
    return isinstance(value, FunctionType) and value.__module__ in MAINS


def _own(found: Iterable[Piece]) -> Iterator[str]:
    """Yield a line for each value that code reads of a module, and that its source sets otherwise.

    Only of what the source sets once, to a literal. What is private (`_cache`), or empty at first
    (`register = {}`), is left out: a worker fills its own.
    """
    modules = files()
    if not modules:
        return
    told: set[tuple[str, str]] = set()
    for piece in found:
        for module, name in _reads(piece, modules):
            path = getattr(sys.modules[module], "__file__", None)
            if (module, name) in told or path not in modules:
                continue
            told.add((module, name))
            set_there = _literals(path, saved(path))
            now = vars(sys.modules[module]).get(name)
            if name in set_there and not _equal(now, set_there[name]):
                there = short(set_there[name])
                yield (
                    f"`{module}.{name}` is {short(now)} here, but {there} in workers, which import "
                    f"`{module}` anew: give it to the function, or use `--backend thread`"
                )


def _reads(piece: Piece, modules: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what code reads of modules of the user's: the module, and the name in it."""
    if piece.code.co_filename in modules:
        module = modules[piece.code.co_filename]
        yield from ((module, name) for name in _globals(piece.code))
    for owner, name in attributes_read(piece.code):
        value = piece.values.get(owner)
        if isinstance(value, ModuleType) and is_own_module(value.__name__):
            yield value.__name__, name


@lru_cache(maxsize=CODES)
def _globals(code: CodeType) -> frozenset[str]:
    return frozenset(
        step.argval
        for one in nested(code)
        for step in dis.get_instructions(one)
        if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    )


@lru_cache(maxsize=64)
def _literals(path: str, _saved: int) -> dict[str, Any]:
    """Return what a file sets to a literal, and does not touch again while it is imported."""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - as a module's file
            tree = parsed(file.read())
    except (OSError, SyntaxError, ValueError):
        return {}
    found: dict[str, Any] = {}
    named = Counter[str]()
    for node in tree.body:
        if isinstance(node, Def | ast.ClassDef):
            continue
        names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
        reads_alone = isinstance(node, ast.Assign | ast.AnnAssign)
        named.update(one.id for one in names if not (reads_alone and isinstance(one.ctx, ast.Load)))
        if (name := assigned_name(node)) and not name.startswith("_"):
            try:
                literal = ast.literal_eval(node.value)  # type: ignore[attr-defined]
            except (ValueError, TypeError, MemoryError, RecursionError):
                continue
            if literal or not isinstance(literal, dict | list | set):
                found[name] = literal
    return {name: value for name, value in found.items() if named[name] == 1}


def _equal(now: object, then: object) -> bool:
    try:
        return type(now) is type(then) and bool(now == then)
    except Exception:  # noqa: BLE001 - a list may hold anything by now, such as arrays
        return False
