"""What is iterated over: whether it may be read ahead, and the code that asks when it is there."""

from __future__ import annotations

import ast

from parmagic.modules.names import chain_of
from parmagic.modules.source import Comprehension
from parmagic.plan.effects.meaning import Meaning
from parmagic.plan.effects.walks import calls_in

RUN = "_parmagic_run"  # the name, in the notebook, of what runs the tasks of a comprehension
_READ = frozenset({"range", "list", "tuple", "set", "frozenset", "dict", "sorted", "str", "bytes"})
_MADE = ast.List | ast.Tuple | ast.Set | ast.Dict | ast.Constant | ast.JoinedStr
_LAZY = frozenset({"itertools.groupby", "itertools.count", "itertools.cycle"})
_ASKS = "reads_ahead"


def is_ahead(node: ast.expr, meaning: Meaning) -> bool:
    """Tell whether an iterable is certain to be read without running any code between its items."""
    if isinstance(node, ast.Call):
        function = node.func
        name = function.id if isinstance(function, ast.Name) else ""
        return name in _READ and meaning.is_builtin(name)
    made = isinstance(node, _MADE | Comprehension)
    return made and not isinstance(node, ast.GeneratorExp)


def asks(number: int, iterable: ast.expr, *alone: ast.expr) -> ast.expr:
    """Write the question whether tasks run; `iterable` is then what `rest_of()` gives, once.

    Nothing else reads the files of the names `alone`.
    """
    return of_run(_ASKS, ast.Constant(number), iterable, *alone)


def runs_between(node: ast.expr, meaning: Meaning) -> ast.Call | None:
    """Find a call in an iterable that may run code of the user's between the items.

    A generator function is no function whose calls are tasks, and nothing else that is known.
    """
    for call in calls_in(node):
        path = meaning.dotted(call.func)
        if path in _LAZY:
            return call
        if isinstance(call.func, ast.Name) and path is None and not meaning.is_own_call(call):
            name = call.func.id
            if not (meaning.is_class(name) or meaning.is_builtin(name)):
                return call
    return None


def rest_of() -> ast.expr:
    """Write what is iterated over, once it was asked for."""
    return of_run("iterated")


def is_asked(node: ast.AST) -> bool:
    """Tell whether `node` is the question that `asks` writes."""
    function = node.func if isinstance(node, ast.Call) else None
    return function is not None and chain_of(function) == f"{RUN}.{_ASKS}"


def of_run(name: str, *arguments: ast.expr) -> ast.Call:
    """Write a call of a method of what runs tasks: of `magics.elements.ElementRun`."""
    run = ast.Name(RUN, ast.Load())
    return ast.Call(ast.Attribute(run, name, ast.Load()), list(arguments), [])
