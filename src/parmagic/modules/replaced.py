"""Instances of a class that the notebook has defined again since: they keep the old class."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from parmagic import cells
from parmagic.main import MAINS
from parmagic.modules.source import find_class
from parmagic.modules.values.culprit import parts

MOST = 10_000  # parts of a value that are looked at


def newer(kind: object, namespace: Mapping[str, Any]) -> type | None:
    """Return the class of the notebook that has taken the name of the class `kind`, if any has."""
    if not isinstance(kind, type) or kind.__module__ not in MAINS:
        return None
    now = reached(namespace, kind.__qualname__)
    return now if isinstance(now, type) and now is not kind else None


def reached(namespace: Mapping[str, Any], path: str) -> Any:
    """Return what a name or a path such as `Node.add` means in the notebook; None if nothing."""
    root, *attributes = path.split(".")
    value = namespace.get(root)
    for attribute in attributes:
        value = getattr(value, attribute, None)
    return value


def way_to(value: object, name: str, kind: type) -> str | None:
    """Say where in `value` an instance of a class is: "cfg['points'][3]"; None if none is there.

    For a value with very many parts, it is only the name of the whole.
    """
    waiting = deque([(name, value)])
    met: dict[int, object] = {}  # by identity, and alive: no two have the same
    while waiting:
        path, one = waiting.popleft()
        if type(one) is kind:
            return path
        if id(one) in met:
            continue
        met[id(one)] = one
        if len(met) > MOST:
            return name
        waiting += [(path + label, part) for label, part in parts(one)]
    return None


def said(what: str, kind: type, now: type) -> str:
    """Say what is to be known of an instance of a class that has been defined again."""
    found = find_class(now)
    place = f" in {cells.label(found.filename)}" if found else ""
    name = kind.__qualname__
    return (
        f"{what} is of a class `{name}` that has been defined again{place}: it keeps the methods "
        f"of then, and is no instance of the `{name}` of now; make it again to have them"
    )
