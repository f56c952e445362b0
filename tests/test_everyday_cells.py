"""What an ordinary cell shows, says and leaves, a cell in parallel does, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import Notebook
from marks import by_any_method, on_each_backend

pytestmark = by_any_method


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do("import traceback\ndef half(x): return x / 2\ndef fails(x): return 1 / x")


@pytest.fixture
def showing(notebook: Notebook, request: pytest.FixtureRequest) -> Iterator[Notebook]:
    """A notebook that shows other values than the last; afterwards, again the last."""
    setting = "get_ipython().ast_node_interactivity"
    notebook.do(f"{setting} = {request.param!r}")
    yield notebook
    notebook.do(f"{setting} = 'last_expr'")


def _shown(notebook: Notebook, cell: str) -> list[str]:
    return [one.data["text/plain"] for one in notebook.do(cell).results]


@pytest.mark.parametrize(
    ("showing", "cell"),
    [
        ("all", "half(1)\nhalf(2)\na = half(3)\n[half(x) for x in (4, 5)]\n6\na"),
        ("all", "half(1) + half(2)\n[half(3), half(4)]\na = half(5), half(6)\nhalf(half(7))\na"),
        ("last", "half(1)\na = half(2), half(3)"),
        ("last_expr_or_assign", "half(1)\na = half(2), half(3)"),
        ("none", "half(1)\nhalf(2), half(3)"),
        ("last_expr", "half(1)\nhalf(2) + half(3)"),
        ("last_expr", "half(1)\nhalf(2) + half(3);"),
        ("all", "half(1)\nif half(2): half(3)\nfor x in (4, 5):\n    x + 1"),
        ("all", "half(1)\nhalf(2)\na = half(3);"),
        ("all", "f'{half(1)}'\nhalf(2)\n_ + 1"),
        ("last", "half(1)\nif half(2): half(3)"),
        ("last_expr_or_assign", "half(1)\na = half(2)"),
        ("last_expr_or_assign", "half(1)\na: list = [half(x) for x in (4, 5)]"),
        ("last_expr_or_assign", "a = half(1)\na += sum(half(x) for x in (4, 5))"),
        ("last_expr_or_assign", "a = b = half(1)"),
        ("last_expr_or_assign", "a = half(1);"),
        ("last_expr_or_assign", "for x in (4, 5):\n    a = half(x)"),
        ("none", "half(1)\nhalf(2)"),
    ],
    indirect=["showing"],
)
def test_a_cell_shows_the_values_that_the_shell_was_told_to_show(
    showing: Notebook, cell: str
) -> None:
    """By `InteractiveShell.ast_node_interactivity`."""
    serially = _shown(showing, cell)

    assert _shown(showing, "%%parallel -q --no-plot\n" + cell) == serially


@pytest.mark.parametrize("showing", ["all"], indirect=True)
def test_what_a_cell_shows_before_its_line_is_run_is_shown(showing: Notebook) -> None:
    """The cell below `%%pmap`, and then the values of its line."""
    assert _shown(showing, "%%pmap -q half(x) for x in (4,)\nhalf(1)\nhalf(2)") == [
        "0.5",
        "1.0",
        "[2.0]",
    ]


@on_each_backend
@pytest.mark.parametrize(
    "body",
    [
        "[fails(x) for x in (1, 0)]",
        "sum(fails(x) for x in (1, 0))",
        "for x in (1, 0): made.append(fails(x))",
        "for x in (2, 1): made[fails(x)] = 1",  # which the notebook does
        "[fails(x) for x in {0: 1}[2]]",
    ],
)
def test_what_a_cell_prints_of_an_exception_shows_no_line_of_ours(
    notebook: Notebook, backend: str, body: str
) -> None:
    """But those of the cell, and of the functions that it called."""
    notebook.do("made = []")
    cell = f"try:\n    {body}\nexcept Exception:\n    print(traceback.format_exc())"

    lines = notebook.do(f"%%parallel -q --no-plot -b {backend}\n{cell}").stdout.splitlines()

    files = [line for line in lines if line.startswith("  File ")]
    assert files
    assert not [line for line in files if "ipykernel_" not in line]


@pytest.mark.parametrize("call", ["half(*5)", "half(**5)", "half(x=1, **{'x': 2})"])
def test_an_argument_that_cannot_be_given_is_said_to_be_of_the_function(
    notebook: Notebook, call: str
) -> None:
    """Arguments are evaluated before the call; nobody wrote what collects them."""
    serially = notebook.run(f"a = {call}").error

    error = notebook.run(f"%%parallel -q --no-plot\na = {call}").error

    assert (error.ename, error.evalue) == (serially.ename, serially.evalue)
    assert "half()" in error.evalue


def test_the_types_that_a_turn_says_are_known_in_the_notebook(notebook: Notebook) -> None:
    """As those of other statements are; but not where a turn did not come to it."""
    notebook.do("globals().pop('__annotations__', None)")
    loop = (
        "for x in (1, 2):\n"
        "    a: int = half(x)\n"
        "    b: float\n"
        "    if x == 1: c: list[int] = []\n"
        "    if x > 5: d: str = ''"
    )

    notebook.do(f"%%parallel -q --no-plot\n{loop}")

    if notebook.get("__import__('sys').version_info < (3, 14)"):
        assert notebook.get("repr(__annotations__)") == (
            "{'a': <class 'int'>, 'b': <class 'float'>, 'c': list[int]}"
        )
    assert notebook.get("a, c") == (1.0, [])
