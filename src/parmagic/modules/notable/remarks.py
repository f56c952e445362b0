"""What is worth knowing of a function before workers run it, a line for each remark.

Needs that are large; changes of the notebook's values, which stay in the worker (see `changes`);
random numbers without a seed; generators and axes of the notebook, of which each worker has a copy;
figures that a worker shows.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from parmagic import cells
from parmagic.modules.definitions.definition import Definition
from parmagic.modules.names import chain_of
from parmagic.modules.needs import shown_name
from parmagic.modules.notable.changes import Changeable, Finding, changes_in, globals_in, root
from parmagic.modules.quiet import parsed
from parmagic.modules.source import Def
from parmagic.modules.text import ENTRY, ModuleText
from parmagic.words import plural, size

LARGE = 50_000_000  # bytes of one of the notebook's values from which its size is said
PART = 0.05  # of those, below which what is copied, or shared, is not worth a word
_IMPORT = re.compile(r"^import ([\w.]+)(?: as (\w+))?$", re.MULTILINE)
_FROM = re.compile(r"^from ([\w.]+) import (\w+)(?: as (\w+))?$", re.MULTILINE)
_STATE = {"seed", "getstate", "setstate", "get_state", "set_state", "default_rng"}
_RANDOM = {  # modules with a generator that all share, and what a task should use instead
    "random": "random.Random(seed)",
    "numpy.random": "numpy.random.default_rng(seed)",
}

_SAID = {
    "global": "`{name}`, assigned by {place}, changes only in the worker: return it",
    "container": "`{name}`, added to by {place}, changes only in the worker: return what is added",
    "asked": "`{name}`, added to and asked by {place}, is another in each worker: "
    "use `--backend thread`",
    "value": "`{name}`, changed by {place}, changes only in the worker: return what is to be kept",
    "generator": "`{name}`, used by {place}, is a copy in each worker, and gives the same "
    "numbers there: make one in each task, with a seed for each",
    "artist": "`{name}`, drawn in by {place}, is a copy in each worker: make a figure in the task, "
    "as by `fig, ax = plt.subplots()`, and return `fig`",
    "random": "`{name}`, called by {place}, has no seed in a worker, and gives other values "
    "in each run: use `{instead}` with a seed for each task",
    "shown": "`{name}`, called by {place}, shows no figure from a worker: make one in the task, "
    "as by `fig, ax = plt.subplots()`, and return `fig`",
}


def remarks_on(text: ModuleText, values: Changeable) -> Iterator[str]:
    """Yield what is to be said before a module file and its values go to workers."""
    for name in sorted(values.adding):
        yield f"`{name}` changes a copy in the worker: return what is to be kept"
    imports = _imports(text.text)
    found = [(each, one) for each in text.definitions for one in _all(each, imports)]
    found += changes_in(text, values)
    found += _drawn(text, values.generators)
    found += _drawn_in(text, values.artists)
    seeded = {one.module for _, one in found if one.kind == "seed"}
    told: set[tuple[str, str, str]] = set()
    for definition, one in found:
        if (definition.name, one.kind, one.name) in told or one.module in seeded:
            continue
        told.add((definition.name, one.kind, one.name))
        if one.kind in _SAID:
            place, instead = _place(definition, one), _RANDOM.get(one.module)
            yield _SAID[one.kind].format(name=one.name, place=place, instead=instead)


def _place(definition: Definition, found: Finding) -> str:
    written = definition.name != ENTRY or definition.whole  # by the user, line for line
    line = definition.line + (found.line - 1 - len(definition.head) if written else 0)
    name = "the line" if definition.name == ENTRY else f"`{shown_name(definition.name)}`"
    return f"{name} in {cells.label(definition.filename)} line {line}"


def large(name: str, copied: int, shared: int, workers: int) -> Iterator[str]:
    """Say how a large value goes to workers, by its bytes that are copied and that are shared."""
    total = copied + shared
    if total < LARGE:
        return
    told, to = f"`{name}` {size(total)}", plural(workers, "worker")
    if copied < PART * total:
        yield f"{told} goes to {to} once, shared"
    elif shared < PART * total:
        yield f"{told} is copied to each of {to}: an array would be shared"
    else:  # as a table with texts in it
        yield (
            f"{told}: {size(shared)} of it goes to {to} once, shared, and {size(copied)} is copied "
            "to each: arrays of numbers are shared"
        )


@lru_cache(maxsize=256)
def _imports(text: str) -> frozenset[tuple[str, str]]:
    """Pair names that a module file imports with what they are: modules and their parts."""
    found: dict[str, str] = {}
    for path, alias in _IMPORT.findall(text):
        first = path.partition(".")[0]
        found[alias or first] = path if alias else first
    for path, name, alias in _FROM.findall(text):
        found[alias or name] = f"{path}.{name}"
    return frozenset(found.items())


def _drawn(text: ModuleText, generators: frozenset[str]) -> Iterator[tuple[Definition, Finding]]:
    """Find where generators of the notebook are used."""
    for definition in text.definitions:
        for name in sorted(generators):
            nodes = ast.walk(parsed(definition.block if name in definition.block else ""))
            read = [node for node in nodes if isinstance(node, ast.Name) and node.id == name]
            for node in read[:1]:
                yield definition, Finding("generator", name, node.lineno)


def _drawn_in(text: ModuleText, artists: frozenset[str]) -> Iterator[tuple[Definition, Finding]]:
    """Find where tasks draw in axes or figures of the notebook."""
    for definition in text.definitions:
        named = any(name in definition.block for name in artists)
        nodes = [*ast.walk(parsed(definition.block))] if named else []
        drawn = {name: name for name in artists} | dict(_parts_of(artists, nodes))
        for node in nodes:
            call = node.value if isinstance(node, ast.Expr) else None
            name = root(call.func) if isinstance(call, ast.Call) else None
            if name is not None and name.id in drawn:
                yield definition, Finding("artist", drawn[name.id], name.lineno)


def _parts_of(artists: frozenset[str], nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield names of parts of artists, as of `for ax in axes.flat`, and those of the wholes."""
    for node in nodes:
        value: ast.expr | None = None
        if isinstance(node, ast.For):
            value, target = node.iter, node.target
            value = value.func if isinstance(value, ast.Call) else value  # `axes.ravel()`
        elif isinstance(node, ast.Assign):
            value, target = node.value, node.targets[0]
        whole = root(value) if value is not None else None
        if whole is not None and whole.id in artists and isinstance(target, ast.Name):
            yield target.id, whole.id


