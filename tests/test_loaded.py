"""What warm workers have loaded, and what they let go of."""

from __future__ import annotations

import sys

import pytest

from kernel import Notebook, wait_until
from marks import lets_go
from parmagic.run.processes.memory import memory_of


@lets_go
def test_a_worker_keeps_the_data_of_one_version_of_a_function(notebook: Notebook) -> None:
    """However often it is edited; and none once the data are gone from the notebook."""
    notebook.do(
        "import gc\n"
        "table = list(range(700_001))\n"
        "def large(): return sum(\n"
        "    type(one) is list and len(one) == 700_001 for one in gc.get_objects())"
    )

    found = []
    for edit in range(4):
        notebook.do(f"def look(x): return large(), len(table), {edit}")
        found.append(notebook.get("%pmap -q -b pool -w 1 look [1]")[0][0])

    assert found == [1] * 4
    notebook.do("del table\ndef look(x): return large()")
    assert notebook.get("%pmap -q -b pool -w 1 look [1]") == [0]


def test_the_functions_of_the_last_cells_are_not_loaded_again(notebook: Notebook) -> None:
    """Also where some of them have data, as long as these are few."""
    notebook.do("few = list(range(1000))\ndef where(x): return id(where)")

    first = notebook.get("%pmap -q -b pool -w 1 where [1]")
    notebook.do("def other(x): return len(few)\n%pmap -q -b pool -w 1 other [1];")

    assert notebook.get("%pmap -q -b pool -w 1 where [1]") == first


def test_a_worker_knows_no_lines_of_code_that_it_has_let_go_of(notebook: Notebook) -> None:
    """However often a cell is edited, it has those of the last few."""
    notebook.do("import linecache")
    found = []
    for edit in range(30):
        notebook.do(f"def known(x): return len(linecache.cache), {edit}")
        found.append(notebook.get("%pmap -q -b pool -w 1 known [1]")[0][0])

    assert found[-1] == found[-15]


def test_code_whose_file_was_gone_is_sent_again(notebook: Notebook) -> None:
    """As systems remove what is not used for days; only the run that needed it fails."""
    notebook.do(
        "import shutil\n"
        "from parmagic.modules.folder import private_folder\n"
        "def twice(x): return 2 * x\n"
        "def items():\n"
        "    shutil.rmtree(private_folder())\n"
        "    yield 1"
    )

    assert notebook.run("%pmap -q -b pool -w 1 twice items()").error.ename == "FileNotFoundError"
    assert notebook.get("%pmap -q -b pool -w 1 twice [1]") == [2]


@lets_go
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is read from /proc")
def test_a_worker_that_waits_holds_no_items(notebook: Notebook) -> None:
    """The last message is not kept until the next one comes."""
    notebook.do("import os\ndef pid_for(data): return os.getpid()")
    pid = notebook.get("%pmap -q -b pool -w 1 pid_for [bytes(200_000_000)]")[0]

    wait_until(lambda: memory_of(pid) < 150_000_000)
