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
from parmagic.magics.table import Magic, Option, option_called, options_of
from parmagic.magics.values import ALL, may_be_value, read_value
from parmagic.run.backend import is_executor

_LINE = re.compile(r"(?:^|=)\s*%%?(?P<magic>pmap|(?<=%%)parallel)\s+(?P<typed>.*)$")
_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")


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
    words = _WORD.findall(typed)
    word = words.pop() if words and not typed[-1].isspace() else ""
    option, code_begun = _after(words)
    if code_begun:
        first = words[-1] == "--" and not _after(words[:-1])[1]
        return _name(typed, word, namespace, first=first) if magic == "pmap" else None
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


def _after(words: list[str]) -> tuple[Option | None, bool]:
    """Find the option that waits for a value after `words`, and whether the code has begun."""
    waiting: Option | None = None
    for word in words:
        if waiting is not None and (
            not waiting.may_stand_alone or may_be_value(waiting.kind, word)
        ):
            waiting = None
        elif word == "--" or not word.startswith("-"):
            return None, True
        elif word.startswith("--"):
            waiting = option_called(word)
        else:
            waiting = _last_of_cluster(word)
        if waiting is not None and waiting.kind == "flag":
            waiting = None
    return waiting, False


def _last_of_cluster(word: str) -> Option | None:
    """Find the option that ends a cluster such as `-qw`; None after `-w8`, which has its value."""
    for place, letter in enumerate(word[1:], start=2):
        option = option_called(f"-{letter}")
        if option is None or place == len(word):
            return option
        if option.kind != "flag" and not option.may_stand_alone:
            return None
    return None


def _values(
    magic: Magic, option: Option, word: str, namespace: Mapping[str, object], *, assigned: bool
) -> Completion | None:
    several = option.kind == "backends"
    may_miss = option.may_stand_alone
    fragment = word.rpartition(",")[2] if several else word
    choices = [*option.choices_of(magic), *([ALL] if several and fragment == word else [])]
    texts = [choice for choice in choices if choice.startswith(fragment)]
    if not may_miss:
        names = (name for name in namespace if name.startswith(fragment) and name[0] != "_")
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
    shown = [name for name in namespace if word and name[0] != "_" and name.startswith(word)]
    return _completion(word, [*shown, *_built_in(word)], exclusive=False)


def _functions(word: str, namespace: Mapping[str, object]) -> Iterator[str]:
    """List functions of the notebook that begin with `word`, then what else may be or hold one."""
    names = [name for name in namespace if name.startswith(word) and name[0] != "_"]
    yield from (
        name
        for name in names
        if isinstance(one := namespace[name], FunctionType) and one.__module__ == "__main__"
    )
    if word:
        held = ((name, namespace[name]) for name in names)
        yield from (name for name, one in held if callable(one) or isinstance(one, ModuleType))
        yield from _built_in(word)


def _built_in(word: str) -> Iterator[str]:
    """List what Python itself has to call that begins with `word`, such as `range`."""
    names = ((name, one) for name, one in vars(builtins).items() if word and name.startswith(word))
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
