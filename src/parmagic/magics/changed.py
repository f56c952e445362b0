"""What a function of the notebook changes, with the names that things have in the notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import cache, partial
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import Any, TypeGuard, cast

from parmagic.magics.confirmed import confirmed
from parmagic.magics.held import is_changing, text_by_itself
from parmagic.main import MAINS
from parmagic.modules.closures import variables_of
from parmagic.modules.mutators import CHANGING
from parmagic.modules.own import is_own_code
from parmagic.modules.own_modules import is_own_module
from parmagic.plan.effects.acts import placed, without
from parmagic.plan.effects.alias import GIVEN
from parmagic.plan.effects.changing import GIVEN_FIRST
from parmagic.plan.effects.effects import BUILT_IN, EFFECT, NONE, Effects
from parmagic.plan.effects.function import effects
from parmagic.plan.effects.made import global_change, of_variables

_BUILT_IN = (BuiltinFunctionType, MethodDescriptorType, WrapperDescriptorType)
# Modules with functions that say that they are of a private module, or are methods of an object.
# Which ones differs from one version of Python to the next.
_PUBLIC = (
    "random", "numpy.random", "os", "os.path", "decimal", "warnings", "pathlib", "operator",
    "functools", "signal", "threading", "socket", "csv", "codecs", "sqlite3", "tracemalloc",
)  # fmt: skip


def effects_of(value: Any, around: Callable[[FunctionType], Mapping[str, str]]) -> Effects:
    """Read what a call of a value changes; `around` gives names to the variables of a closure."""
    if is_changing(value):
        return Effects((f"changes what `{value.__name__}` is a method of",))
    if isinstance(value, _BUILT_IN) and value.__name__ in CHANGING | GIVEN_FIRST:
        return BUILT_IN
    if isinstance(value, MethodType):
        value = partial(value.__func__, value.__self__)
    if isinstance(value, partial):
        return _of_partial(effects_of(value.func, around), value)
    if not isinstance(value, FunctionType) or not is_own_code(value):
        return NONE
    known = _of_closure(effects(text_by_itself(value)), value)
    return _with_names_here(known, value, around(value))


def _of_partial(known: Effects, value: partial[Any]) -> Effects:
    """Say what a `partial` changes, which has some of its arguments already."""
    given = {
        name: one
        for place, one in (*enumerate(value.args), *value.keywords.items())
        for name in known.received(cast("int | str", place))
    }
    changed = known.changed & given.keys()
    changed |= {one.name for one in known.doubts if confirmed(one, given.get(one.name))}
    said = tuple(f"changes the `{name}` that it was made with" for name in sorted(changed))
    after = known.parameters[len(value.args) :]
    returns = (one._replace(name=GIVEN) if one.name in given else one for one in known.returns)
    changes = (*known.changes, *said)
    return known._replace(changes=changes, parameters=after, returns=frozenset(returns))


def _of_closure(known: Effects, function: FunctionType) -> Effects:
    """Say which variables of the function around it are changed, as their values show."""
    around = variables_of(function)
    doubts = [one for one in known.doubts if not one.method.startswith(EFFECT)]
    changed = {one.name for one in doubts if confirmed(one, around.get(one.name))}
    own = {name for name, value in around.items() if not isinstance(value, ModuleType)}
    said = [one for one in known.changes if one not in set(map(global_change, own))]
    said += of_variables(known, own, changed)
    return known._replace(changes=tuple(said), lightly=known.lightly - own, drawn=known.drawn - own)


def _with_names_here(found: Effects, function: FunctionType, inside: Mapping[str, str]) -> Effects:
    """Write all names as the notebook has them; `inside` are those of a closure."""

    @cache  # most of it is handed on to a few functions
    def called(name: str) -> str:
        return inside.get(name) or name_here(name, function)

    def doubted(name: str) -> str:
        name = inside.get(name, name)
        return name if name in found.named else name_here(name, function)

    passed = (
        one._replace(to=called(one.to), name=inside.get(one.name, one.name), of=called(one.of))
        for one in found.passed
    )
    doubts = frozenset(one._replace(name=doubted(one.name)) for one in found.doubts)
    returns = frozenset(
        one._replace(name=inside.get(one.name, one.name)) if one.name not in found.named else one
        for one in found.returns
    )
    calls = frozenset((called(to), keys) for to, keys in found.calls)
    acts = without(found.acts, function.__code__.co_freevars)
    found = found._replace(
        passed=tuple(passed), doubts=doubts, calls=calls, acts=acts, returns=returns
    )
    if function.__module__ in MAINS:
        return found
    around = function.__globals__
    modules = {name for name, one in around.items() if isinstance(one, ModuleType)}
    return found._replace(
        acts=placed(found.acts, lambda name: path_of(name, around.get(name))),
        drawn=frozenset(name_here(one, function) for one in found.drawn - modules),
        lightly=frozenset(name_here(one, function) for one in found.lightly - modules),
        results=frozenset(one._replace(of=name_here(one.of, function)) for one in found.results),
    )


def name_here(name: str, function: FunctionType) -> str:
    """Return what the notebook calls a thing that a function reads by a name."""
    if "." in name:
        return name_in_module(name, function.__globals__) or name
    foreign = function.__module__ not in MAINS and name in function.__globals__
    return f"{function.__module__}.{name}" if foreign else name


def name_in_module(chain: str, around: Mapping[str, Any]) -> str | None:
    """Return the full name of `m.f`, if `m` is a module of the user's; None if it is not."""
    holder, _, last = chain.rpartition(".")
    first, *more = holder.split(".")
    value = around.get(first)
    for part in more:
        value = getattr(value, part, None) if _is_own(value) else None
    return f"{value.__name__}.{last}" if _is_own(value) and hasattr(value, last) else None


def _is_own(value: object) -> TypeGuard[ModuleType]:
    return isinstance(value, ModuleType) and is_own_module(value.__name__)


def path_of(name: str, value: object) -> str | None:
    """Return where a module, or a function of a library, is imported from; None for all else."""
    if isinstance(value, ModuleType):
        return value.__name__
    if not callable(value):
        return None
    module, own = getattr(value, "__module__", None), str(getattr(value, "__name__", name))
    if module is None or module == os.name or "._" in f".{module}.{own}":
        for public in _PUBLIC:
            for known in (name, own):
                if getattr(sys.modules.get(public), known, None) is value:
                    return f"{public}.{known}"
    return f"{module}.{own}" if isinstance(module, str) and module != "__main__" else None
