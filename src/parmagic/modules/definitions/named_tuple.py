"""Says how a named tuple is made again that no `class` statement has made."""

from __future__ import annotations

import ast
from collections import namedtuple
from typing import TYPE_CHECKING

from parmagic.modules.definitions.attributes import ANNOTATE
from parmagic.modules.needs import Reader
from parmagic.modules.replaced import newer
from parmagic.modules.source import Found, find_assignment
from parmagic.modules.values.data import is_named_tuple, is_of_rows

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder


def is_from_a_call(value: type) -> bool:
    """Tell whether a call of `namedtuple` has made a class: those of `NamedTuple` have types."""
    typed = any(vars(value).get(key) for key in ("__annotations__", *ANNOTATE))
    return is_named_tuple(value) and not typed


def describe_named_tuple(finder: Finder, value: type, name: str) -> bool:
    """Describe such a class by what it knows; False if a statement of a cell says just that."""
    again = is_of_rows(value) or newer(value, finder.namespace)
    if not again and _is_said(find_assignment(name), value):
        return False
    reader = Reader(value.__name__, "", "", 1)
    defaults = vars(value)["_field_defaults"]
    refs = [finder.refer(each, key, reader) for key, each in defaults.items()]
    maker = finder.refer(namedtuple, "namedtuple", reader)  # noqa: PYI024 - what was called
    told = ", ".join(ref.text for ref in refs)
    fields = f"{value.__name__!r}, {value.__dict__['_fields']!r}"
    options = f"rename=True, defaults=[{told}], module='__main__'"
    finder.needs.aliases[name] = f"{maker.text}({fields}, {options})"
    finder.needs.before[name] = frozenset[str]().union(*(ref.needs for ref in refs))
    return True


def _is_said(found: Found | None, value: type) -> bool:
    """Tell whether a statement calls `namedtuple` with these fields and defaults, as constants."""
    call = getattr(found.node, "value", None) if found else None
    if not isinstance(call, ast.Call):
        return False
    given = [*call.args, *(one.value for one in call.keywords)]
    try:
        _, fields, *defaults = map(ast.literal_eval, given)
    except ValueError:  # a name, which may mean something else by now; or there are too few
        return False
    names = fields.replace(",", " ").split() if isinstance(fields, str) else fields
    known = list(vars(value)["_field_defaults"].values())
    return list(names) == list(vars(value)["_fields"]) and (
        repr([list(one) for one in defaults]) == repr([known] if known else [])
    )
