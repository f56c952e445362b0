"""Gives an enumeration what it and its members were given after its `class` statement."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Mapping
from typing import TYPE_CHECKING

from parmagic.errors import TravelError
from parmagic.modules.definitions.attributes import body_of, is_set_later
from parmagic.modules.definitions.method import refer_method
from parmagic.modules.definitions.wrapped import functions_in
from parmagic.modules.needs import Reader, Ref, dict_of
from parmagic.modules.source import Found

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder


def fill_methods(
    finder: Finder, value: enum.EnumMeta, name: str, found: Found, reader: Reader
) -> None:
    """Give an enumeration what it was given later, beside members; `name` may be a path."""
    body = body_of(found, value.__name__)
    for attribute, held in list(vars(value).items()):
        if attribute.startswith("_") or attribute in value.__members__:
            continue
        known = attribute in body.bound and not any(functions_in(held))
        if not known and is_set_later(value, attribute, found, body, finder.namespace):
            ref = refer_method(finder, held, attribute, reader)
            finder.fill(name, f"{name}.{attribute} = {ref.text}", ref)


def fill_members(finder: Finder, value: enum.EnumMeta, name: str, reader: Reader) -> None:
    """Give the members of an enumeration the attributes that they have."""
    members: Mapping[str, enum.Enum] = value.__members__
    for key, member in members.items():
        held = getattr(member, "__dict__", {})
        refs: dict[str, Ref] = {}
        for attribute, one in list(held.items()) if member.name == key else ():
            if not (attribute.startswith("_") and attribute.endswith("_")):  # those are of `enum`
                # As of a class: what cannot be sent, each worker has from its own `__init__`.
                with contextlib.suppress(TravelError):
                    refs[attribute] = finder.refer(one, attribute, reader)
        if refs:
            # Past its `__setattr__`, which may refuse, as that of a frozen data class does.
            line = f"{name}[{key!r}].__dict__.update({dict_of(refs)})"
            finder.fill(name, line, *refs.values())
        finder.needs.objects.append(member)  # it is looked at: it may be given others
