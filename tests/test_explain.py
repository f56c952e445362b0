"""--explain: how a cell is read, without running it."""

from __future__ import annotations

import ast

import pytest

from kernel import Notebook
from parmagic.plan.cells.cell import read_cell
from parmagic.plan.cells.known import Known
from parmagic.plan.quote import quoting
from parmagic.show.explain import boxes
from parmagic.show.graph import Box, laid_out

pytestmark = pytest.mark.by_any_method  # nothing is run

CELL = """%%parallel --explain
a = f(1)
b = f(2)
c = g(a, b)
print(c)
runs = [f(x) for x in range(100) if x % 7]
total = 0
for i, run in enumerate(runs):
    # a comment
    total += g(run, i)
for i in range(3):
    state = f(state)
touch("ran")"""
MARGIN = """\
   2  together 1 │ a = f(1)
   3  together 1 │ b = f(2)
   4  together 1 │ c = g(a, b)    ← waits for a, b
   5  notebook   │ print(c)
   6  elements   │ runs = [f(x) for x in range(100) if x % 7]    ← a task for each of range(100)
   7  notebook   │ total = 0
   8  turns      │ for i, run in enumerate(runs):    ← a task for each of enumerate(runs)
   9             │     # a comment
  10             │     total += g(run, i)
  11  notebook   │ for i in range(3):
  12  serial     │     state = f(state)    ← `state` carries from one turn to the next
  13  together 2 │ touch("ran")
"""


def test_what_is_only_known_when_a_statement_has_run_is_said(notebook: Notebook) -> None:
    """An import of what is known already tells nothing new."""
    notebook.do("def f(x): return x\ndef marks(function): return function")
    own = "@marks\ndef own(x): return x\na = own(1)\n@marks\ndef g(): pass"
    cell = f"import os\nimport {{module}}\n{own}"
    said = "only {} run, it is known which calls below are tasks"

    first = notebook.do("%%parallel --explain\n" + cell.format(module="this"))
    second = notebook.do("%%parallel --explain\n" + cell.format(module="os"))

    assert first.stdout.splitlines()[-1] == said.format("when lines 3 and 5 have"), first.stdout
    assert second.stdout.splitlines()[-1] == said.format("when line 5 has"), second.stdout


@pytest.mark.parametrize(
    ("binding", "call", "said"),
    [
        ("if f(1):\n    step = f", "a = step(1)", True),
        ("step = made(1)", "a = [step(x) for x in range(3)]", True),
        ("class Step: pass", "a = Step()", False),  # which is no task, whatever its body does
        ("if f(1):\n    step = f", "a = abs(1)", False),
    ],
)
def test_what_may_be_a_function_when_it_has_run_is_said(
    notebook: Notebook, binding: str, call: str, said: bool
) -> None:
    """Its calls are shown in the notebook, but may be tasks when the cell runs."""
    notebook.do("%reset -sf")
    notebook.do("def f(x): return x\ndef made(x): return lambda y: x + y")

    lines = notebook.do(f"%%parallel --explain\n{binding}\n{call}").stdout.splitlines()

    expected = "only when line 2 has run, it is known which calls below are tasks"
    assert (lines[-1] == expected) is said, lines


def test_a_cell_is_shown_with_its_margin_and_its_graph_and_nothing_runs(notebook: Notebook) -> None:
    """What runs together, what waits for what, what stays serial and why."""
    notebook.do(
        "def f(x): return x\ndef g(x, y): return x + y\ndef touch(path): open(path, 'w').close()"
    )
    reply = notebook.do(CELL)

    assert reply.stdout.startswith(MARGIN + "\ntogether: at the same time"), reply.stdout
    assert reply.stderr == ""
    assert not (notebook.folder / "ran").exists()
    assert notebook.get("'a' in globals() or 'runs' in globals()") is False
    [picture] = reply.images
    assert picture.png.startswith(b"\x89PNG")
    assert "line 4, a task, after line 2, line 3" in picture.metadata["image/png"]["alt"]
    assert "line 8, a task for each turn, after line 7" in picture.data["text/plain"]


