"""The text of cells: names, white space, magics."""

from __future__ import annotations

from definables.row import Row

_LONG = "\n".join(f"value_{n} = {n}" for n in range(3_000))

TEXT = (
    Row("names that are not ASCII", "\nλ = 3\ndef größe(x): return x * λ\ntask = größe\n"),
    Row("strings that are not ASCII", "\ndef task(x): return 'größe 🎉 \\u20ac', f'{x} €'\n"),
    Row(
        "names that Python reads as others",
        "\nﬁne = 2\ndef task(x): return ﬁne + fine + x\n",
    ),
    Row(
        "a magic and a shell line above",
        """
%matplotlib inline
%env SEEN=1
!true
files = !echo one
def helper(x): return x + 1
# %%
%precision 3
def task(x): return helper(x), list(files)
""",
        outgrown=True,
    ),
    Row(
        "a magic inside a function",
        """
def shown(x):
    %timeit -n1 -r1 -q pass
    return x
def task(x): return x + 1
""",
    ),
    Row(
        "help and other special lines around",
        """
import math
math?
def task(x): return math.floor(x)
;
""".replace("\n;\n", "\n"),
    ),
    Row("tabs", "\ndef task(x):\n\tif x:\n\t\treturn x + 1\n\treturn 0\n"),
    Row(
        "form feeds",
        "\ny = 1\n\x0c\ndef helper(x):\n    return x + y\n\x0c\ndef task(x): return helper(x)\n",
    ),
    Row(
        "carriage returns",
        "\ndef helper(x):\r\n    return x + 1\r\ndef task(x):\r\n    return helper(x)\r\n",
    ),
    Row("a cell that ends in a comment", "\ndef task(x): return x + 1\n# the end"),
    Row(
        "a cell that ends in a definition and a comment",
        "\ndef task(x):\n    return x + 1\n    # the end",
    ),
    Row(
        "a cell that ends in a backslash and a blank line",
        "\ndef task(x):\n    return x + \\\n        1\n\n\n",
    ),
    Row("a very long cell", f"\n{_LONG}\ndef task(x): return value_7 + value_2999 + x\n"),
    Row("a very long function", "\ndef task(x):\n" + "    x += 1\n" * 3_000 + "    return x\n"),
    Row(
        "several statements on a line",
        "\na = 1; b = 2\ndef f(x): return x + a; \ndef task(x): return f(x) + b\n",
    ),
    Row(
        "text inside strings that looks like code",
        '''
text = """
def task(x): return -1
"""
def task(x): return f"""{x}
def other(): pass
""" + text
''',
    ),
    Row(
        "a module written by `%%writefile`",
        """
%%writefile written_table.py
OFFSET = 5
def helper(x): return x + OFFSET
# %%
import written_table
from written_table import helper
def task(x): return helper(x), written_table.OFFSET
""",
    ),
    Row(
        "definitions of a `%%time` cell",
        """
%%time
def helper(x): return x + 1
def task(x): return helper(x)
""",
    ),
    Row(
        "definitions of a `%%capture` cell",
        """
%%capture out
print("hidden")
def task(x): return x + 1
""",
    ),
    Row(
        "definitions of an asynchronous cell",
        """
import asyncio
await asyncio.sleep(0)
def task(x): return x + 1
""",
    ),
    Row("an indented cell", "\n    y = 2\n    def task(x):\n        return x + y\n"),
    Row("a cell pasted with prompts", "\n>>> y = 2\n>>> def task(x):\n...     return x + y\n"),
    Row(
        "decorators and comments between",
        "\nimport functools\n@functools.cache  # first\n# second\n\ndef task(x):\n    # third\n    return x\n",
    ),
    Row(
        "what other line separators there are, in strings",
        "\ntext = 'a\u2028b\x85c\x0bd\x1ce'\ndef helper(x): return x, 'p\u2028q'\n"
        "# %%\ndef task(x):\n    y = 'a\u2028b\x85c'\n    return helper(x), text, y, len(y)\n",
    ),
    Row(
        "what other line separators there are, in comments",
        "\n# one\u2028two\x0bthree\ndef helper(x):\n    # four\x85five\n    return x + 1\n"
        "task = lambda x: helper(x)\n",
    ),
)
