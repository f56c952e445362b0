"""Calls of `pmap` that are none, each answered with the call that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from parmagic.arguments import nearest, said
from parmagic.plan.habits import BACKENDS, PROGRESS, WORKERS, remedy
from parmagic.run.backend import CHOICES
from parmagic.run.typed import as_arguments


def backend_called(word: str) -> str:
    """Return the backend that a word means, here or in other libraries; "" if it means none."""
    return word if word in CHOICES else BACKENDS.get(word, "")


def unexpected(function: object, given: Mapping[str, object], known: Iterable[str]) -> str:
    """Say what to type instead of arguments that `pmap` does not have."""
    name, value = next(iter(given.items()))
    called = getattr(function, "__name__", "")
    called = called if called.isidentifier() else "f"
    if name in getattr(getattr(function, "__code__", None), "co_varnames", ()):
        given_it = f"functools.partial({called}, {name}={said(value)})"
        cure = f"to give it to `{called}`, call `pmap({given_it}, xs)`"
    elif WORKERS.fullmatch(name):
        several = isinstance(value, int) and value > 0
        cure = f"type `workers={value}`" if several else "leave it out to use all processors"
    elif cure := remedy(name):
        cure = as_arguments(cure if cure != PROGRESS else "type `progress=True`")
    else:
        cure = nearest(name, known).removeprefix("; ")
    return f"pmap() got an unexpected keyword argument {name!r}{': ' if cure else ''}{cure}"


def uncallable(function: object, iterables: Sequence[object]) -> str:
    """Say how to call `pmap`, whose first argument cannot be called."""
    called = "pmap(function, iterable) calls its first argument"
    cure = ""
    if any(map(callable, iterables)):
        cure = "; the function comes first"
    elif not iterables and isinstance(function, Iterable):
        cure = "; write `pmap(f, xs)` instead of `pmap(f(x) for x in xs)`"
    elif iterables:
        cure = "; write `f`, not `f(x)`"
    return f"{called}: {said(function)} cannot be called{cure}"
