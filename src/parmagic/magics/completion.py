"""Completes the options of the magics, and their values, while a line is being typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from parmagic.errors import PlanError
from parmagic.magics.table import Magic, Option, option_called, options_of
from parmagic.magics.values import may_be_value, read_value

_LINE = re.compile(r"(?:^|=)\s*%%?(?P<magic>pmap|(?<=%%)parallel)\s+(?P<typed>.*)$")
_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")


@dataclass(frozen=True, slots=True)
class Completion:
    """What may be typed in place of `fragment`, the end of the text before the cursor."""

    fragment: str
    texts: tuple[str, ...]
    exclusive: bool  # nothing else can stand there, so other completions would mislead


def complete(text_until_cursor: str, namespace: Mapping[str, object]) -> Completion | None:
    """Complete an option of a magic or its value; None where neither stands at the cursor.

    Options and the names of backends come first in the order of the help; the variables of the
    notebook that hold a fitting value follow.
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
        return None
    long, equals, value = word.partition("=")
    if equals and option is None:
        option, word = option_called(long), value
    if option is not None and not (option.may_stand_alone and word.startswith("-")):
        return _values(magic, option, word, namespace, assigned=bool(equals))
    if not word.startswith("-"):
        return None
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
    magic: Magic,
    option: Option,
    word: str,
    namespace: Mapping[str, object],
    *,
    assigned: bool,
) -> Completion | None:
    several = option.kind == "backends"
    may_miss = option.may_stand_alone
    fragment = word.rpartition(",")[2] if several else word
    texts = [choice for choice in option.choices_of(magic) if choice.startswith(fragment)]
    if not may_miss:
        names = (name for name in namespace if name.startswith(fragment) and name[0] != "_")
        texts += [name for name in names if _fits(option, name, namespace)]
    # After a bare `--compare` the code may follow; after `--compare=` or a comma it cannot.
    exclusive = not may_miss or assigned or fragment != word
    return _completion(fragment, texts, exclusive=exclusive)


def _fits(option: Option, name: str, namespace: Mapping[str, object]) -> bool:
    if option.kind not in {"backend", "count", "file"}:
        return False
    try:
        read_value(option.kind, option.long, name, namespace)
    except PlanError:
        return False
    return True


def _completion(fragment: str, texts: list[str], *, exclusive: bool) -> Completion | None:
    return Completion(fragment, tuple(dict.fromkeys(texts)), exclusive) if texts else None
