"""Says how an attribute of a class is made again, which may be a method of a special kind."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from parmagic.modules.needs import Reader, Ref

if TYPE_CHECKING:
    from parmagic.modules.finder import Finder

_MAKERS = (staticmethod, classmethod, property, functools.cached_property, functools.partialmethod)


def refer_method(finder: Finder, held: Any, hint: str, reader: Reader) -> Ref:
    """Say how to get at an attribute of a class: a value, or a property, a static method, ..."""
    maker = next((one for one in _MAKERS if type(held) is one), None)
    if maker is None:
        return finder.refer(held, hint, reader)
    parts = [held.fget, held.fset, held.fdel] if maker is property else [_inner(held)]
    refs = [finder.refer(maker, maker.__name__, reader)]
    refs += [finder.refer(part, hint, reader) for part in parts]
    arguments = ", ".join(ref.text for ref in refs[1:])
    if isinstance(held, functools.partialmethod):
        more = [finder.refer(one, hint, reader) for one in held.args]
        named = {key: finder.refer(one, key, reader) for key, one in held.keywords.items()}
        refs += [*more, *named.values()]
        arguments = ", ".join(
            [arguments, *(one.text for one in more), *(f"{k}={r.text}" for k, r in named.items())]
        )
    made = f"{refs[0].text}({arguments})"
    if isinstance(held, functools.cached_property):
        made = f"(__made := {made}, __made.__set_name__(None, {held.attrname!r}))[0]"
    return Ref(made, frozenset[str]().union(*(ref.needs for ref in refs)))


def _inner(held: Any) -> Any:
    return held.__func__ if isinstance(held, staticmethod | classmethod) else held.func
