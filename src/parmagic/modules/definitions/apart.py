"""Functions with globals of their own, which are not the notebook's.

So are those that `%run` has made, once the notebook has changed a name that they read; those that a
library has made of a text, such as `sympy.lambdify`; and those of modules that no import can find.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from parmagic import cells
from parmagic.errors import TravelError
from parmagic.modules.closures import variables_of
from parmagic.modules.names import names_read
from parmagic.modules.needs import Reader
from parmagic.modules.source import tree
from parmagic.modules.values import data

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_NOTHING = object()


def own_globals(value: FunctionType, text: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Return the globals that a function reads, if any of them is not what the notebook has.

    Raises TravelError if it assigns such a one: others may read it there.
    """
    there = value.__globals__
    if there is vars(sys.modules["__main__"]):
        return {}
    read = {name: there[name] for name in sorted(names_read(text).all & there.keys())}
    other = {name for name in read if read[name] is not namespace.get(name, _NOTHING)}
    for node in ast.walk(tree(text)):
        for name in node.names if isinstance(node, ast.Global) else ():
            if name in other:
                raise TravelError(
                    f"`{value.__name__}` of {cells.label(value.__code__.co_filename)} assigns its "
                    f"own `{name}`, which is another than the notebook's by now: rename one of "
                    "them, or run the file again, or use `--backend thread`"
                )
    return read if other else {}


def fill_globals(finder: Finder, name: str, own: Mapping[str, Any], reader: Reader) -> None:
    """Give the function `name` these globals in a module file, and no others."""
    finder.fill(name, f"{name} = __apart__({name})")
    for key, held in own.items():
        ref = finder.refer(held, key, reader)
        finder.fill(name, f"{name}.__globals__[{key!r}] = {ref.text}", ref)


def fill_module(finder: Finder, name: str, module: ModuleType, reader: Reader) -> None:
    """Give the function `name` the globals of the module that it is from."""
    ref = finder.refer(module, module.__name__, reader)
    finder.fill(name, f"{name} = __apart__({name}, vars({ref.text}))", ref)


def holds_what_travels(function: FunctionType) -> bool:
    """Tell whether what the variables around a function hold can be pickled, functions aside."""
    try:
        for held in variables_of(function).values():
            data.references(held, lambda _: "")
    except Exception:  # noqa: BLE001 - a class may raise anything while it is pickled
        return False
    return True