COMPOUND = """%%parallel --explain
with lock:
    if ready:
        a = f(1)
    else:
        for i in range(3):
            print(f(i))
    try:
        b = 1
    except KeyError:
        b = 2
c = f(g(1, 2)), f(3)"""
INSIDE = """\
   2  notebook   │ with lock:
   3  notebook   │     if ready:
   4  serial     │         a = f(1)    ← `f()` is called inside `if`, whose statements run in the \
notebook, one after another
   5             │     else:
   6  turns      │         for i in range(3):    ← a task for each of range(3)
   7             │             print(f(i))
   8  notebook   │     try:
   9  notebook   │         b = 1
  10             │     except KeyError:
  11  notebook   │         b = 2
  12  together 1 │ c = f(g(1, 2)), f(3)
"""


def test_the_margin_says_what_runs_each_line_of_a_compound_statement(notebook: Notebook) -> None:
    """Also of one in another, and why calls in it stay serial."""
    notebook.do("def f(x): return x\ndef g(x, y): return x + y")

    assert notebook.do(COMPOUND).stdout.startswith(INSIDE)


def test_the_graph_quotes_the_cell_as_it_is_written() -> None:
    """A statement of several lines by its first, or in one line as Python writes it."""
    code = (
        "best = max(f(x + 1_000) for x in range(0x2))\na = f( 1_000 )\n"
        "for x in range(0x2):\n    f(x)\nif  x > 0x1:\n    x = 1\nb = f(\n    7\n)"
    )
    reading = read_cell(ast.parse(code), Known(is_own="f".__eq__), code)

    assert [box.text for box in boxes(reading, code)] == [
        "best = max(f(x + 1_000) for x in range(0x2))",
        "a = f( 1_000 )",
        "for x in range(0x2):",
        "if x > 0x1:",
        "b = f(7)",
    ]


def test_statements_are_quoted_where_they_stand_whatever_ends_their_lines() -> None:
    r"""Python ends lines at `\r` and `\r\n` too, but not at a form feed, and counts bytes."""
    code = "a = f(\x0c1,  2)\r\nö = 'ü' ; b = g( ö )\rc = h(1,\n  2)\n"
    quote = quoting(code)
    written = ["a = f(\x0c1,  2)", "ö = 'ü'", "b = g( ö )", "c = h(1, 2)"]
    assert [quote(node) for node in ast.parse(code).body] == written


def test_a_line_is_not_explained(notebook: Notebook) -> None:
    """It has one reading only."""
    reply = notebook.run("%pmap --explain abs range(3)")

    assert reply.usage_error == "`--explain` reads a %%parallel cell: put the calls into one"


def test_a_cell_without_statements_has_no_graph(notebook: Notebook) -> None:
    """Comments alone are no reason to fail."""
    assert notebook.do("%%parallel --explain\n# nothing").images == []


def graph(*needs: tuple[int, ...]) -> list[Box]:
    """Make boxes of what each waits for."""
    return [Box(f"box {at}", "call", at, need) for at, need in enumerate(needs)]


def test_a_line_that_others_imply_is_not_drawn() -> None:
    """`c` waits for `b`, and that for `a`: the line from `a` to `c` would pass behind `b`."""
    layout = laid_out(graph((), (0,), (0, 1)))

    assert layout.rows == [[0], [1], [2]]
    assert [(line.start, line.end) for line in layout.lines] == [(0, 1), (1, 2)]


def test_a_line_past_a_row_has_a_channel_there() -> None:
    """Lines to the same box share it, and what starts at once stands in the first row."""
    layout = laid_out(graph((), (), (0,), (2,), (1, 3)))

    assert layout.rows == [[0, 1], [2, ("to", 4)], [3, ("to", 4)], [4]]
    assert layout.lines[-2].channel == ("to", 4)


def test_boxes_of_a_level_with_many_stand_in_several_rows() -> None:
    """And lines from the upper ones pass the lower ones in one channel."""
    layout = laid_out(graph(*[()] * 6, tuple(range(6))))

    assert [len(row) for row in layout.rows] == [4, 3, 1]
    assert ("to", 6) in layout.rows[1]
