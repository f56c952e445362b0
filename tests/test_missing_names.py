"""Exceptions of names that are not there, which say which it was, and which may have been meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel import Notebook
from marks import on_each_backend
from programs import run_python

_SLIPS = """
import parmagic
factor = 2
class Wide:
    width = 1
    def __init__(self, size): self.size = size, bytes(size)
def slip(kind):
    local = 1
    if kind == "global": return factr
    if kind == "local": return locl
    if kind == "attribute": return Wide(10).widht
    if kind == "module": import math; return math.squrt(2)
    if kind == "import": from json import dump_
"""


@on_each_backend
def test_an_exception_says_which_name_was_missing(notebook: Notebook, backend: str) -> None:
    """And where it was missing: `name`, `obj` and `path` are those of a plain call."""
    notebook.do(
        _SLIPS + "def said(error):\n"
        "    kind = getattr(error, 'obj', None)\n"
        "    size = getattr(kind, 'size', None)\n"
        "    return error.name, getattr(kind, '__name__', size), getattr(error, 'path', 0)\n"
        "def plain(kind):\n"
        "    try: slip(kind)\n"
        "    except Exception as error: return said(error)\n"
        "kinds = 'global', 'local', 'attribute', 'module', 'import'"
    )

    notebook.do(f"kept = parmagic.pmap(slip, kinds, backend={backend!r}, errors='keep').values")

    assert notebook.get("[*map(said, kept)] == [*map(plain, kinds)] or [*map(said, kept)]") is True


@on_each_backend
def test_a_large_object_that_has_no_such_attribute_stays_in_the_worker(
    notebook: Notebook, backend: str
) -> None:
    """The exception of each task would bring one back; its name is small."""
    notebook.do(_SLIPS + "def slip(x): return Wide(200_000).widht")

    notebook.do(f"kept, = parmagic.pmap(slip, [1], backend={backend!r}, errors='keep').values")

    assert notebook.get("kept.name") == "widht"
    shared = backend in ("serial", "thread")
    assert notebook.get("kept.obj is not None") is shared


@pytest.mark.parametrize("kind", ["global", "local", "attribute", "module"])
def test_python_asks_whether_another_name_was_meant(tmp_path: Path, kind: str) -> None:
    """Where a script ends with the exception, its last line is that of a plain call."""
    ends = []
    for call in ("slip(kind)", "parmagic.pmap(slip, [kind])"):
        script = tmp_path / "script.py"
        script.write_text(f"{_SLIPS}\nkind = {kind!r}\nif __name__ == '__main__': {call}\n")
        lines = run_python(tmp_path, str(script)).stderr.splitlines()
        ends.append([line for line in lines if "Error: " in line])

    assert "Did you mean: '" in ends[0][0]
    assert ends[1] == ends[0]
