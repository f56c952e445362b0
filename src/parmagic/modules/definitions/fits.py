"""Tells whether a `class` statement may have made a class that has no methods to know it by.

A later statement of the same name makes another class. Where nothing tells, it is taken to fit.
"""

from __future__ import annotations

import ast
import enum
import sys
from abc import ABCMeta
from collections.abc import Iterator, Mapping
from typing import Any

from parmagic.modules.bound import assigned, bound_names, literal_said, mangled
from parmagic.modules.definitions.wrapped import decorator_name

_TYPED = ("NamedTuple", "TypedDict")  # bases that no class has
# What `dataclass` is told, and what it takes if it is not.
_TOLD = {
    **dict.fromkeys(("init", "repr", "eq"), True),
    **dict.fromkeys(("order", "unsafe_hash", "frozen"), False),
}
_ABSENT = object()


def fits(node: ast.ClassDef, value: type) -> bool:
    """Tell whether a statement may have made a class, by its bases, fields and members."""
    return (
        _bases_fit(node, value)
        and _decorators_fit(node, value)
        and _annotations_fit(node, value)
        and _fields_fit(node, value)
        and (_members_fit(node, value) if isinstance(value, enum.EnumMeta) else True)
        and _names_fit(node, value)
    )


def _bases_fit(node: ast.ClassDef, value: type) -> bool:
    names = [getattr(one, "attr", getattr(one, "id", None)) for one in node.bases]
    if None in names or any(name in _TYPED for name in names) or "__orig_bases__" in vars(value):
        return True
    return names == [one.__name__ for one in value.__bases__ if one is not object or names]


def _decorators_fit(node: ast.ClassDef, value: type) -> bool:
    """Compare what `dataclass` was told with what it did."""
    options = vars(value).get("__dataclass_params__")
    calls = [one for one in node.decorator_list if decorator_name(one) == "dataclass"]
    if options is None or not calls:
        return options is None or bool(node.decorator_list)
    keywords = calls[0].keywords if isinstance(calls[0], ast.Call) else []
    told = {one.arg: getattr(one.value, "value", _ABSENT) for one in keywords}
    if None in told:
        return True
    asked = ((told.get(key, usual), getattr(options, key)) for key, usual in _TOLD.items())
    return all(one is _ABSENT or one == other for one, other in asked)


def _annotations_fit(node: ast.ClassDef, value: type) -> bool:
    there = _annotated(value)
    if there is None or not _is_simple(node):
        return True
    written = {
        mangled(one.target.id, value.__name__)
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return written == there


def _annotated(value: type) -> set[str] | None:
    """Return what a class has annotations for; None if they cannot be evaluated."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format, get_annotations

        try:  # also where what they name is not there
            return set(get_annotations(value, format=Format.FORWARDREF))
        except Exception:  # noqa: BLE001 - they are the user's
            return None
    return set(vars(value).get("__annotations__", {}))  # to ask for them might make an empty dict


def _fields_fit(node: ast.ClassDef, value: type) -> bool:
    """Compare the defaults of a data class or a named tuple, where they are constants."""
    fields = vars(value).get("__dataclass_fields__", {})
    given = {name: one.default for name, one in fields.items()} if fields else {}
    given |= vars(value).get("_field_defaults", {})
    return all(
        name not in given or repr(given[name]) == constant
        for name, constant in _constants(node, value)
    )


def _members_fit(node: ast.ClassDef, value: enum.EnumMeta) -> bool:
    members: Mapping[str, Any] = value.__members__
    constants = {name: one for name, one in _constants(node, value) if not name.startswith("_")}
    if not constants.keys() <= members.keys() or not members.keys() <= _bound(node):
        return False
    if getattr(value, "_member_type_", None) is not object:
        return True  # which makes the values from what is written
    made = any(getattr(one, "name", "") == "__new__" for one in node.body)
    return made or all(repr(members[name].value) == one for name, one in constants.items())


def _names_fit(node: ast.ClassDef, value: type) -> bool:
    """Tell whether a class has what its body assigns, if nothing else can have changed it."""
    if type(value) not in (type, ABCMeta) or node.decorator_list or not _is_simple(node):
        return True
    if "_field_defaults" in vars(value):
        return True
    return {mangled(one, value.__name__) for one in _bound(node)} <= vars(value).keys()


def _constants(node: ast.ClassDef, value: type) -> Iterator[tuple[str, str]]:
    """Yield the names that are assigned constants, and these as they would be printed."""
    for one in node.body:
        for target, given in assigned(one):
            if isinstance(target, ast.Name) and (constant := literal_said(given)):
                yield mangled(target.id, value.__name__), constant


def _bound(node: ast.ClassDef) -> set[str]:
    """List the names that the statements of a body bind: `x: int` by itself binds none."""
    bare = (one for one in node.body if isinstance(one, ast.AnnAssign) and one.value is None)
    return set[str]().union(*map(bound_names, {*node.body}.difference(bare)))


def _is_simple(node: ast.ClassDef) -> bool:
    """Tell whether a body neither chooses what it binds nor takes any of it away."""
    chooses = (ast.If, ast.For, ast.While, ast.Try, ast.TryStar, ast.With, ast.Match, ast.Delete)
    return not any(isinstance(one, chooses) for one in node.body)
