"""Imports, as cells write them."""

from __future__ import annotations

from definables.row import Row

IMPORTS = (
    Row("an alias", "\nimport math as m\ndef task(x): return m.floor(x + 0.5)\n"),
    Row(
        "a submodule under an alias",
        "\nimport xml.etree.ElementTree as tree\ndef task(x): return tree.fromstring('<a/>').tag\n",
    ),
    Row(
        "a submodule under its own name",
        "\nimport xml.dom.minidom\n"
        "def task(x): return xml.dom.minidom.parseString('<a/>').firstChild.tagName\n",
    ),
    Row("a name under an alias", "\nfrom math import sqrt as root\ndef task(x): return root(x)\n"),
    Row(
        "a module imported from another",
        "\nfrom os import path as p\ndef task(x): return p.join('a', 'b')\n",
    ),
    Row("a star import", "\nfrom fractions import *\ndef task(x): return Fraction(x, 2)\n"),
    Row("a constant of a module", "\nfrom math import pi, inf\ndef task(x): return x * pi, inf\n"),
    Row(
        "imports inside functions",
        """
def task(x):
    import json as j
    from collections import Counter
    return j.dumps(Counter([x]).most_common())
""",
    ),
    Row(
        "several names on a line",
        "\nimport os, sys as system\ndef task(x): return os.sep, system.maxsize\n",
    ),
    Row(
        "a module made importable through `sys.path`",
        """
import os, sys
os.makedirs("far", exist_ok=True)
open("far/away_table.py", "w").write("class Away:\\n    n = 4\\ndef near(x): return x + Away.n\\n")
if "far" not in sys.path: sys.path.append("far")
# %%
from away_table import Away, near as close
import away_table
def task(x): return close(x), Away.n, away_table.near(x), Away() .n
""",
    ),
    Row(
        "a module with the name of a function",
        """
open("samename.py", "w").write("def value(): return 'module'\\n")
# %%
import samename as other
def samename(x): return "function"
def task(x): return samename(x), other.value()
""",
    ),
    Row(
        "a local package that was edited and saved",
        """
import os
os.makedirs("edited", exist_ok=True)
open("edited/__init__.py", "w").write("")
open("edited/part.py", "w").write("def value(): return 1\\n")
import importlib, edited.part
def task(x): return edited.part.value()
# %%
before = %pmap -q task [1]
# %%
open("edited/part.py", "w").write("def value(): return 22\\n")
_ = importlib.reload(edited.part)
""",
    ),
    Row(
        "`%autoreload 2`",
        """
open("reloaded.py", "w").write("def value(): return 1\\n")
%load_ext autoreload
%autoreload 2
import reloaded
from reloaded import value
def task(x): return reloaded.value(), value()
# %%
before = %pmap -q task [1]
# %%
import os
open("reloaded.py", "w").write("def value(): return 'new'\\n")
os.utime("reloaded.py", (2_000_000_000, 2_000_000_000))
""",
        outgrown=True,
    ),
    Row(
        "a class of a local module, as data",
        """
open("shapes.py", "w").write("class Shape:\\n    def __init__(self, n): self.n = n\\n"
    "    def __eq__(self, other): return type(self) is type(other) and self.n == other.n\\n")
# %%
from shapes import Shape as S
base = S(3)
def task(x): return S(x + base.n)
""",
    ),
    Row(
        "a name of a module that was changed in place",
        """
open("settings_table.py", "w").write("level = 1\\n")
# %%
import settings_table as settings
def task(x): return settings.__name__
""",
    ),
    Row(
        "a module of the notebook's `try`",
        "\ntry:\n    import not_there_at_all as j\nexcept ImportError:\n    import json as j\ndef task(x): return j.dumps(x)\n",
    ),
)
