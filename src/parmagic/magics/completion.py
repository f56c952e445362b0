"""Completes the options of the magics, their values, and names of the code, while one types.

IPython itself takes the code of a line for Python, which `square num` is not: it completes what is
inside brackets, or after a dot, and leaves bare names to us.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType

from parmagic.errors import PlanError
from parmagic.magics.options import MissingValueError, taken
from parmagic.magics.table import Magic, Option, option_called, options_of
from parmagic.magics.values import ALL, read_value
from parmagic.run.backend import is_executor

_LINE = re.compile(r"(?:^|=)\s*%%?(?P<magic>pmap|(?<=%%)parallel)\s+(?P<typed>.*)$")


@dataclass(frozen=True, slots=True)
class Completion:
    """What may be typed in place of `fragment`, the end of the text before the cursor."""

    fragment: str
    texts: tuple[str, ...]
    exclusive: bool  # nothing else can stand there, so other completions would mislead


def complete(text_until_cursor: str, namespace: Mapping[str, object]) -> Completion | None:
    """Complete an option of a magic, its value, or a bare name of the code; None for all else.

    Options and the names of backends come first in the order of the help; the variables of the
    notebook that hold a fitting value follow. The first name of the code is that of a function.
    """
    found = _LINE.search(text_until_cursor)
    if found is None:
        return None
    magic: Magic = "parallel" if found["magic"] == "parallel" else "pmap"
    typed = found["typed"]
    word = re.split(r"\s", typed)[-1]
    try:
        option, code = _after(magic, typed.removesuffix(word))
    except PlanError:
        return None
    if code is not None:
        return _name(typed, word, namespace, first=not code) if magic == "pmap" else None
    long, equals, value = word.partition("=")
    if equals and option is None:
        option, word = option_called(long), value
    if option is not None and not (option.may_stand_alone and word.startswith("-")):
        return _values(magic, option, word, namespace, assigned=bool(equals))
    if not word.startswith("-"):
        return _name(typed, word, namespace, first=True) if magic == "pmap" else None
    pairs = [(option.short, option.long) for option in options_of(magic)]
    names = [name for pair in pairs for name in pair if name and name.startswith(word)]
    return _completion(word, names, exclusive=True)


def _after(magic: Magic, before: str) -> tuple[Option | None, str | None]:
    """Find the option that waits for a value after what is typed, and the code if it has begun."""
    waiting, rest = None, before.lstrip()
    try:
        for _, option, value, rest in taken(magic, before):
            waiting = None if rest or value is not None or option.kind == "flag" else option
    except MissingValueError as error:
        return option_called(error.given), None
    if rest.startswith("--"):
        return None, rest[2:].lstrip()
    return waiting, rest or None


def _values(
    magic: Magic, option: Option, word: str, namespace: Mapping[str, object], *, assigned: bool
) -> Completion | None:
    several = option.kind == "backends"
    fragment = word.rpartition(",")[2] if several else word
    choices = [*option.choices_of(magic), *([ALL] if several and fragment == word else [])]
    texts = [choice for choice in choices if choice.startswith(fragment)]
    if not option.may_stand_alone:
        names = _names(fragment, namespace)
        texts += [name for name in names if _fits(option, name, namespace)]
    elif magic == "pmap" and not assigned and fragment == word:  # the code may begin here
        texts += _functions(word, namespace)
    return _completion(fragment, texts, exclusive=True)


def _name(
    typed: str, word: str, namespace: Mapping[str, object], *, first: bool
) -> Completion | None:
    """Complete a name that stands by itself in the code: of a function if it is the `first`."""
    if typed.count('"') % 2 or typed.count("'") % 2 or not (word.isidentifier() or not word):
        return None
    if first:
        return _completion(word, list(_functions(word, namespace)), exclusive=False)
    shown = [*_names(word, namespace), *_built_in(word)] if word else []
    return _completion(word, shown, exclusive=False)


def _functions(word: str, namespace: Mapping[str, object]) -> Iterator[str]:
    """List functions of the notebook that begin with `word`, then what else may be or hold one."""
    held = [(name, namespace[name]) for name in _names(word, namespace)]
    functions = ((name, one) for name, one in held if isinstance(one, FunctionType))
    yield from (name for name, one in functions if one.__module__ == "__main__")
    if word:
        yield from (name for name, one in held if callable(one) or isinstance(one, ModuleType))
        yield from _built_in(word)


def _names(word: str, namespace: Mapping[str, object]) -> list[str]:
    """List the variables of the notebook that begin with `word`, but for private ones."""
    return [name for name in namespace if name.startswith(word) and name[0] != "_"]


def _built_in(word: str) -> Iterator[str]:
    """List what Python itself has to call that begins with `word`, such as `range`."""
    names = ((name, one) for name, one in vars(builtins).items() if name.startswith(word))
    yield from (name for name, one in names if callable(one))


def _fits(option: Option, name: str, namespace: Mapping[str, object]) -> bool:
    if option.kind not in {"backend", "count", "file"}:
        return False
    if option.kind == "backend" and is_executor(namespace[name]):
        return True  # whether it will do is not asked: an answer may take its time
    try:
        read_value(option.kind, option.long, name, namespace)
    except PlanError:
        return False
    return True


def _completion(fragment: str, texts: list[str], *, exclusive: bool) -> Completion | None:
    return Completion(fragment, tuple(dict.fromkeys(texts)), exclusive) if texts else None
