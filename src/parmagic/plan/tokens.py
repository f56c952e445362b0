"""The tokens of one line of code, each with its place in the line and its bracket depth."""

from __future__ import annotations

import io
import tokenize
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

_LAYOUT = frozenset({tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER})


class Token(NamedTuple):
    """One token: `code[start:end]` is its text; `depth` counts the brackets open after it."""

    kind: int  # as in the module tokenize
    text: str
    start: int
    end: int
    depth: int


@lru_cache(maxsize=64)  # a line is split several times, and is often run again
def tokens_of(code: str) -> tuple[Token, ...]:
    """Split `code` into tokens, up to where Python's tokenizer gives up, if it does."""
    # In brackets a line may begin with blanks, and go on over several lines.
    wrapped = f"({code}\n)"
    starts = list(accumulate((len(line) + 1 for line in wrapped.split("\n")), initial=-1))
    found: list[Token] = []
    depth = 0
    try:
        for token in tokenize.generate_tokens(io.StringIO(wrapped).readline):
            depth += _step(token)
            start = starts[token.start[0] - 1] + token.start[1]
            end = starts[token.end[0] - 1] + token.end[1]
            if 0 <= start < len(code) and token.type not in _LAYOUT:
                found.append(Token(token.type, token.string, start, end, depth - 1))
    except (tokenize.TokenError, SyntaxError):
        pass  # the parser finds the same fault, and has a better message
    return tuple(found)


def outside(code: str, text: str) -> list[Token]:
    """Find the keyword or sign `text` in `code`, but not in brackets."""
    return [token for token in tokens_of(code) if (token.text, token.depth) == (text, 0)]


def gaps_of(code: str) -> list[slice]:
    """Find the white space between the tokens of `code`, but not in brackets."""
    return [
        slice(one.end, following.start)
        for one, following in pairwise(tokens_of(code))
        if one.depth == 0 and code[one.end : following.start].isspace()
    ]


def _step(token: tokenize.TokenInfo) -> int:
    # Since Python 3.12 an f-string is several tokens; they count as if in brackets.
    name = tokenize.tok_name[token.type]
    if name.endswith("STRING_START") or (token.type == tokenize.OP and token.string in "([{"):
        return 1
    if name.endswith("STRING_END") or (token.type == tokenize.OP and token.string in ")]}"):
        return -1
    return 0
