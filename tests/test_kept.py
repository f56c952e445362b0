"""The text of a module file is kept as long as nothing that it was made from has changed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from parmagic.modules import folder, kept
from parmagic.modules.package import Entry, Package, Packer


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    kept.clear()
    yield
    kept.clear()
    folder.remove_folders()


CELLS = """
import math
rate = 2
table = [1, 2]
class Unit:
    size = 1
unit = [Unit()]
def helper(x, by=3): return math.floor(x * rate * by) + len(table)
def task(x): return helper(x), missing if x < 0 else unit
"""


def packed(shell: InteractiveShell) -> Package:
    """Pack what a map of `task` needs."""
    task = shell.user_ns["task"]
    return Packer(Entry("task", "<cell>", 1, value=task), shell.user_ns).pack()


def run(shell: InteractiveShell, cell: str) -> None:
    """Run a cell."""
    assert shell.run_cell(cell, store_history=True).success


@pytest.mark.parametrize(
    "nothing", ["", "other = 5\ndef unrelated(): return other", "table.append(3)", "table = [7]"]
)
def test_with_nothing_edited_the_text_is_not_made_again(
    shell: InteractiveShell, nothing: str
) -> None:
    """Nor with new data of the same kinds."""
    run(shell, CELLS)
    first = packed(shell)

    run(shell, nothing)

    assert packed(shell).text is first.text


@pytest.mark.parametrize(
    "edit",
    [
        "rate = 3",
        "import cmath as math",
        "def helper(x): return 5",
        "helper.__defaults__ = (4,)",
        "helper.__code__ = (lambda x, by: x).__code__",
        "class Unit:\n    size = 2\nunit = [Unit()]",
        "table = (1, 2)",
        "table = 'a word'",
        "table = len",
        "missing = 4",
        "class Other: pass\ntable.append(Other())",
        "del rate",
    ],
)
def test_an_edit_of_anything_it_reads_makes_another_text(
    shell: InteractiveShell, edit: str
) -> None:
    """Also of a name that was missing, and of what the data are made of."""
    run(shell, CELLS)
    first = packed(shell)

    run(shell, edit)

    assert packed(shell).text is not first.text


@pytest.mark.parametrize(
    "definition",
    [
        "def task(x, rows=table): return rows",
        "def task(x, *, rows=table): return rows",
        "def task(x): return task.rows\ntask.rows = table",
        "class Kind:\n    rows = table\ndef task(x): return Kind.rows",
        "class Kind:\n    def get(self, rows=table): return rows\ndef task(x): return Kind().get()",
    ],
)
def test_a_name_stands_for_a_default_or_an_attribute_only_while_it_means_the_same_object(
    shell: InteractiveShell, definition: str
) -> None:
    """A new value of the same kind is none of theirs."""
    run(shell, f"table = [1]\n{definition}")
    first = packed(shell)
    again = packed(shell)
    run(shell, "table = [2]")

    assert again.text is first.text
    assert packed(shell).text.text != first.text.text


def test_a_submodule_imported_later_is_found(shell: InteractiveShell, tmp_path: Path) -> None:
    """Nothing in the namespace shows that it was imported."""
    (tmp_path / "ours_for_kept").mkdir()
    (tmp_path / "ours_for_kept" / "__init__.py").touch()
    (tmp_path / "ours_for_kept" / "inner.py").write_text("value = 1")
    sys.path.insert(0, str(tmp_path))
    try:
        run(shell, "import ours_for_kept\ndef task(x): return ours_for_kept.inner.value")
        first = packed(shell)
        run(shell, "import ours_for_kept.inner")

        assert "ours_for_kept.inner" not in first.text.text.partition("def")[0]
        assert "import ours_for_kept.inner" in packed(shell).text.text
    finally:
        sys.path.remove(str(tmp_path))


def test_data_that_can_no_longer_be_pickled_are_refused(shell: InteractiveShell) -> None:
    """The kept text does not hide it."""
    from parmagic.errors import TravelError

    run(shell, CELLS)
    packed(shell)
    run(shell, "import threading\ntable.append(threading.Lock())")

    with pytest.raises(TravelError, match=r"table\[2\]"):
        packed(shell)


def test_old_data_are_not_held(shell: InteractiveShell) -> None:
    """A large array that is bound anew must not stay in memory."""
    import gc
    import weakref

    run(shell, "class Big(list): pass\nbig = Big([1])\ndef task(x): return big")
    packed(shell)
    old = weakref.ref(shell.user_ns["big"])
    run(shell, "big = Big([2])")
    gc.collect()

    assert old() is None


def test_only_so_many_texts_are_kept(shell: InteractiveShell) -> None:
    """A session of many cells does not fill the memory."""
    for number in range(kept.MOST + 5):
        run(shell, f"def task(x): return {number}")
        packed(shell)

    assert len(kept._texts) == kept.MOST
