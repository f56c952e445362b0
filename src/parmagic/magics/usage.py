"""The help of %pmap and %%parallel: purpose, forms, options, examples."""

from __future__ import annotations

from textwrap import indent, wrap
from typing import Final

from parmagic.magics.table import Magic, options_of

_COLUMNS = 80  # of a terminal
_PURPOSES: Final[dict[Magic, str]] = {
    "pmap": "Run an expression or a function on many items in parallel; the value is a list.",
    "parallel": "Run a cell, and the calls of your own functions in it at the same time.",
}
_FORMS: Final[dict[Magic, str]] = {
    "pmap": """\
%pmap [options] EXPRESSION for TARGETS in ITERABLE [if ...] [for ...]
%pmap [options] FUNCTION ITERABLE
%%pmap ...           the same, after the cell below it has run""",
    "parallel": "%%parallel [options]",
}
_EXAMPLES: Final[dict[Magic, str]] = {
    "pmap": """\
squares = %pmap square(x) for x in numbers
squares = %pmap square numbers
%pmap -b thread -w 8 fetch urls
%pmap --compare -o run simulate(seed, steps=n) for seed in range(8)
%pmap --queue crawl ["/"]            # in crawl: parmagic.enqueue(crawl, link)
%pmap -- -x + y for x, y in pairs""",
    "parallel": """\
%%parallel --compare
a = simulate(1)
b = simulate(2)
print(a, b)          # waits for both""",
}


def usage(magic: Magic) -> str:
    """Write the help of "pmap" or "parallel": its purpose, its forms, its options, examples."""
    options = options_of(magic)
    heads = [
        f"{option.short + ',' if option.short else '':<4}{option.long} {option.metavar}".rstrip()
        for option in options
    ]
    width = max(map(len, heads)) + 2
    room = _COLUMNS - width - 2
    lines: list[str] = []
    for head, option in zip(heads, options, strict=True):
        first, *more = wrap(option.help_of(magic), room, break_on_hyphens=False)
        lines += [f"{head:<{width}}{first}", *(f"{'':<{width}}{text}" for text in more)]
    blocks = {"Usage": _FORMS[magic], "Options": "\n".join(lines), "Examples": _EXAMPLES[magic]}
    text = [f"{title}:\n{indent(block, '  ')}" for title, block in blocks.items()]
    return "\n\n".join([_PURPOSES[magic], *text]) + "\n"
