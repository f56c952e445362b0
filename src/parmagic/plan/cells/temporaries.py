"""Which temporaries of a turn are brought back: code of ours in the function that runs it."""

from __future__ import annotations

PYTHON = "_parmagic_builtins"  # the names of the cell may be those of what is built in


def _ours(code: str) -> str:
    """Write code of ours, on one line; `@` stands before the names of what is built in."""
    return " ".join(code.split()).replace("@", f"{PYTHON}.")


_SIMPLE = "(@int, @float, @complex, @bool, @str, @bytes, @type(None))"
PLAIN = _ours(f"@type(value) in {_SIMPLE}")
# Of turns before the last, those are sent back that cost nothing; only a failure makes them count.
SMALL = _ours(f"""
    ({PLAIN}
    or @type(value) in (@list, @tuple, @set, @dict) and @len(value) <= 100
    and @all(@type(part) in {_SIMPLE} for part in value)
    and @all(@type(part) in {_SIMPLE} for part in @getattr(value, 'values', @tuple)())
    or @type(value).__module__ == 'numpy' and @getattr(value, 'nbytes', 1001) <= 1000)
""")
# The temporaries of some names as they are, in the function; what follows says of which names.
HAVING = _ours("{name: value for name, value in @locals().items() if name in") + " "
