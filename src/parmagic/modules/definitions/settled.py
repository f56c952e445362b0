"""Keeps in the text of a class the values that its body had: names may mean others by now."""

from __future__ import annotations

import ast
import dataclasses
import enum
from collections import ChainMap
from collections.abc import Mapping
from typing import Any

from parmagic.modules.bound import assigned_name, named_in
from parmagic.modules.source import Found
from parmagic.modules.values import data

_PLAIN = (ast.Name, ast.BinOp, ast.UnaryOp, ast.Tuple, ast.Constant)
_ABSENT = object()


def settled_values(value: type, found: Found, namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return literals for what assignments in the body of a class would give otherwise by now.

    By name: members of an enumeration, defaults of a data class or of a named tuple. These cannot
    be set afterwards.
    """
    given = given_in_body(value, found)
    new: dict[str, str] = {}
    for node in getattr(found.node, "body", ()) if given else ():
        target = assigned_name(node)
        held = given.get(target, _ABSENT)
        if held is _ABSENT or not data.is_literal(held) or not _is_plain(node.value):
            continue
        if repr(_now(node.value, ChainMap(given, dict(namespace)))) != repr(held):
            new[target] = repr(held)
    return new


def given_in_body(value: type, found: Found) -> dict[str, Any]:
    """Return what an enumeration, a data class or a named tuple was given in its body, by name."""
    if isinstance(value, enum.EnumMeta):
        body = getattr(found.node, "body", ())
        if any(getattr(node, "name", "") == "__new__" for node in body):
            return {}  # it may make the value of a member from what it is given
        members: Mapping[str, enum.Enum] = value.__members__
        return {name: member.value for name, member in members.items()}
    if "__dataclass_fields__" in vars(value):
        fields = dataclasses.fields(value)
        return {one.name: one.default for one in fields if one.default is not dataclasses.MISSING}
    return dict(vars(value).get("_field_defaults", {}))


def _is_plain(node: ast.expr) -> bool:
    """Tell whether an expression only calculates with names and constants."""
    there = (one for one in ast.walk(node) if isinstance(one, ast.expr))
    return all(isinstance(one, _PLAIN) for one in there) and not isinstance(node, ast.Constant)


def _now(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    """Return the value of an expression; none of the user's code runs, as it is all literals."""
    names = named_in(node)
    if not all(data.is_literal(namespace.get(name, _ABSENT)) for name in names):
        return _ABSENT
    code = compile(ast.Expression(node), "", "eval")
    try:
        return eval(code, {}, {name: namespace[name] for name in names})  # noqa: S307 - as said
    except Exception:  # noqa: BLE001 - it had a value when the class was made
        return _ABSENT
