"""Advice names what cost most, gives one remedy with a number, and is silent where nothing did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parmagic.measure.record import Run
from parmagic.measure.task import Task
from parmagic.measure.traffic import Passage, Stretch, Traffic
from parmagic.show.remedy import advice_lines
from parmagic.show.size import size

if TYPE_CHECKING:
    from kernel import Notebook


def run_of(clocks: list[tuple[int, float, float, float]], elapsed: float, **more: Any) -> Run:
    """Build a run of two workers from each task's worker, start, end and CPU seconds."""
    usual: dict[str, Any] = {
        "code": "f(x) for x in xs",
        "backend": "pool",
        "workers": 2,
        "values": [None] * len(clocks),
        "tasks": [Task(index, "f(x)", *clock) for index, clock in enumerate(clocks)],
        "elapsed": elapsed,
        "cpus": 2,
        "gil": True,
    }
    return Run(**usual | more)


def even(each: float, cpu: float, rounds: int = 4, workers: int = 2, at: float = 0.0) -> Any:
    """Return tasks of one length on all workers, one after another, with no time between."""
    return [
        (worker, at + turn * each, at + (turn + 1) * each, cpu)
        for turn in range(rounds)
        for worker in range(workers)
    ]


def traffic(sent: int = 0, returned: int = 0, **more: Any) -> Traffic:
    """Return passages of two workers whose values took half a second each to pickle."""
    passages = (
        Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.5, 1.0, 0.0, 0.0, sent, returned),
        Passage(1, -1.0, -1.0, 0.0, 0.0, 0.0, 0.5, 1.0, 0.0, 0.0, sent, returned),
    )
    return Traffic(passages, **more)


def passages(**more: Any) -> Traffic:
    """Return passages in which nothing but tasks took time, for a second."""
    one = Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0)._replace(**more)
    return Traffic((one, one._replace(worker=1)))


PLANTED = [
    (run_of(even(0.5, 0.25), 2.0, backend="thread"), "gil", "`-b pool`: about 2.00× faster"),
    (run_of(even(0.25, 0.0), 1.0), "waiting", "`-b thread -w 8`: about 250 ms"),
    (
        run_of(
            even(0.001, 0.001, at=0.496),
            0.5,
            traffic=Traffic(
                tuple(Passage(lane, -1.0, -1.0, 0.496, 0.496, 0.496, 0.5, 0.5) for lane in range(2))
            ),
        ),
        "short",
        "stay serial (`-b serial`): about 6",
    ),
    (
        run_of([(0, 0.0, 0.1, 0.1), (1, 0.0, 1.0, 1.0)], 1.0),
        "span",
        "the longest task takes 1 s of 1 s",
    ),
    (
        run_of([*even(0.4, 0.4, 1), (0, 0.4, 0.8, 0.4)], 0.8),
        "imbalance",
        "workers waited 25 % of the time for others to end",
    ),
    (
        run_of(even(0.5, 0.5, 2, at=0.5), 1.5, backend="process"),
        "processes",
        "costs 33 %: use `-b pool`: about 1.50× faster",
    ),
    (run_of(even(0.5, 0.5, 2, at=0.5), 1.5), "start-up", "33 %: run it again, or measure"),
    (
        run_of(even(0.5, 0.5, 1), 1.0, traffic=traffic(returned=400_000_000)),
        "results",
        "results of 800 MB cost 50 %: return less",
    ),
    (
        run_of(even(0.5, 0.5, 1), 1.0, traffic=traffic(sent=400_000_000)),
        "items",
        "items of 800 MB cost 50 %: send less",
    ),
    (
        run_of(
            even(0.5, 0.5, 1),
            1.0,
            backend="process",
            traffic=traffic(sent=400_000_000, needs=400_000_000),
        ),
        "needs",
        "data of 800 MB in all are sent to a new process for each of 2 tasks and cost 50 %",
    ),
    (
        run_of(
            [(0, 1.0, 1.6, 0.6), (1, 1.0, 1.5, 0.5)],
            1.6,
            backend="thread",
            traffic=Traffic(reading=(Stretch(0.0, 1.0),)),
        ),
        "starvation",
        "workers waited 62 % of the time for the next item",
    ),
    (
        run_of(
            [(0, 1.0, 1.6, 0.6), (1, 1.0, 1.5, 0.5)],
            1.6,
            traffic=Traffic(
                tuple(
                    Passage(lane, -1.0, -1.0, 1.0, 1.0, 1.0, end, end)
                    for lane, end in ((0, 1.6), (1, 1.5))
                ),
                unfolds=True,
            ),
        ),
        "queue",
        "for tasks that others add",
    ),
    (run_of(even(1.0, 0.5, 2, 4), 2.0, workers=4), "workers", "use `-w 2`"),
    (
        run_of(even(1.0, 1.0, 1), 1.0, threads=4, traffic=passages(aside=0.5)),
        "blas",
        "2 workers with 4 threads of a numerical library each share 2 processors",
    ),
    (run_of(even(1.0, 1.0, 1), 1.0, serial=1.2), "memory bandwidth", "40 % longer beside others"),
    (run_of(even(1.0, 1.0, 1), 1.0, memory=0.95), "memory", "95 % of the memory is in use"),
    (
        run_of(even(1.0, 1.0, 1), 1.0, rounds=(1.0, 1.0, 1.5)),
        "noise",
        "the rounds differ by 50 %",
    ),
    (
        run_of(
            [
                (lane, turn * 3e-4, turn * 3e-4 + 2e-4, 2e-4)
                for turn in range(500)
                for lane in range(2)
            ],
            0.15,
        ),
        "grain",
        "so short that giving them out costs 33 %",
    ),
]