def _all(definition: Definition, imports: frozenset[tuple[str, str]]) -> Sequence[Finding]:
    block = definition.block
    known = [(name, path) for name, path in imports if "random" in path or path == "numpy"]
    if "inline" in os.environ.get("MPLBACKEND", ""):  # a notebook's: workers have it, too
        known += [(name, path) for name, path in imports if path.startswith("matplotlib")]
    assigned = "global " in block or "nonlocal " in block
    if not assigned and not any(name in block for name, _ in known):
        return ()
    return _found(block, frozenset(known), definition.variables)


@lru_cache(maxsize=1024)
def _found(
    source: str, imports: frozenset[tuple[str, str]], around: tuple[str, ...]
) -> tuple[Finding, ...]:
    tree = parsed(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, Def)]
    found = [one for function in functions for one in globals_in(function, around)]
    known = dict(imports)
    calls = (_call(node, known) for node in ast.walk(tree) if isinstance(node, ast.Call))
    found += [one for one in calls if one is not None]
    return tuple(sorted(found, key=lambda one: one.line))


def _call(node: ast.Call, imports: Mapping[str, str]) -> Finding | None:
    """Tell whether a call draws from a generator that all share, or seeds it, or shows figures."""
    written = chain_of(node.func)
    first, _, rest = written.partition(".")
    path = ".".join(filter(None, (imports.get(first), rest)))
    module, _, name = path.replace("numpy.random.mtrand", "numpy.random").rpartition(".")
    if first not in imports:
        return None
    if path == "matplotlib.pyplot.show":
        return Finding("shown", written, node.lineno)
    if module not in _RANDOM:
        return None
    if name == "seed":
        return Finding("seed", written, node.lineno, module)
    drawn = name[:1].islower() and name not in _STATE
    return Finding("random", written, node.lineno, module) if drawn else None
