"""Comparisons in rounds, of every backend, and with a tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import parmagic
from parmagic.measure.equality.equal import first_difference
from parmagic.run.backend import BACKENDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kernel import Notebook

pytestmark = pytest.mark.by_any_method  # rounds are those of any workers
PARALLEL = [name for name in BACKENDS if name != "serial"]


@pytest.fixture(autouse=True)
def functions(request: pytest.FixtureRequest) -> None:
    """Define the functions of these tests in the notebook, where a test has one."""
    if "notebook" in request.fixturenames:
        notebook: Notebook = request.getfixturevalue("notebook")
        notebook.do("import os, time, parmagic\ndef f(x):\n    return x / 3")


def test_rounds_take_turns_and_times_are_medians(notebook: Notebook) -> None:
    """Three rounds of serial and of each backend; the run is the one of the median time."""
    notebook.do("order = []\ndef g(x):\n    order.append(x)\n    time.sleep(0.01)\n    return x")

    reply = notebook.do("%pmap -b thread -w 1 -c thread -r 3 -o run g range(2);")

    assert notebook.get("order") == [0, 1] * 6
    assert notebook.get("len(run.rounds), len(run.serial_rounds)") == (3, 3)
    assert notebook.get("sorted(run.rounds)[1] == run.elapsed")
    assert notebook.get("sorted(run.serial_rounds)[1] == run.serial")
    assert "(median of 3, " in reply.stdout
    assert "measured in 3 rounds of " in reply.stdout


def test_a_run_that_is_not_compared_is_repeated_too(notebook: Notebook) -> None:
    """With the median, and the values."""
    notebook.do("%pmap -q -r 4 -o run f range(6);")

    assert notebook.get("run.values") == [x / 3 for x in range(6)]
    assert notebook.get("len(run.rounds)") == 4
    assert notebook.get("sorted(run.rounds)[1] == run.elapsed")
    assert notebook.get("run.serial is None")


def test_compare_all_takes_every_backend(notebook: Notebook) -> None:
    """Serial is what the others are compared with."""
    notebook.do("%pmap -q --compare all -o run f range(6);")

    found = notebook.get("[run.backend, *[other.backend for other in run.others]]")

    assert sorted(found) == sorted(PARALLEL)
    assert notebook.get("all(one.serial for one in (run, *run.others))")


def test_a_failing_round_ends_the_comparison_with_its_error(notebook: Notebook) -> None:
    """Nothing is run again behind a failure."""
    notebook.do("count = 0\ndef fails(x):\n    global count\n    count += 1\n    return 1 / x")

    failure = notebook.run("%pmap -b thread -w 1 -c thread -r 3 fails [0, 1]").errors[-1]

    assert failure.ename == "ZeroDivisionError"
    assert notebook.get("count") == 1


@pytest.mark.parametrize("name", ["pool", "process"])
def test_a_comparison_does_not_run_in_the_notebook_what_ends_its_process(
    notebook: Notebook, name: str
) -> None:
    """The workers are asked first; that it was not run serially is said where no error says it."""
    notebook.do("def dies(x):\n    os._exit(1) if x == 1 else None\n    return x")

    raised = notebook.run(f"%pmap -b {name} -c dies range(3)").errors[-1]
    kept = notebook.do(f"%pmap -b {name} -c -r 2 --errors keep dies range(3)")

    assert raised.ename == "WorkerDied"
    assert "note: not run serially: " in kept.stderr
    assert (kept.value or "").startswith("[0")
    assert notebook.get("parmagic.last_run().serial is None")


def test_a_comparison_does_not_wait_for_what_a_time_out_ended(notebook: Notebook) -> None:
    """It would never end in the notebook."""
    notebook.do("import time\ndef hangs(x):\n    time.sleep(1e6 if x == 1 else 0)\n    return x")

    kept = notebook.do("%pmap -c --timeout 1 --errors keep hangs range(3)")

    assert "note: not run serially: " in kept.stderr
    assert "TimeoutError" in (kept.value or "")


def test_what_workers_have_done_is_kept_where_only_the_notebook_fails(notebook: Notebook) -> None:
    """The serial run is the one that failed; the other stands beside it."""
    notebook.do("here = os.getpid()\ndef g(x):\n    return 1 // (os.getpid() != here)")

    failure = notebook.run("%pmap -c g range(3)").errors[-1]

    assert failure.ename == "ZeroDivisionError"
    found = notebook.get("[parmagic.last_run().backend, parmagic.last_run().others[0].values]")
    assert found == ["serial", [1, 1, 1]]


def test_close_takes_numbers_as_equal_that_rounding_makes_differ(notebook: Notebook) -> None:
    """Without it the same numbers differ, and the first is named."""
    notebook.do("here = os.getpid()\ndef h(x):\n    return x + (os.getpid() != here) * 1e-12")

    assert "values differ: item 1: 1 serially" in notebook.do("%pmap -c h [0, 1, 2.0];").stdout or (
        "values differ: item 0" in notebook.do("%pmap -c h [0, 1, 2.0];").stdout
    )
    hint = "in parallel (nowhere by more than 1e-09 of it: equal with `--close`)"
    assert hint in notebook.do("%pmap -c h [0, 1, 2.0];").stdout
    assert "same values" in notebook.do("%pmap -c --close h [0, 1, 2.0];").stdout
    strict = notebook.do("%pmap -c --close 1e-15 h [0, 1, 2.0];").stdout
    assert "values differ" in strict
    assert "equal with" not in strict
    script = "import parmagic\nprint(parmagic.pmap(h, [0, 1, 2.0], compare=True))"
    assert "equal with `close`)" in notebook.do(script).stdout
    notebook.do("def far(x):\n    return x + (os.getpid() != here) * 1e-6")
    assert "equal with" not in notebook.do("%pmap -c far [0, 1, 2.0];").stdout


def test_exceptions_that_are_kept_are_compared_like_values(notebook: Notebook) -> None:
    """One that only a worker raises is the first difference; the same everywhere is none."""
    notebook.do("here = os.getpid()\ndef g(x):\n    return 1 // (os.getpid() == here or x)")
    notebook.do("def h(x):\n    return 1 // x")

    differs = notebook.do("%pmap -c pool,process --errors keep g range(2)").sentences
    same = notebook.do("%pmap -c --errors keep h range(2)").sentences

    expected = "; values differ: item 0: 1 serially, ZeroDivisionError("
    assert [expected in line for line in differs] == [True, True]
    assert same[0].endswith("ZeroDivisionError in task 0; same values")


def test_cells_are_measured_in_rounds_too(notebook: Notebook) -> None:
    """The times of its groups are added up, round by round."""
    notebook.do("%%parallel -q -c -r 2 -o run\na = f(1)\nb = f(2)\nprint(a)\nc = f(a)")

    assert notebook.get("len(run.rounds), len(run.serial_rounds)") == (2, 2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-r 0 f range(3)", "`-r 0`: -r takes a whole number from 1"),
        ("-r many f range(3)", "`-r many`: -r takes a whole number from 1"),
        ("-c --close=2 f range(3)", "`--close 2`: --close takes a part of 1"),
        ("--close f range(3)", "`--close` is for comparing values: add `--compare`"),
        ("-c=al f range(3)", "`-c al`: -c takes names of "),
    ],
)
def test_bad_values_are_refused_in_one_line(notebook: Notebook, line: str, said: str) -> None:
    """Before anything runs."""
    reply = notebook.run(f"%pmap {line}")

    assert reply.status == "error"
    assert said in reply.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"repeat": 0}, "repeat must be a whole number from 1 up, not 0"),
        ({"close": 1e-9}, "`close` is for comparing values: add `compare=True`"),
        ({"close": -1, "compare": True}, "close must be from 0 to below 1"),
    ],
)
def test_functions_refuse_the_same(wrong: dict[str, Any], said: str) -> None:
    """As PlanError."""
    with pytest.raises(parmagic.PlanError, match=said):
        parmagic.pmap(abs, [1], **wrong)


def test_functions_measure_in_rounds_too() -> None:
    """On threads, which need no notebook."""
    run = parmagic.pmap(abs, [-1, -2], backend="thread", compare="thread", repeat=3, close=1e-9)

    assert list(run.values) == [1, 2]
    assert len(run.rounds) == len(run.serial_rounds) == 3
    assert run.difference is None


NEAR = 1 + 1e-12
KINDS: list[Callable[[float], Any]] = [
    lambda x: x,
    lambda x: [1, {"a": (x, 2)}],
    lambda x: complex(x, 1),
    np.float64,
    lambda x: np.array([1.0, x]),
    lambda x: np.array([[1.0, x], [np.nan, 2]]),
    lambda x: pd.DataFrame({"a": [1.0, x], "b": ["x", "y"]}),
    lambda x: pd.Series([1.0, x, np.nan]),
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_tolerance_reaches_into_every_kind_of_value(kind: Callable[[float], Any]) -> None:
    """Lists, dicts, arrays and tables of numbers; without it they differ."""
    assert first_difference(kind(1.0), kind(NEAR)) is not None
    assert first_difference(kind(1.0), kind(NEAR), close=1e-9) is None
    assert first_difference(kind(1.0), kind(1.1), close=1e-9) is not None


@pytest.mark.parametrize("kind", [lambda x: x, lambda x: np.array([x]), lambda x: pd.Series([x])])
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0 + 0.9e-9, True),
        (1.0, 1.0 + 1.5e-9, False),
        (1e3, 1e3 + 0.9e-6, True),
        (0.0, 0.9e-9, True),
        (0.0, 1.5e-9, False),
        (math.inf, math.inf, True),
        (math.inf, -math.inf, False),
        (math.inf, 1e308, False),
        (1e308, -1e308, False),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
    ],
)
def test_a_number_is_as_near_to_another_in_an_array_as_by_itself(
    kind: Callable[[float], Any], one: float, other: float, same: bool
) -> None:
    """By a part of the larger one, or by that much near 0; either way round."""
    assert (first_difference(kind(one), kind(other), close=1e-9) is None) == same
    assert (first_difference(kind(other), kind(one), close=1e-9) is None) == same


def test_whole_numbers_that_no_float_can_hold_have_a_tolerance_too() -> None:
    """And numbers of half precision, which hold none as small as a tolerance."""
    large = 10**400

    assert first_difference(large, large + 10**390, close=1e-9) is None
    assert first_difference(large, large + 10**392, close=1e-9) is not None
    assert first_difference(large, 1.0, close=1e-9) is not None
    halves = np.array([[1.0, 2.0], [1.0, 2.002]], dtype=np.float16)
    assert first_difference(*halves, close=1e-2) is None
    assert first_difference(*halves, close=1e-9) is not None
    assert first_difference(np.array([3], np.uint8), np.array([5], np.uint8), close=0.5) is None


def test_what_is_no_number_and_says_so_in_its_own_way_is_compared_all_the_same() -> None:
    """A tensor of several elements raises an error of its library's where a number is asked for."""

    class Tensor:
        def __init__(self, *numbers: float) -> None:
            self.numbers = numbers

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Tensor) and self.numbers == other.numbers

        __hash__ = None  # type: ignore[assignment]  # as of what may change

        def __float__(self) -> float:
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")

    assert first_difference(Tensor(1.0, 2.0), Tensor(1.0, 3.0), close=1e-9) is not None
    assert first_difference(Tensor(1.0, 2.0), Tensor(1.0, NEAR + 1), close=1e-9) is None
