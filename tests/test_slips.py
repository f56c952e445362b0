"""Slips between the options and the code of a %pmap line, each answered with what was meant."""

from __future__ import annotations

import pytest

from kernel import Notebook
from parmagic.errors import PlanError
from parmagic.magics.options import parse
from parmagic.magics.slips import read_code, refuse_late

NAMES: dict[str, object] = {
    "square": abs,
    "numbers": [1, 2],
    "n": 4,
    "w": 1,
    "tolerance": 1e-3,
}


def answer(line: str) -> str:
    """Return what is said of a line; nothing if it can be read, and nothing is found in it."""
    try:
        _, code = parse("pmap", line, NAMES)
        refuse_late(line, code, read_code(line, code, NAMES), NAMES)
    except PlanError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("square range(3) --compare", "--compare square range(3)"),
        ("square numbers --compare;", "--compare square numbers"),
        ("square numbers -q", "-q square numbers"),
        ("square range(5) -w 2", "-w 2 square range(5)"),
        ("square range(5) -w n", "-w n square range(5)"),
        ("square range(5) -w2", "-w2 square range(5)"),
        ("square range(5) -qw2", "-qw2 square range(5)"),
        ("square range(5) --workers=2", "--workers=2 square range(5)"),
        ("square range(5) --no-plot", "--no-plot square range(5)"),
        ("square range(5) --plot timeline", "--plot timeline square range(5)"),
        ("square range(5) -c thread,pool", "-c thread,pool square range(5)"),
        ('square range(5) --save "a b.png"', '--save "a b.png" square range(5)'),
        ("square range(5) -o run --errors keep", "-o run --errors keep square range(5)"),
        ("-b thread square range(5) -w 2", "-b thread -w 2 square range(5)"),
        ("square -w 2 range(5)", "-w 2 square range(5)"),
        ("square --compare range(5)", "--compare square range(5)"),
        ("square(x) for x in numbers -w 2", "-w 2 square(x) for x in numbers"),
        ("square(x) for x in numbers --compare", "--compare square(x) for x in numbers"),
        ("lambda x: x + 1 numbers -w 2", "-w 2 lambda x: x + 1 numbers"),
        ("-- -square(x) for x in numbers -w 2", "-w 2 -- -square(x) for x in numbers"),
    ],
)
def test_options_after_the_code_are_put_before_it(line: str, meant: str) -> None:
    """The whole line that was meant, and it can be read."""
    assert answer(line) == f"options come first: `%pmap {meant}`"
    assert answer(meant) == ""


@pytest.mark.parametrize(
    "code",
    [
        "square numbers - w",
        "square numbers -w",
        "square numbers --w",
        "square [x -w for x in numbers]",
        "square (n -w)",
        "x --n for x in numbers",
        "x -n for x in numbers if x -w",
        "square '-w 2'",
    ],
)
def test_code_that_can_be_read_and_whose_names_exist_is_never_doubted(code: str) -> None:
    """A minus before a name is a minus."""
    assert answer(code) == ""


def test_a_second_slip_beside_late_options_is_named_too() -> None:
    """So that the line is not refused twice."""
    said = answer("square(3) -w 2")
    assert said.startswith(
        "options come first, as in `%pmap -w 2 ...`; and `square(3)` is a single"
    )
    assert "did you mean `%pmap square range(3)`" in said


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("-c threads square range(3)", "`-c threads`: did you mean `-c thread`?"),
        ("-c threads square numbers", "`-c threads`: did you mean `-c thread`?"),
        ("-qc threads square numbers", "`-c threads`: did you mean `-c thread`?"),
        ("-c thread, pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread , pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread pool square range(3)", "did you mean `-c thread,pool`, without spaces?"),
        ("-c thread,poll square range(3)", "`-c thread,poll`: did you mean `-c thread,pool`?"),
        ("-c all pool square range(3)", "did you mean `-c all`"),
        ("-c auto square range(3)", "`-c auto`: -c takes names of"),
        ("-cthreads square range(3)", "did you mean `thread`?"),
        ("--plot foo square range(3)", "no chart 'foo'. The kinds are summary, timeline"),
        ("--plot timelin square range(3)", "did you mean 'timeline'?"),
        ("--sweep a square range(3)", "`--sweep a`: --sweep takes numbers of workers"),
        ("--sweep 1, 2 square range(3)", "did you mean `--sweep 1,2`, without spaces?"),
        ("--sweep 1 2 square range(3)", "did you mean `--sweep 1,2`, without spaces?"),
        ("--sweep 4 square range(3)", "`--sweep 4`: did you mean `--sweep=4`?"),
        ("--close tolerance square range(3)", "type `--close=tolerance`"),
        ("-workers 2 square range(3)", "unknown option `-workers`; did you mean `--workers`?"),
        ("-compare square range(3)", "unknown option `-compare`; did you mean `--compare`?"),
    ],
)
def test_a_misspelt_value_of_an_option_is_not_taken_for_code(line: str, meant: str) -> None:
    """Also where the value may be left out, and the code could begin there."""
    assert meant in answer(line)


@pytest.mark.parametrize("line", ["--plot square numbers w", "-c square numbers w"])
def test_a_function_after_such_an_option_is_the_code(line: str) -> None:
    """The slip is then in the code, and so is the answer."""
    assert "several iterables go through zip" in answer(line)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("square range(3) --compare", "options come first: `%pmap --compare square range(3)`"),
        ("square range(5) -w 2", "options come first: `%pmap -w 2 square range(5)`"),
        ("-c threads square range(3)", "`-c threads`: did you mean `-c thread`?"),
    ],
)
def test_a_newcomer_is_told_what_to_type(notebook: Notebook, line: str, message: str) -> None:
    """In one line, in the place of Python's own reading."""
    notebook.do("def square(x): return x * x")

    assert notebook.run(f"%pmap {line}").usage_error == message
