"""Two runs side by side: which was faster, and where the difference lies."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

import parmagic
from parmagic import Run, Task
from runs import run_with

if TYPE_CHECKING:
    from pathlib import Path

    from kernel import Notebook


pytestmark = pytest.mark.by_any_method  # records are compared in the notebook


def run_of(workers: int, elapsed: float, count: int = 8, **more: Any) -> Run:
    """Build a run of tasks of a quarter of a second."""
    tasks = [
        Task(i, "f(x)", i % workers, i // workers / 4, i // workers / 4 + 0.25, 0.25)
        for i in range(count)
    ]
    return run_with(tasks, elapsed, **{"workers": workers, "cpus": 8} | more)


STOPPED = run_of(2, 0.6, error=KeyboardInterrupt())


def row(text: str, name: str) -> list[str]:
    """Return the cells of a row of the table."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name}  ")]
    return [cell.strip() for cell in line.removeprefix(name).split("  ") if cell.strip()]


def test_two_runs_are_compared_in_a_sentence_and_a_table() -> None:
    """The sentence has both times and their ratio, the table every number and its change."""
    both = parmagic.compare_runs(run_of(2, 1.1), run_of(4, 0.55))
    sentence, *table = str(both).splitlines()

    assert sentence == "pool × 2 in 1.1 s, then pool × 4 in 550 ms: 2.00× faster"
    assert both.ratio == pytest.approx(2.0)
    assert row(str(both), "elapsed") == ["1.1 s", "550 ms", "-550 ms"]
    assert row(str(both), "workers") == ["2", "4", "+2"]
    assert row(str(both), "serial time") == ["2 s", "2 s", "="]
    assert row(str(both), "imbalance (workers × time)") == ["200 ms", "200 ms", "="]
    between = parmagic.compare_runs(run_of(2, 1.1), run_of(2, 1.1, between=0.1))
    assert row(str(between), "notebook (workers × time)") == ["0 s", "200 ms", "+200 ms"]
    near = str(parmagic.compare_runs(run_of(2, 20.0), run_of(2, 20.1)))
    assert row(near, "efficiency") == ["0.05", "0.05", "="]
    assert "notebook" not in str(both)  # of which there was nothing in either
    assert len({len(line) for line in table}) == 1


def test_runs_of_several_rounds_are_compared_by_their_medians() -> None:
    """With how far the rounds lay apart."""
    before = run_of(2, 1.1, rounds=(1.0, 1.1, 1.3))

    said = str(parmagic.compare_runs(before, run_of(4, 0.55))).splitlines()[0]

    assert said == (
        "pool × 2 in 1.1 s (median of 3, 1 s to 1.3 s), then pool × 4 in 550 ms: 2.00× faster"
    )


def test_the_slower_one_is_called_slower() -> None:
    """Whichever comes first."""
    assert "1.1 s: 2.00× slower" in str(parmagic.compare_runs(run_of(4, 0.55), run_of(2, 1.1)))
    assert ": about the same" in str(parmagic.compare_runs(run_of(2, 1.1), run_of(2, 1.12)))


def test_saved_runs_are_compared_as_runs_are(tmp_path: Path) -> None:
    """By the names of their files, as text or as paths."""
    run_of(2, 1.1).save(tmp_path / "a.json")
    run_of(4, 0.55).save(tmp_path / "b.json")

    both = parmagic.compare_runs(str(tmp_path / "a.json"), tmp_path / "b.json")

    assert str(both) == str(parmagic.compare_runs(run_of(2, 1.1), run_of(4, 0.55)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (run_of(2, 1.1), run_of(2, 0.6, count=4), "600 ms: 8 tasks, then 4"),
        (run_of(2, 1.1), STOPPED, "the second run is not complete (interrupted)"),
        (STOPPED, run_of(2, 1.1), "the first run is not complete (interrupted)"),
    ],
)
def test_runs_that_did_not_do_the_same_claim_no_ratio(before: Run, after: Run, said: str) -> None:
    """A shorter time for less work is no speed-up."""
    both = parmagic.compare_runs(before, after)

    assert str(both).splitlines()[0].endswith(said)
    assert "faster" not in str(both)


def test_values_are_no_runs() -> None:
    """What `xs = %pmap ...` gives is a list: the record of it is what can be compared."""
    with pytest.raises(TypeError, match=r"takes runs, as `pmap` and `-o run` .*, not a list$"):
        parmagic.compare_runs([1, 2], run_of(2, 1.0))  # type: ignore[arg-type]


def test_what_makes_runs_hard_to_compare_is_said() -> None:
    """Other code, another machine, and a serial time that is only bounded."""
    tasks = [dataclasses.replace(task, cpu=0.125) for task in run_of(2, 1.1).tasks]
    other = run_of(2, 1.1, code="g(x) for x in xs", cpus=4, backend="thread", tasks=tasks)
    said = str(parmagic.compare_runs(run_of(2, 1.1), other))

    assert "the code differs: f(x) for x in xs, then g(x) for x in xs" in said
    assert "the machine differs: 8 processors, then 4" in said
    assert row(said, "serial time, at least")[:2] == ["2 s", "875 ms"]
    assert row(str(parmagic.compare_runs(other, run_of(2, 1.1))), "serial time, at least")


def test_a_notebook_shows_a_comparison_as_a_table(notebook: Notebook) -> None:
    """As a value it has text and HTML, and what the user wrote is not interpreted."""
    notebook.do("def f(x):\n    return x\nfrom parmagic import compare_runs")
    notebook.do("%pmap -q -o a f(x) for x in range(9) if x < 5")
    notebook.do("%pmap -q -w 1 -o b f(x) for x in range(9) if x < 6")

    reply = notebook.do("compare_runs(a, b)")

    (result,) = reply.results
    assert result.data["text/plain"].startswith("<Comparison: pool × ")
    assert "<td>elapsed</td>" in result.data["text/html"]
    assert "x &lt; 5" in result.data["text/html"]
