"""What older versions of IPython leave to us, such as that of Google Colab: it is imitated here.

Where such a version is installed, these tests and all others meet the real one.
"""

from __future__ import annotations

import linecache
from typing import Any

import pytest
from IPython.core import completer
from IPython.core.interactiveshell import InteractiveShell

from kernel import Notebook, check_frames
from parmagic import cells

pytestmark = pytest.mark.by_any_method  # IPython is the notebook's

# A front end has run magics by a method of its own, which is a line of every traceback.
OWN_SHELL = """
from IPython.core.interactiveshell import InteractiveShell

kept = InteractiveShell.run_line_magic, InteractiveShell.run_cell_magic

def run_line_magic(self, *args, **more):
    return kept[0](self, *args, **more)

def run_cell_magic(self, *args, **more):
    return kept[1](self, *args, **more)

def restore():
    InteractiveShell.run_line_magic, InteractiveShell.run_cell_magic = kept

InteractiveShell.run_line_magic = run_line_magic
InteractiveShell.run_cell_magic = run_cell_magic
"""


def test_cells_have_their_numbers_where_only_the_history_has_them(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also the body of a cell magic; a cell that was run again has the last of its numbers."""
    twice, other = "def twice(x):\n    return 2 * x\n\f\n", "def other(x): return x"
    for cell in (twice, "one = 1", f"%%capture\n{other}", twice):
        assert shell.run_cell(cell, store_history=True).success
    if known := getattr(shell.compile, "_filename_map", None):
        lines = {name: linecache.getlines(name) for name in known}
        kept = {name: (0, time, lines[name], name) for time, name in enumerate(known)}
        monkeypatch.setattr(linecache, "_ipython_cache", kept, raising=False)
        monkeypatch.delattr(shell.compile, "_filename_map")

    names = {name: shell.user_ns[name].__code__.co_filename for name in ("twice", "other")}

    assert cells.label(names["twice"]) == "In[4]"
    assert cells.label(names["other"]) == "In[3]"
    assert names["twice"] in cells.newest_first()
    assert cells.source(names["twice"]).startswith("def twice")
    assert not cells.is_cell(__file__)


def test_options_are_completed_where_matchers_are_given_a_word(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As IPython 7 does: what it offers replaces the word, of which ours may be the end."""
    monkeypatch.delattr(completer, "context_matcher", raising=False)
    shell.run_line_magic("load_ext", "parmagic")
    assert shell.Completer is not None
    (matcher,) = shell.Completer.custom_matchers

    def offered(typed: str, word: str) -> Any:
        shell.Completer.text_until_cursor = typed
        return matcher(word)

    assert offered("%pmap --ba", "--ba") == ["--backend"]
    assert offered("%pmap -b s", "s") == ["serial"]
    assert offered("%pmap -c=thread,p", "thread,p") == ["thread,process", "thread,pool"]
    assert offered("x = 1", "1") == []
    shell.run_line_magic("unload_ext", "parmagic")
    assert shell.Completer.custom_matchers == []


def test_notes_are_shown_once_whether_or_not_ipython_shows_them(notebook: Notebook) -> None:
    """Which item it was, and what the user's own code has noted."""
    cell = (
        "def noted(x):\n"
        "    error = ValueError(x)\n"
        "    error.add_note('a note of mine')\n"
        "    raise error\n"
        "%pmap -q noted [7]"
    )
    last = [
        "ValueError: 7",
        "a note of mine",
        "(raised by item 0 of 1, counting from 0; the item is 7)",
    ]

    usual = notebook.run(cell).error.traceback
    notebook.do(
        "tb = get_ipython().InteractiveTB\n"
        "def silent(kind, error, *args, show=tb.structured_traceback):\n"
        "    bare = type(error)(*error.args)\n"
        "    return show(kind, bare, *args)\n"
        "tb.structured_traceback = silent"
    )
    older = notebook.run(cell).error.traceback
    notebook.do("del tb.structured_traceback")

    assert [line for line in usual.split("\n") if line][-3:] == last
    assert [line for line in older.split("\n") if line][-3:] == last


def test_what_calls_a_magic_is_no_part_of_its_traceback(notebook: Notebook) -> None:
    """A front end may have a method of its own for that, in a file of its own."""
    (notebook.folder / "own_shell.py").write_text(OWN_SHELL)
    notebook.do("import own_shell\ndef half(x): return 1 / x")

    line = notebook.run("%pmap -q half [0]").error
    cell = notebook.run("%%parallel -q\na = half(1)\nb = half(0)").error
    notebook.do("own_shell.restore()")

    for error in (line, cell):
        assert "own_shell.py" not in error.traceback
        assert "interactiveshell" not in error.traceback
        assert error.traceback.count("half(x)") == 2
    check_frames(line)


def test_the_debugger_is_led_to_the_expression_that_failed(notebook: Notebook) -> None:
    """It goes where the traceback went that was shown: newer ones ask the exception itself."""
    notebook.run("zero = 0\n%pmap -q x / zero for x in [5]")

    notebook.do(
        "place = get_ipython().InteractiveTB.tb\nwhile place.tb_next: place = place.tb_next"
    )

    assert notebook.get("place.tb_frame.f_locals['x']") == 5
