"""Several calls in one statement: what becomes of it where one fails, or something is changed."""

from __future__ import annotations

import ast

import pytest
from IPython.core.interactiveshell import InteractiveShell

from equality import Twice
from parmagic.plan.cells.cell import read_cell
from parmagic.plan.cells.known import Known
from parmagic.show.explain import margin


@pytest.fixture
def twice(bare_shell: InteractiveShell) -> Twice:
    """A shell in which each cell runs from the same data."""
    return Twice(bare_shell)


@pytest.mark.parametrize(
    ("cell", "left"),
    [
        ("a = [bad(3), f(1)]\nb = f(1)", "[ValueError('bad 3'), 3.1] 3.1"),
        ("b, a = f(1), bad(3)", "ValueError('bad 3') 3.1"),
        ("b = f(1)\na = f(bad(3)) + 1\nb = f(2)", "1 6.1"),  # `f` was not called
    ],
)
def test_an_exception_that_is_kept_stands_in_the_place_of_its_value(
    twice: Twice, cell: str, left: str
) -> None:
    """Within a statement as of one."""
    found = twice.parallel(f"{cell}\nshown = f'{{a!r}} {{b!r}}'", "-q -w 2 -b thread --errors keep")

    assert found.names["shown"] == left


def test_an_exception_that_is_kept_is_raised_where_something_is_made_of_it(twice: Twice) -> None:
    """`ValueError + 1` would say nothing of what has failed."""
    parallel = twice.parallel("a = f(1)\nb = bad(3) + f(2)\nc = f(3)", "-q -b thread --errors keep")

    assert parallel.error == "ValueError: bad 3"
    assert (parallel.names["a"], parallel.names["b"], parallel.names["c"]) == (3.1, 2, 3)


def test_what_a_call_returns_may_be_what_is_changed_below_it(twice: Twice) -> None:
    """Threads return the object itself, which another call is then given."""
    cell = (
        "def pick(x): return x[0]\nbox = [done]\ne = pick(box)\ndone.append(f(1))\n"
        "a = sized(e) + f(2)\nb = sized(e), f(3)"
    )

    assert twice.parallel(cell, "-q -w 2 -b thread") == twice.serial(cell)


def test_no_name_is_left_of_calls_within_statements(
    twice: Twice, kept_shell: InteractiveShell
) -> None:
    """Also where the cell fails."""
    twice.parallel("a, b = f(1), g(2)\nc = [f(1), bad(3), f(h(f(2), nowhere))]", "-q -b thread")

    assert kept_shell.user_ns["b"] == 1
    assert not [name for name in kept_shell.user_ns if name.startswith("_parmagic")]


def test_the_margin_marks_each_line_with_calls_of_a_statement() -> None:
    """The rest of the statement runs in the notebook."""
    code = "\na = [\n    f(1), f(2),\n    f(f(3)),\n]\nif f(4) > a:\n    print(a)"

    lines = margin(read_cell(ast.parse(code), Known(is_own="f".__eq__), code), code)

    assert lines[:6] == [
        "   2  notebook   │ a = [",
        "   3  together 1 │     f(1), f(2),",
        "   4  together 1 │     f(f(3)),",
        "   5             │ ]",
        "   6  together 1 │ if f(4) > a:",
        "   7  notebook   │     print(a)",
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "print(say(1))\nprint(say(2))",
        "def tell(x): return say(x)\nprint(f(1), f(2))\nprint(tell(1), f(2))",
    ],
)
def test_what_functions_print_stays_below_what_was_printed_above(twice: Twice, cell: str) -> None:
    """They begin when that has been printed."""
    assert twice.parallel(cell, "-q -w 2 -b thread").output == twice.serial(cell).output


def test_calls_below_one_another_may_be_printed(twice: Twice) -> None:
    """Functions that print nothing need not wait for that."""
    parallel = twice.parallel("print(f(1))\nprint(f(2))", "-q -w 2 -b thread -o run")

    assert (parallel.output, parallel.names["run"]) == ("3.1\n6.1\n", "Run")


def test_a_dict_that_holds_another_may_have_calls_in_it(twice: Twice) -> None:
    """`**` has no key."""
    cell = "a = {**{'x': f(1)}, 'y': f(2)}"

    assert twice.parallel(cell, "-q -w 2 -b thread") == twice.serial(cell)