@pytest.mark.parametrize(("run", "cause", "said"), PLANTED, ids=[row[1] for row in PLANTED])
def test_what_cost_most_is_named_first(run: Run, cause: str, said: str) -> None:
    """With the remedy, and a number."""
    assert run.advice[0].cause == cause, run.advice
    assert said in next(iter(advice_lines(run)))
    assert len(run.advice) <= 3


@pytest.mark.parametrize(
    "run",
    [
        run_of(even(0.5, 0.5), 2.02),
        run_of(even(0.5, 0.5), 2.02, backend="thread", gil=False),
        run_of(even(0.5, 0.0, 1, 8), 0.52, backend="thread", workers=8),
        run_of(even(0.5, 0.5, workers=1), 2.0, backend="serial", workers=1),
        run_of(even(0.001, 0.001, 2), 0.01),
        run_of([], 0.1),
        run_of(even(0.5, 0.0), 4.0, error=KeyboardInterrupt()),
    ],
    ids=["even", "no GIL", "waiting together", "serial", "too short to matter", "none", "stopped"],
)
def test_a_run_with_nothing_to_gain_gets_no_advice(run: Run) -> None:
    """Nor does one that was interrupted."""
    assert run.advice == ()


def test_waiting_for_a_processor_is_not_taken_for_waiting() -> None:
    """Tasks that another program kept from the processors would compute if they could."""
    busy = run_of(even(1.0, 0.1, 1, 2), 1.0, traffic=passages(delayed=0.9))

    assert "waiting" not in [one.cause for one in busy.advice]


def test_advice_is_shown_below_the_headline_and_kept_in_the_run(notebook: Notebook) -> None:
    """In its text, in HTML and below the cell; -q hides it."""
    notebook.do("import time\ndef nap(x):\n    time.sleep(0.1)")

    notebook.do("%pmap -q -w 2 nap range(2);")
    reply = notebook.do("%pmap -w 2 -o run nap range(8);")

    assert "`-b thread -w 8`" in reply.stdout
    assert notebook.get("[one.cause for one in run.advice]")[0] == "waiting"
    assert notebook.get("str(run)").splitlines() == reply.stdout.splitlines()
    assert "can wait together" in notebook.get("run._repr_html_()")
    assert notebook.do("%pmap -q -w 2 nap range(8);").stdout == ""


def test_sizes_are_said_with_three_digits_at_most() -> None:
    """In the units of storage."""
    assert [size(n) for n in (0, 999, 12_345, 800e6, 1.5e9)] == [
        "0 bytes",
        "999 bytes",
        "12.3 kB",
        "800 MB",
        "1.5 GB",
    ]


def test_tasks_that_had_to_wait_for_a_processor_are_not_called_short() -> None:
    """Other programs had it: giving tasks out cost nothing, and serially they would wait too."""
    run = run_of(even(0.25, 0.11), 1.0, traffic=passages(delayed=0.55))

    assert run.work == pytest.approx(0.9)
    assert "short" not in [one.cause for one in run.advice]
