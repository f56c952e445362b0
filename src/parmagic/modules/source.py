"""Finds what defined a function or a class, in the text of the cell that holds it."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from types import CodeType, FunctionType
from typing import NamedTuple

from parmagic import cells
from parmagic.main import MAINS
from parmagic.modules.bound import assignment, in_blocks, named_in, value_for
from parmagic.modules.codes import nested
from parmagic.modules.definitions.fits import fits
from parmagic.modules.definitions.lambdas import compiled_from
from parmagic.modules.definitions.wrapped import unwrapped
from parmagic.modules.quiet import parsed, quiet
from parmagic.modules.remembered import remembered

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Def = ast.FunctionDef | ast.AsyncFunctionDef
Function = Def | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
LAMBDA = "<lambda>"


class Found(NamedTuple):
    """A node of the syntax tree of a cell."""

    node: Function | ast.ClassDef | ast.Assign | ast.AnnAssign  # or a statement `type X = ...`
    source: str  # of the whole cell
    filename: str  # under which the cell was compiled


def find_function(code: CodeType) -> Found | None:
    """Find what a function's code was compiled from; None if its source is not known."""
    source = cells.source(code.co_filename) or _string_with(code)
    nodes: Sequence[Function]
    if code.co_name == LAMBDA:
        lambdas = _lambdas(source).get(code.co_firstlineno, [])
        nodes = lambdas if len(lambdas) < 2 else compiled_from(code, lambdas)
    else:
        nodes = _functions(source).get((code.co_firstlineno, code.co_name), ())
    return Found(nodes[0], source, code.co_filename) if nodes else None


def find_in_file(code: CodeType) -> Found | None:
    """Find it in the file of a module; None if that has been edited since it was imported."""
    for _ in range(2):
        found = find_function(code)
        # pytest rewrites the assertions of tests: their code is of another source.
        if found and (_makes(found.source, code) or "@pytest_ar" in code.co_names):
            return found
        linecache.checkcache(code.co_filename)  # it may be of what was read before a reload
    return None


def find_class(value: type, *, replaced: bool = False) -> Found | None:
    """Find the `class` statement of a class: that with its methods, or the newest that fits.

    If none fits it is the newest, as the class may have been given other bases or fields since. But
    not for a class that has been `replaced`: its statement may be gone.
    """
    places = [code.co_filename for code in _method_codes(value)]
    # A method that is of no cell may be of a string in one.
    if not all(map(cells.source, places)) and (found := _class_in_string(value)):
        return found
    places = list(filter(cells.source, places))  # not those of methods that `dataclass` has made
    fitting, other = (None, False) if places else _search(value, (), fits)
    if fitting is None and not (replaced and not places):
        fitting, other = _search(value, places)
    return fitting or (None if other else _class_in_string(value, fitting=replaced))


def _search(
    value: type, places: Sequence[str], test: Callable[[ast.ClassDef, type], bool] | None = None
) -> tuple[Found | None, bool]:
    """Find the statement in the cells of `places`, or in the newest that has one.

    Also say whether a call such as `namedtuple(...)` has made the class instead.
    """
    local = "<locals>" in value.__qualname__  # `K = make()` calls what its statement stands in
    for filename in [*places, *cells.newest_first()]:
        source = cells.source(filename)
        if value.__name__ not in source and source.isascii():
            continue  # it need not be parsed
        classes = [
            node
            for node in _classes(source).get(value.__name__, ())
            if _may_make(node, value, filename) and (test is None or test(node, value))
        ]
        exact = _around(value, filename, classes)
        for node in exact or reversed(classes):
            later = [one for one in tree(source).body if one.lineno > node.lineno]
            if local or exact or not any(_makes_again(one, value.__name__) for one in later):
                return Found(node, source, filename), False
        texts = [] if local else [source, *_below_magics(source, value.__name__)]
        if any(_makes_again(one, value.__name__) for text in texts for one in tree(text).body):
            return None, True
    return None, False


def _around(value: type, filename: str, nodes: list[ast.ClassDef]) -> list[ast.ClassDef]:
    """Choose among statements of a cell by the lines of the class or its methods; innermost first.

    None of them if no line is known, as of a class without methods.
    """
    line = vars(value).get("__firstlineno__")  # since Python 3.13
    if line is not None:
        return [node for node in nodes if first_line(node) == line]
    codes = _method_codes(value)
    lines = [code.co_firstlineno for code in codes if code.co_filename == filename]
    if not lines:
        return []
    around = [
        node
        for node in nodes
        if first_line(node) <= min(lines) and max(lines) <= (node.end_lineno or node.lineno)
    ]
    return around[::-1]


def _class_in_string(value: type, *, fitting: bool = False) -> Found | None:
    """Find the `class` statement of a class in a string of a cell, as of `%%time`.

    Without methods to know it by, it must be `fitting`, or else is the newest.
    """
    codes = list(_method_codes(value))
    for filename in cells.newest_first():
        for text in _strings(cells.source(filename), f"class {value.__name__}"):
            if all(_makes(text, code) for code in codes):
                for node in reversed(_classes(text).get(value.__name__, ())):
                    if fitting and not codes and not fits(node, value):
                        continue
                    return Found(node, text, codes[0].co_filename if codes else filename)
    return None


def find_assignment(name: str) -> Found | None:
    """Find the newest statement `name = ...`, or `type name = ...`, of the notebook."""
    for filename in cells.newest_first():
        source = cells.source(filename)
        for text in (source, *_below_magics(source, name)):
            if found := assignment(tree(text), text, name):
                return Found(*found, filename)
    return None


