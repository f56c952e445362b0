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
    maker = type(held)
    if maker not in _MAKERS:
        return finder.refer(held, hint, reader)
    if maker is property:
        parts = [held.fget, held.fset, held.fdel]
    else:
        parts = [held.__func__ if maker in (staticmethod, classmethod) else held.func]
    keywords = {}
    if maker is functools.partialmethod:
        parts += held.args
        keywords = held.keywords
    made, *given = [finder.refer(one, hint, reader) for one in (maker, *parts)]
    named = {key: finder.refer(one, key, reader) for key, one in keywords.items()}
    arguments = [*(ref.text for ref in given), *(f"{key}={ref.text}" for key, ref in named.items())]
    text = f"{made.text}({', '.join(arguments)})"
    if maker is functools.cached_property:
        text = f"(__made := {text}, __made.__set_name__(None, {held.attrname!r}))[0]"
    needs = (ref.needs for ref in (made, *given, *named.values()))
    return Ref(text, frozenset[str]().union(*needs))
