"""Tracebacks of older versions of IPython, as newer ones show them."""

from __future__ import annotations

import re

import IPython

# "/tmp/ipykernel_7/123.py in half(x)", the lines before the one where it is, and an arrow.
_FRAME = re.compile(
    r"^(?P<path>\S+) in (?P<name>.+)\n(?P<before>(?: .*\n)*?)(?P<arrow>-+> )(?P<line>\d+)",
    re.MULTILINE,
)


def cell_named(number: int) -> str:
    """Return what a traceback calls a cell: IPython 7 does not say its number."""
    return f"In[{number}]" if IPython.version_info >= (8,) else "In[?]"


def headed(traceback: str) -> str:
    """Head each frame as since IPython 8: "Cell In[?], line 2, in half(x)".

    IPython 7 heads it with the file and the function, and has the line in the code alone; which
    cell it is, it does not say.
    """
    return _FRAME.sub(_headed, traceback)


def _headed(frame: re.Match[str]) -> str:
    path, name, before, arrow, line = frame.groups()
    place = f"Cell In[?], line {line}" if "/ipykernel_" in path else f"File {path}:{line}"
    if name != "<module>" and "<cell line" not in name:
        place += f", in {name}"
    return f"{place}\n{before}{arrow}{line}"