def text_of(value: object, name: str) -> str | None:
    """Return the text that defined a function or a class; None if it is not known."""
    inner = unwrapped(value) if callable(value) else value
    if isinstance(inner, FunctionType):
        found = find_function(inner.__code__)
    else:
        found = find_class(value) if isinstance(value, type) else find_assignment(name)
    return None if found is None else lines_of(found)


def lines_of(found: Found) -> str:
    """Return the lines of a node that can be parsed by themselves, though it may be indented."""
    lines = found.source.split("\n")[first_line(found.node) - 1 : found.node.end_lineno]
    return "if True:\n" * lines[0][:1].isspace() + "\n".join(lines) + "\n"


def elements_of(node: Comprehension) -> list[ast.expr]:
    """Return what a comprehension evaluates for each item: one expression, or key and value."""
    return [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]


def positional(function: Function) -> list[str]:
    """Name the parameters that are given by place; the first of a method is its object."""
    return [one.arg for one in (*function.args.posonlyargs, *function.args.args)]


def first_line(node: ast.stmt | ast.expr) -> int:
    """Return the line where a definition begins, with its decorators."""
    decorators = getattr(node, "decorator_list", [])
    lines: list[int] = [node.lineno, *(decorator.lineno for decorator in decorators)]
    return min(lines)


def method_functions(value: type) -> Iterator[FunctionType]:
    """Yield the functions that a class was given in its body."""
    for member in vars(value).values():
        function = getattr(member, "__func__", getattr(member, "fget", member))
        if isinstance(function, FunctionType) and function.__module__ == value.__module__:
            yield function


def _method_codes(value: type) -> Iterator[CodeType]:
    own = f"{value.__qualname__}."
    for function in method_functions(value):
        ours = function.__globals__.get("__name__") in MAINS  # not what a decorator has made
        if ours and function.__qualname__.startswith(own):  # others were given to it later
            yield function.__code__


def _may_make(node: ast.ClassDef, value: type, filename: str) -> bool:
    """Tell whether a statement may have made a class: not if the class has not its methods.

    Such a class was made by `exec`. But a decorator, a base or `del` may take methods away.
    """
    if node.decorator_list or node.keywords or node.bases:
        return True
    codes = (code for code in _method_codes(value) if code.co_filename == filename)
    if any(node.lineno <= code.co_firstlineno <= (node.end_lineno or 0) for code in codes):
        return True
    methods = [one.name for one in node.body if isinstance(one, FUNCTIONS)]
    there = all(name in vars(value) or name.startswith("__") for name in methods)
    return there or any(isinstance(one, ast.Delete) for one in node.body)


def _makes_again(node: ast.stmt, name: str) -> bool:
    """Tell whether a statement makes another object of this name, and not from what it names."""
    value = value_for(node, name)
    return value is not None and name not in named_in(value)


def _string_with(code: CodeType) -> str:
    """Find the string in a cell that code was compiled from, as by `exec` or `%%time`."""
    for filename in cells.newest_first():
        for text in _strings(cells.source(filename), code.co_name.strip("<>")):
            if _makes(text, code):
                return text
    return ""


def _below_magics(source: str, word: str) -> Iterator[str]:
    """Yield what cell magics such as `%%time` are given in a cell, if there is a word in it."""
    return _strings(source, word) if "run_cell_magic(" in source else iter(())


def _strings(source: str, word: str) -> Iterator[str]:
    """Yield the strings of a cell with a word in them: as they are, and as IPython reads cells."""
    nodes = ast.walk(tree(source)) if word in source or not source.isascii() else ()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and word in node.value:
            yield node.value
            if any(sign in node.value for sign in "%!?"):
                text = cells.python(node.value)
                yield text
                if text != node.value:
                    yield from _strings(text, word)  # of `%%capture` over `%%time`


def _makes(text: str, code: CodeType) -> bool:
    try:
        with quiet():
            whole = compile(text, code.co_filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    known = attrgetter("co_name", "co_firstlineno", "co_code", "co_names")
    return known(code) in map(known, nested(whole))


@remembered
def tree(source: str) -> ast.Module:
    """Parse a cell; what is no Python is empty."""
    try:
        return parsed(source)
    except SyntaxError:  # a file of another kind, e.g. the text of a %run notebook
        return ast.Module(body=[], type_ignores=[])


@remembered
def _functions(source: str) -> dict[tuple[int, str], list[Def]]:
    """List the functions of a cell by the line and the name that their code has."""
    found: dict[tuple[int, str], list[Def]] = {}
    waiting: list[ast.AST] = list(tree(source).body)
    for node in waiting:  # it grows meanwhile, by statements only: there are far more expressions
        if isinstance(node, FUNCTIONS):
            found.setdefault((first_line(node), node.name), []).append(node)
        waiting += in_blocks(node)
    return found


@remembered
def _lambdas(source: str) -> dict[int, list[ast.Lambda]]:
    found: dict[int, list[ast.Lambda]] = {}
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Lambda):
            found.setdefault(node.lineno, []).append(node)
    return found


@remembered
def _classes(source: str) -> dict[str, list[ast.ClassDef]]:
    found: dict[str, list[ast.ClassDef]] = {}
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.ClassDef):
            found.setdefault(node.name, []).append(node)
    return found
