"""A module file is named by its code: by what a worker would do, not by where it was written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from kernel import Notebook
from parmagic.cells import label
from parmagic.modules import folder, kept, written
from parmagic.modules.package import Entry, Package, Packer
from parmagic.run.processes import launch
from tracebacks import cell_named

CELLS = (
    "import math\nrate = 2",
    "class Unit:\n    size = 1\n    def get(self): return self.size",
    (
        "def adder(n):\n    def add(x):\n        return x + n\n    return add\n"
        "add = adder(3)\nsteps = [lambda x: x, lambda x: -x]"
    ),
    "def helper(x, by=3):\n    y = math.floor(x * rate)\n    return y * by + Unit().get()",
    "def task(x):\n    z = add(x)\n    return helper(x) + z + steps[1](x)",
)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    kept.clear()
    yield
    kept.clear()
    written.forget()
    folder.remove_folders()


def packed(shell: InteractiveShell, *cells: str) -> Package:
    """Run cells, and pack what a map of `task` needs."""
    for cell in cells:
        assert shell.run_cell(cell, store_history=True).success
    task = shell.user_ns["task"]
    return Packer(Entry("task", "<cell>", 1, value=task), shell.user_ns).pack()


def places(package: Package, shell: InteractiveShell, text: str) -> tuple[str, int]:
    """Say to which cell and line the line `text` of the file on disk leads."""
    lines = package.path.read_text(encoding="utf-8").split("\n")
    found = package.text.origin(lines.index(text) + 1)
    assert found is not None
    return label(found[0]), found[1]


@pytest.mark.parametrize(
    "edit",
    [
        "other = 5\ndef unrelated(): return other",
        "# a comment above\ndef task(x):\n    z = add(x)\n    return helper(x) + z + steps[1](x)",
        "def task(x):\n\n    z = add(x)  # why\n\n    # so\n    return helper(x) + z + steps[1](x)",
        CELLS[3].replace("\n", "  # a comment\n\n"),
        CELLS[1].replace("    def", "\n    # what it is\n    def"),
        CELLS[2].replace("        return", "        # n more\n        return"),
        CELLS[4],
        "\n\n\n" + CELLS[3],
        "rate = 2",
    ],
)
def test_comments_blank_lines_and_other_cells_do_not_change_the_name(
    shell: InteractiveShell, edit: str
) -> None:
    """Nor does running the same cell again: workers need not load anything."""
    first = packed(shell, *CELLS)
    second = packed(shell, edit)

    assert second.path == first.path
    assert second.key == first.key


@pytest.mark.parametrize(
    "edit",
    [
        "rate = 3",
        "class Unit:\n    size = 2\n    def get(self): return self.size",
        "class Unit:\n    size = 1\n    def get(self): return -self.size",
        CELLS[3].replace("by=3", "by=4"),
        CELLS[3].replace("y * by", "by * y"),
        CELLS[2].replace("adder(3)", "adder(4)"),
        CELLS[2].replace("-x", "+x"),
        CELLS[2].replace("x + n", "x - n"),
        CELLS[4].replace("z = add(x)", "z = add(x) # + 1\n    z += 1"),
        "import cmath as math",
    ],
)
def test_an_edit_of_anything_it_reaches_changes_the_name(
    shell: InteractiveShell, edit: str
) -> None:
    """Of a constant, a class, a default, a closure's code or variable, an import."""
    first = packed(shell, *CELLS)

    assert packed(shell, edit).path.name != first.path.name


def test_what_looks_like_a_comment_may_be_none(shell: InteractiveShell) -> None:
    """A `#` in a string is the string's."""
    first = packed(shell, 'def task(x): return \'# one\', """\n# two\n\nthree"""')
    second = packed(shell, 'def task(x): return \'# one\', """\n# two\nthree"""')
    third = packed(shell, 'def task(x): return \'# 1\', """\n# two\nthree"""')

    assert len({first.path, second.path, third.path}) == 3


def test_the_lines_lead_to_the_cells_of_this_run(shell: InteractiveShell) -> None:
    """Though the file keeps the lines it was written with, since workers have loaded it."""
    first = packed(shell, *CELLS)
    line = "    return y * by + Unit().get()"
    assert places(first, shell, line) == ("In[4]", 3)

    moved = CELLS[3].replace("    return", "\n    # a comment\n    return")
    second = packed(shell, "\n\n" + moved)

    assert second.path == first.path
    assert places(second, shell, line)[1] == 7 - 2  # IPython drops the blank lines above
    assert places(second, shell, line)[0] == "In[6]"
    assert "# In[6], line 1" in second.path.read_text(encoding="utf-8")
    assert places(first, shell, line) == ("In[4]", 3)


def test_two_kernels_give_the_same_name() -> None:
    """In other cells, with other things around; and a traceback names the cell and its line."""
    names = []
    for start in ("", "unrelated = [1]\n'a cell more'"):
        with Notebook(start_method=launch.methods()[0]) as notebook:
            for cell in (start, *CELLS):
                notebook.do(cell)
            notebook.do("%pmap -q task [1, 2]")
            notebook.do("import glob, os\nfrom parmagic.modules.folder import private_folder")
            found = notebook.get(
                "[os.path.basename(f) for f in glob.glob(f'{private_folder()}/*.py')]"
            )
            names.append(found)

    assert names[0] == names[1]
    assert len(names[0]) == 1


def test_only_so_many_files_are_kept(shell: InteractiveShell) -> None:
    """A session of many edits fills no folder; but what a run on record had stays, with data."""
    recorded = packed(shell, "data = [1]\ndef task(x): return data").file
    gone = packed(shell, "def task(x): return data, 1")
    beside, path = gone.file.path.parent, gone.path
    del gone
    assert beside.is_dir()

    for number in range(kept.MOST + 2 * written.MOST):
        packed(shell, f"def task(x): return {number}")

    assert len(list(path.parent.glob("*.py"))) <= written.MOST + 1
    assert recorded.path.read_text(encoding="utf-8") == recorded.text
    assert not path.exists()
    assert not beside.exists()


def test_code_whose_file_was_removed_has_another_name(shell: InteractiveShell) -> None:
    """A worker may still have the first, whose lines led to other ones of a cell."""
    gone = packed(shell, "def task(x):\n    return x").path
    for number in range(kept.MOST + written.MOST):
        packed(shell, f"def task(x): return {number}")

    again = packed(shell, "def task(x):\n    # a comment\n    return x").path

    assert again != gone
    assert again.exists()
    assert not gone.exists()


def test_a_traceback_names_the_cell_that_was_run_last(notebook: Notebook) -> None:
    """Warm workers hold the code of an earlier cell with other comments."""
    cell = "def task(x):\n    y = x\n    return 1 / y\n"
    notebook.do(cell)
    notebook.run("%pmap -q task [0]")
    number = notebook.do(cell.replace("    return", "    # a comment\n\n    return")).number

    error = notebook.run("%pmap -q task [0]").error

    assert f"Cell {cell_named(number)}, line 5, in task(x)" in error.traceback
    assert "----> 5     return 1 / y" in error.traceback
