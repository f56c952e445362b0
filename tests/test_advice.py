"""Advice names what cost most, gives one remedy with a number, and is silent where nothing did."""

from __future__ import annotations

import itertools
import random
import sys
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

import parmagic
from parmagic.measure.causes import WAITS_UNKNOWN
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.task import Task
from parmagic.measure.traffic import Passage, Stretch, Traffic
from parmagic.show.remedy import advice_lines, doubt
from parmagic.words import size
from runs import run_with

if TYPE_CHECKING:
    from kernel import Notebook


pytestmark = pytest.mark.by_any_method  # advice is worked out in the notebook


def run_of(clocks: list[tuple[int, float, float, float]], elapsed: float, **more: Any) -> Run:
    """Build a run of two workers from each task's worker, start, end and CPU seconds."""
    tasks = [Task(index, "f(x)", *clock) for index, clock in enumerate(clocks)]
    return run_with(tasks, elapsed, **more)


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
        Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 0.5, 1.0, sent=sent, returned=returned),
        Passage(1, -1.0, -1.0, 0.0, 0.0, 0.0, 0.5, 1.0, sent=sent, returned=returned),
    )
    return Traffic(passages, **more)


def passages(**more: Any) -> Traffic:
    """Return passages in which nothing but tasks took time, for a second."""
    one = Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0)._replace(**more)
    return Traffic((one, one._replace(worker=1)))


# Tasks that are ready only after a second, as they wait for the values of others.
LATE = run_of(
    [(0, 1.0, 1.6, 0.6), (1, 1.0, 1.5, 0.5)],
    1.6,
    traffic=Traffic(
        tuple(
            Passage(lane, -1.0, -1.0, 1.0, 1.0, 1.0, end, end) for lane, end in ((0, 1.6), (1, 1.5))
        ),
        unfolds=True,
    ),
)
CROWDED = run_of(
    even(1.0, 0.5, 2, 4, at=0.4),
    2.4,
    workers=4,
    traffic=Traffic(tuple(Passage(lane, 0.0, 0.4, 0.4, 0.4, 0.4, 2.4, 2.4) for lane in range(4))),
)
PLANTED = [
    (run_of(even(0.5, 0.25), 2.0, backend="thread"), "gil", "`-b pool`: about 2.00× faster"),
    (  # what a pool of as many workers would bring, however many processors there are
        run_of(even(0.5, 0.25), 2.0, backend="thread", cpus=4),
        "gil",
        "`-b pool`: about 2.00× faster",
    ),
    (  # most of what four threads compute is to hand over the GIL
        run_of(
            even(0.5, 0.25, 4, 4), 2.0, backend="thread", workers=4, traffic=Traffic(waits=100_000)
        ),
        "gil",
        "`-b pool`: about",
    ),
    (run_of(even(0.25, 0.0), 1.0), "waiting", "`-b thread -w 8`: about 250 ms"),
    (  # what they compute takes its time
        run_of(even(0.1, 0.009, 16), 1.6),
        "waiting",
        "`-b thread -w 32`: about 288 ms",
    ),
    (
        run_of(
            even(0.001, 0.001, at=0.496),
            0.5,
            traffic=Traffic(
                tuple(Passage(lane, -1.0, -1.0, 0.496, 0.496, 0.496, 0.5, 0.5) for lane in range(2))
            ),
        ),
        "short",
        "a plain loop is about 62× faster",
    ),
    (  # waking workers between tasks is giving them out, too
        run_of([(w, t / 1e3, t / 1e3 + 1e-4, 1e-4) for t in range(100) for w in (0, 1)], 0.1),
        "short",
        "a plain loop is about 5.00× faster",
    ),
    (  # also where reading the items takes longer than the tasks, as rows of a table do
        run_of(
            [(w, t / 100, t / 100 + 1e-4, 1e-4) for t in range(50) for w in (0, 1)],
            0.5,
            traffic=Traffic(reading=tuple(Stretch(t / 100, t / 100 + 1e-3) for t in range(50))),
        ),
        "short",
        "a plain loop is about 8.33× faster",
    ),
    (  # of groups that begin late, no worker waited before
        run_of(
            even(0.001, 0.001, at=0.496),
            0.5,
            stages=(4, 4),
            traffic=Traffic(
                tuple(Passage(lane, -1.0, -1.0, 0.496, 0.496, 0.496, 0.5, 0.5) for lane in range(2))
            ),
        ),
        "short",
        "a plain loop is about 62× faster",
    ),
    (
        run_of([(0, 0.0, 0.1, 0.1), (1, 0.0, 1.0, 1.0)], 1.0),
        "span",
        "the longest task takes 1 s of 1 s",
    ),
    (
        run_of([*even(0.4, 0.4, 1), (0, 0.4, 0.8, 0.4)], 0.8),
        "imbalance",
        (
            "2 workers cannot share 3 tasks evenly, and waited 25 % of the time for others to end: "
            "4 such tasks would take as long"
        ),
    ),
    (  # also of tasks that compute for a part of their time
        run_of([*even(0.4, 0.12, 1), (0, 0.4, 0.8, 0.12)], 0.8),
        "imbalance",
        "4 such tasks would take as long",
    ),
    (
        run_of(even(0.5, 0.5, 2, at=0.5), 1.5, backend="process"),
        "processes",
        "costs 33 %: use `-b pool`: about 1.50× faster",
    ),
    (
        run_of(even(0.5, 0.5, 2, at=0.5), 1.5),
        "start-up",
        "33 %: the next finds them ready: about 1 s",
    ),
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
            even(0.5, 0.5, 1, at=0.5),
            1.0,
            traffic=passages(loaded=0.5, unpacked=0.5, given=0.5, sent=400_000_000)._replace(
                needs=400_000_000
            ),
        ),
        "globals",
        "data of 400 MB that functions read are unpickled by each of 2 workers in each run and",
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
        replace(LATE, tasks=[LATE.tasks[0], replace(LATE.tasks[1], parent=0)]),
        "queue",
        "for tasks that others add",
    ),
    (CROWDED, "workers", "4 workers compute on 2 processors: use `-w 2`: about 2.2 s"),
    (
        run_of(even(1.0, 0.5, 1, 4), 1.0, workers=4, threads=4, traffic=passages(aside=0.5)),
        "blas",
        (
            "4 workers with 4 threads of a numerical library each share 2 processors, which costs "
            "up to 88 %: set OMP_NUM_THREADS to 1 before"
        ),
    ),
    (run_of(even(1.0, 1.0, 1), 1.0, serial=1.2), "memory bandwidth", "67 % longer beside others"),
    (
        run_of(even(1.0, 1.0, 1), 1.0, serial=1.2, rounds=(1.0,) * 3),
        "memory bandwidth",
        "67 % longer beside others than alone, in 3 rounds",
    ),
    (
        run_of(even(1.0, 1.0, 1, 6), 1.0, workers=6, cpus=6, memory=0.95),
        "memory",
        "95 % of the memory is in use: use `-w 3`",
    ),
    (
        run_of(even(1.0, 1.0, 1), 1.0, rounds=(1.0, 1.0, 1.5)),
        "noise",
        (
            "the rounds differ by 50 %: end what else uses this machine, or measure longer, with "
            "`--repeat 6`"
        ),
    ),
    (
        run_of(even(1.0, 1.0, 1), 1.0, serial=2.3),
        "above",
        (
            "2 tasks at a time cannot be 2.30× as fast as one but by larger caches, more likely "
            "the serial run was slower by chance: measure again with `--repeat 3`"
        ),
    ),
    (  # which a worker has fewer of
        run_of(even(1.0, 1.0, 1), 1.0, serial=2.3, serial_threads=4, threads=2),
        "above",
        (
            "larger caches, more likely the 4 threads of a numerical library were in each other's "
            "way in the serial run: set OMP_NUM_THREADS to 1 before the notebook imports it"
        ),
    ),
    (
        run_of([*even(0.1, 0.1, 6), (0, 0.6, 1.1, 0.5)], 1.1),
        "order",
        (
            "the longest tasks came late, and workers waited 18 % of the time for them: put the "
            "longest first: about 900 ms"
        ),
    ),
    (
        run_of([*even(0.4, 0.4, 2), (0, 0.8, 1.2, 0.4)], 1.2, cpus=4),
        "imbalance",
        "to end: use `-w 3`: about 800 ms",
    ),
    (
        run_of([(0, 0.0, 0.6, 0.6), (1, 0.0, 0.4, 0.4), (1, 0.4, 0.8, 0.4)], 0.8),
        "imbalance",
        (
            "2 workers cannot share these 3 tasks evenly, and waited 13 % of the time for others "
            "to end: smaller tasks would take about 700 ms"
        ),
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
    (  # a plain loop may be faster, or not: for certain it saves less than is noticed
        run_of(
            even(4e-4, 3e-4, 100),
            0.09,
            traffic=passages(ran=0.04, packed=0.09, delayed=0.01),
        ),
        "grain",
        "so short that giving them out costs 5",
    ),
]


def test_tasks_of_a_cell_that_wait_for_each_other_are_not_told_to_be_added_earlier() -> None:
    """Nobody adds them: they wait for values that they need."""
    assert "queue" not in [one.cause for one in LATE.advice]


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
        run_of([*even(0.5, 0.5, 3), (0, 1.5, 2.0, 0.5), (1, 1.5, 1.7, 0.2)], 2.0),
        run_of(even(0.5, 0.5), 2.02, backend="thread", gil=False),
        run_of(even(0.5, 0.0, 1, 8), 0.52, backend="thread", workers=8),
        run_of(even(0.5, 0.5, workers=1), 2.0, backend="serial", workers=1),
        run_of(even(0.001, 0.001, 2), 0.01),
        run_of([], 0.1),
        run_of(even(0.5, 0.0), 4.0, error=KeyboardInterrupt()),
    ],
    ids=[
        "even",
        "nearly even",
        "no GIL",
        "waiting together",
        "serial",
        "too short to matter",
        "none",
        "stopped",
    ],
)
def test_a_run_with_nothing_to_gain_gets_no_advice(run: Run) -> None:
    """Nor does one that was interrupted."""
    assert run.advice == ()


@pytest.mark.parametrize(
    ("cpu", "last", "cause"),
    [(1.0, 1.0, None), (1.0, 1.6, "imbalance"), (0.3, 0.3, "imbalance")],
    ids=["waited for a processor", "computed for longer", "hardly computed"],
)
def test_tasks_that_compute_alike_are_not_said_to_be_shared_unevenly(
    cpu: float, last: float, cause: str | None
) -> None:
    """On a busy machine one took longer, and the next time it may be another."""
    run = run_of([*even(1.0, cpu, 1), (0, 1.0, 2.0, cpu), (1, 1.0, 2.6, last)], 2.6)

    said = {one.cause for one in run.advice} & {"imbalance", "order"}
    assert said == ({cause} if cause else set())


def test_data_that_tasks_read_as_a_global_are_not_taken_for_items() -> None:
    """They are sent once to each worker: to be told to do just that helps nobody."""
    run = run_of(even(0.5, 0.5, 1), 1.0, traffic=traffic(sent=400_000_000, needs=400_000_000))

    assert not any(one.cause == "items" for one in run.advice)


def test_waiting_for_a_processor_is_not_taken_for_waiting() -> None:
    """Tasks that another program kept from the processors would compute if they could."""
    busy = run_of(even(1.0, 0.1, 1, 2), 1.0, traffic=passages(delayed=0.9))

    assert "waiting" not in [one.cause for one in busy.advice]


def test_where_that_is_not_counted_tasks_that_compute_a_little_may_have_waited_for_it() -> None:
    """Only those that hardly compute at all would not compute if they could."""
    told = {}
    for cpu, delayed in itertools.product((0.05, 0.2), (0.0, 0.01)):
        run = run_of(even(1.0, cpu, 2), 2.0, traffic=passages(ran=2.0, delayed=delayed))
        told[cpu, delayed > 0] = "waiting" in [one.cause for one in run.advice]

    assert told == {
        (0.05, False): True,
        (0.05, True): True,
        (0.2, False): False,
        (0.2, True): True,
    }


def test_a_machine_that_is_busy_with_something_else_is_said_to_be() -> None:
    """Where tasks waited for it longer than the run itself can have made them."""
    busy = run_of(even(1.0, 0.1, 1, 2), 1.0, traffic=passages(delayed=0.9))
    moving = replace(busy, traffic=busy.traffic._replace(spent=1.8))

    assert [one.cause for one in busy.advice] == ["busy"]
    assert next(iter(advice_lines(busy))) == (
        "advice: tasks waited 90 % of the time for processors that other programs had: end what "
        "else uses this machine, or measure longer, with `--repeat 3`"
    )
    assert "busy" not in [one.cause for one in moving.advice]


def test_advice_is_shown_below_the_headline_and_kept_in_the_run(notebook: Notebook) -> None:
    """In its text, in HTML and below the cell; -q hides it."""
    notebook.do("import time\ndef nap(x):\n    time.sleep(0.3)")

    notebook.do("%pmap -q -w 2 nap range(2);")
    reply = notebook.do("%pmap -w 2 -o run nap range(8);")

    assert "`-b thread -w 8`" in reply.stdout
    assert notebook.get("[one.cause for one in run.advice]")[0] == "waiting"
    assert notebook.get("str(run)").splitlines() == reply.stdout.splitlines()
    assert "can wait together" in notebook.get("run._repr_html_()")
    assert notebook.do("%pmap -q -w 2 nap range(2);").stdout == ""


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


def test_waiting_for_other_programs_between_tasks_does_not_make_them_short() -> None:
    """A loop of 0.4 s is shorter than that, but nothing of it was the cost of giving tasks out."""
    clocks = even(0.05, 0.05, 2)

    def causes(delayed: float) -> list[str]:
        run = run_of(clocks, 1.0, serial=0.4, traffic=passages(delayed=delayed))
        return [one.cause for one in run.advice]

    assert "short" not in causes(0.9)
    assert "short" in causes(0.0)


def test_what_the_notebook_ran_between_tasks_does_not_make_them_short() -> None:
    """As a sleep in a cell: giving out tasks took no time of it."""
    clocks = [*even(0.6, 0.3, 1), *even(0.6, 0.3, 1, at=1.6)]
    run = run_of(clocks, 2.5, serial=2.1, between=1.0, traffic=passages(delayed=0.6))

    assert "short" not in [one.cause for one in run.advice]


def test_a_plain_loop_is_not_called_faster_where_it_may_be_slower() -> None:
    """The sentence above the advice gives a bound, as other programs had the processors."""
    run = run_of(even(0.09, 0.03, 3, at=0.15), 0.45, traffic=passages(delayed=0.17, sent=100))

    assert run.baseline.low < run.elapsed < run.baseline.high
    assert "short" not in [one.cause for one in run.advice]


def test_a_plain_loop_is_called_faster_by_no_more_than_it_certainly_is() -> None:
    """By the nearer end of the bound."""
    run = run_of(even(0.06, 0.03, 2, at=0.4), 0.52, traffic=passages(delayed=0.06, sent=100))

    assert 2 * run.baseline.low < run.baseline.high + 0.02 < run.elapsed
    short = next(one for one in run.advice if one.cause == "short")
    assert short.left == pytest.approx(run.baseline.high)


def test_a_plain_loop_is_called_faster_by_as_much_as_the_sentence_above_says() -> None:
    """Where it names one number, though its bounds differ a little."""
    run = run_of(even(0.06, 0.059, 2, at=0.4), 0.52, traffic=passages(delayed=0.002, sent=100))

    assert run.baseline.low < run.baseline.high
    assert run.baseline.exact
    short = next(one for one in run.advice if one.cause == "short")
    assert short.left == run.baseline.low


def test_a_serial_run_that_was_slow_by_chance_is_told_however_short_the_other_was() -> None:
    """Two threads cannot be four times as fast: it is the serial run that took too long."""
    run = run_of(even(0.0095, 0.005, 1), 0.019, backend="thread", serial=0.09)

    assert run.speedup > 4
    assert "above" in [one.cause for one in run.advice]


def test_a_picture_shows_no_speed_up_above_the_workers_without_a_doubt() -> None:
    """Also where it is only a little above: what readers see is more than there can be."""
    assert doubt(run_of(even(1.0, 1.0, 1), 1.0, serial=2.13))
    assert not doubt(run_of(even(1.0, 1.0, 1), 1.0, serial=2.05))


NAPS = even(0.1, 0.0, 3, 2)  # 6 tasks that wait
SPINS = even(0.5, 0.25)  # 8 tasks of two threads that take turns


def other(backend: str, workers: int = 2) -> Run:
    """Return a slower run of the same tasks, for a comparison or a sweep."""
    return run_of(even(1.0, 1.0), 9.0, backend=backend, workers=workers)


@pytest.mark.parametrize(
    ("run", "never"),
    [
        (run_of(SPINS, 2.0, backend="thread", others=(other("pool"),)), "gil"),
        (run_of(SPINS, 2.0, backend="thread", barred=("process", "pool")), "gil"),
        (run_of(SPINS, 2.0, backend="thread", traffic=Traffic(aside=2.0)), "gil"),
        (run_of(even(0.5, 0.35), 2.0, backend="thread"), "gil"),
        (run_of(even(0.5, 0.1), 2.0, backend="thread"), "gil"),
        (run_of(NAPS, 0.3, traffic=Traffic(unfolds=True)), "waiting"),
        (run_of(NAPS, 0.3, others=(other("thread", 6),)), "waiting"),
        (run_of(even(0.1, 0.0, 1, 6), 0.1, backend="thread", workers=6), "waiting"),
        (run_of(even(0.5, 0.5, 2, at=0.5), 1.5, backend="process", others=(other("pool"),)),
         "processes"),
        (run_of(even(1.0, 0.5, 2, 4), 2.0, workers=4), "workers"),
        (replace(CROWDED, traffic=CROWDED.traffic._replace(unfolds=True)), "workers"),
        (run_of(even(0.05, 0.05, 1, at=0.5), 0.55), "short"),
        (run_of(even(0.5, 0.5, 2, at=0.5), 1.5, rounds=(1.5, 1.5, 1.5)), "start-up"),
        (run_of(even(1.0, 1.0, 1), 1.0, rounds=(1.5, 1.0, 1.0)), "noise"),
        (run_of(even(1.0, 1.0, 1), 1.0, rounds=(1.0, 1.0, 1.15)), "noise"),
        (run_of(even(1.0, 1.0, 1), 1.0, serial=2.1), "above"),
        (run_of(even(1.0, 1.0, 1), 1.0, serial=2.3, backend="dask"), "above"),
        (
            run_of(
                [
                    (lane, at, at + took, took)
                    for at in (0.0, 0.13)
                    for lane, took in enumerate((0.1, 0.001, 0.001, 0.001))
                ],
                0.23, workers=4, cpus=4, stages=(4, 4),
            ),
            "short",
        ),
        (run_of([(0, 0.0, 0.4, 0.4), (1, 0.0, 0.4, 0.4), (0, 0.5, 0.9, 0.4)], 0.9, stages=(2, 1)),
         "imbalance"),
        (run_of(even(1e-5, 0.0, 400), 3.0), "waiting"),
    ],
    ids=[
        "a backend that was just compared",
        "a backend that cannot run the tasks",
        "threads that do compute at the same time",
        "threads that compute at the same time for a part",
        "threads that mostly wait for something else",
        "tasks that wait for each other's values",
        "threads that were just compared",
        "as many workers as tasks",
        "a pool that was just compared",
        "fewer workers that would be no faster",
        "fewer workers for tasks that wait for each other",
        "a plain loop where only starting the workers took long",
        "starting workers in a median",
        "noise where the first round warms what it runs on",
        "noise where rounds differ as they do on a quiet machine",
        "a speed-up as near to the workers as clocks can tell",
        "more than the workers of a cluster, which may be more than is said",
        "a plain loop where workers waited for the longest of their group",
        "calls that wait for an earlier statement",
        "tasks too short for clocks to tell",
    ],
)  # fmt: skip
def test_what_is_known_not_to_help_is_not_advised(run: Run, never: str) -> None:
    """It was measured, or is not to be had, or the cause is another."""
    assert never not in [one.cause for one in run.advice], list(advice_lines(run))


def test_tasks_that_must_be_in_processes_are_not_sent_to_threads() -> None:
    """With a timeout, only processes can be ended: then more of these wait together."""
    (line,) = advice_lines(run_of(NAPS, 0.3, barred=("thread", "serial")))

    assert "use `-w 6`" in line


def test_groups_of_calls_wait_together_only_with_their_own() -> None:
    """Six naps of a cell, in two groups, take as long as two."""
    (line,) = advice_lines(run_of(even(0.1, 0.0, 3, 2), 0.3, stages=(3, 3)))

    assert line.endswith("use `-b thread -w 3`: about 200 ms")


def test_no_more_workers_wait_together_than_there_are_turns_to_save() -> None:
    """Of 40 naps, 20 workers take two turns, as 32 would."""
    (line,) = advice_lines(run_of(even(0.1, 0.0, 20, 2), 2.0))

    assert line.endswith("use `-b thread -w 20`: about 200 ms")


def test_a_task_that_is_tried_again_is_one_task_that_waits() -> None:
    """Of four naps, each tried three times, no more than four can wait together."""
    records = Records(0.0, "f(x)")
    records.reserve(4)
    for task in range(4):
        lane, start = task % 2, task // 2 * 0.1
        for _ in range(2):
            records.tried(task, lane, (start, start, 0.0))
        records.finish(task, [None], lane, (start, start + 0.1, 0.0))

    (line,) = advice_lines(run_with(records.tasks(), 0.2))

    assert line.endswith("use `-b thread -w 4`: about 100 ms")


def test_options_are_written_as_where_the_run_was_asked_for() -> None:
    """In a script, as arguments."""
    (line,) = advice_lines(run_of(NAPS, 0.3, cell=None))

    assert 'use `backend="thread", workers=6`' in line


def test_options_are_written_as_arguments_where_pmap_was_called_in_a_cell() -> None:
    """A call has no options, wherever it stands."""
    (line,) = advice_lines(run_of(NAPS, 0.3, called=True))

    assert 'use `backend="thread", workers=6`' in line


def test_a_call_that_takes_longest_is_named_by_its_code() -> None:
    """Where tasks differ in that, as the statements of a cell do."""
    tasks = [Task(0, "a = f(1)", 0, 0.0, 0.1, 0.1), Task(1, "b = f(9)", 1, 0.0, 1.0, 1.0)]
    (line,) = advice_lines(run_of([], 1.0, tasks=tasks, values=[None] * 2))

    assert line.startswith("advice: `b = f(9)` takes 1 s of 1 s")


def made_up(seed: int) -> Run:
    """Make up a run of any kind, of many with several causes at once."""
    luck = random.Random(seed)  # noqa: S311 - no secret, the same each time
    workers, count = luck.choice([1, 2, 4, 16]), luck.choice([1, 2, 3, 7, 40])
    backend = luck.choice(["thread", "pool", "process"])
    each, spread, used = luck.choice([1e-5, 1e-3, 0.1, 1.0]), luck.random(), luck.random()
    workers = min(workers, count)
    start = luck.choice([0.0, 0.0, 0.5])
    ends = [start] * workers
    clocks = []
    for _ in range(count):
        lane = ends.index(min(ends))
        took = each * luck.lognormvariate(0.0, spread)
        clocks.append((lane, ends[lane], ends[lane] + took, used * took))
        ends[lane] += took + luck.choice([0.0, 0.1 * each, 0.01])
    elapsed = max(ends) + luck.choice([0.0, 0.05])
    busy = sum(end - start for _, start, end, _ in clocks)
    moved = luck.choice([0, 0, 50_000_000])
    passages = tuple(
        Passage(lane, 0.0, start, start, start, start, end, end, sent=moved, returned=moved // 2)
        for lane, end in enumerate(ends)
    )
    rounds = tuple(elapsed * luck.uniform(0.7, 1.3) for _ in range(luck.choice([0, 0, 3])))
    return run_of(
        clocks,
        elapsed,
        backend=backend,
        workers=workers,
        cpus=luck.choice([1, 2, 8]),
        serial=luck.choice([None, None, busy, busy * used]),
        memory=luck.choice([0.0, 0.0, 0.95]),
        rounds=rounds,
        stages=luck.choice([(), (), (1, count - 1) if count > 1 else ()]),
        barred=luck.choice([(), (), ("thread", "serial"), ("process", "pool")]),
        traffic=Traffic(() if backend == "thread" else passages),
    )


OPPOSED = (  # what lines of one run must not say both, by their words
    ("a plain loop", "use `-b pool`"),
    ("a plain loop", "use `-b thread"),
    ("a plain loop", "use `-w"),
    ("use `-b pool`", "use `-b thread"),
    ("no number of workers", "can wait together"),
    ("let each do more", "smaller tasks"),
    ("let each do more", "cutting it into several"),
    ("smaller tasks", "a plain loop"),
    ("longest first", "cutting it into several"),
    ("the next finds them ready", "a plain loop"),
)


@pytest.mark.parametrize("first", range(0, 4000, 500))
def test_no_two_lines_of_a_run_contradict_each_other(first: int) -> None:
    """Of thousands of runs with several causes; each line promises what is faster than the run."""
    for seed in range(first, first + 500):
        run = made_up(seed)
        lines = list(advice_lines(run))
        said = "\n".join(lines)
        assert len(lines) <= 3
        for one, opposite in OPPOSED:
            assert not (one in said and opposite in said), (seed, said)
        assert said.count("-b ") <= 1, (seed, said)
        assert said.count("-w ") <= 1, (seed, said)
        assert f"use `-b {run.backend}" not in said, (seed, said)
        assert f"-w {run.workers}`" not in said, (seed, said)
        assert not any(f"`-b {name}" in said for name in run.barred), (seed, said)
        for advice in run.advice:
            assert 0.05 < advice.cost <= 1, (seed, advice)
            assert advice.left is None or 0 < advice.left < run.elapsed, (seed, advice)


def test_what_threads_could_not_send_is_not_advised_to_be_sent(notebook: Notebook) -> None:
    """A lock of the notebook cannot be in another process; without it, a pool would be faster."""
    notebook.do("import threading\nlock = threading.Lock()")
    notebook.do(
        "def spin(n):\n    return sum(x * x for x in range(n))\n"
        "def locked(n):\n    with lock:\n        pass\n    return spin(n)"
    )

    notebook.do("%pmap -q -b thread -o free spin [2_000_000] * 4;")
    if sys.platform == "win32":  # it does not tell who waits for a processor: they seem idle
        notebook.do("from parmagic.run import barred\nbarred.COMPUTES = 0.0")
    notebook.do("%pmap -q -b thread -o bound locked [2_000_000] * 4;")

    assert notebook.get("free.barred") == ()
    assert "pool" in notebook.get("bound.barred")
    assert "gil" not in notebook.get("[one.cause for one in bound.advice]")


def test_a_timeout_bars_what_cannot_be_ended(notebook: Notebook) -> None:
    """Threads, and the notebook itself."""
    notebook.do("%pmap -q --timeout 30 -o run abs range(3);")

    assert notebook.get("run.barred") == ("thread", "serial")


def test_groups_of_a_cell_are_kept_with_how_many_tasks_each_has(notebook: Notebook) -> None:
    """One group alone is no stage."""
    notebook.do("def one(x):\n    return x")

    notebook.do("%%parallel -q -o run\na = [one(x) for x in range(3)]\nb = [one(x) for x in a[:2]]")
    assert notebook.get("run.stages") == (3, 2)
    notebook.do("%%parallel -q -o run\na = one(1)\nb = one(2)")
    assert notebook.get("run.stages") == ()


@pytest.mark.skipif(sys.platform == "win32", reason="it does not tell what programs have used")
@pytest.mark.parametrize("backend", ["thread", "pool"])
def test_tasks_that_run_programs_are_not_taken_for_waiting(
    notebook: Notebook, backend: str
) -> None:
    """The programs compute, and would be in each other's way if many ran together."""
    notebook.do(
        "import subprocess, sys\ndef program(n):\n"
        "    code = f'import time; sum(x * x for x in range({n})); print(time.process_time())'\n"
        "    command = [sys.executable, '-S', '-c', code]\n"
        "    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)"
    )

    notebook.do(f"%pmap -q -b {backend} -w 2 -o run program [3_000_000] * 6;")

    used, busy = notebook.get("[sum(run.values), run.busy]")
    aside = notebook.get("run.traffic.aside + sum(one.aside for one in run.traffic.passages)")
    assert aside > 0.8 * used
    # Of programs that hardly get a processor, as others have them, nobody can tell that they wait.
    causes = notebook.get("[one.cause for one in run.advice]")
    assert "waiting" not in causes or aside < WAITS_UNKNOWN * busy


def test_what_programs_compute_is_told_from_waiting_by_less_of_it() -> None:
    """Nobody knows how long these waited for a processor."""
    programs = {aside: run_of(NAPS, 0.3, traffic=Traffic(aside=aside)) for aside in (0.03, 0.12)}

    told = {aside: "waiting" in [a.cause for a in run.advice] for aside, run in programs.items()}
    assert told == {0.03: True, 0.12: False}


def test_what_programs_compute_is_counted_once_in_a_worker_process() -> None:
    """The clock of a task counts it there, too."""
    run = run_of(even(0.1, 0.015, 3, 2), 0.3, traffic=passages(aside=0.0425))

    assert "waiting" not in [one.cause for one in run.advice]


def test_what_cannot_be_sent_is_found_out_though_other_programs_had_the_processors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Threads that only wait for a processor would compute if they could."""

    class Waited:
        """A thread that waited for a processor all the time."""

        seconds = staticmethod(time.perf_counter)
        close = staticmethod(lambda: None)

    monkeypatch.setattr("parmagic.run.backends.thread.Delay", Waited)
    lock = threading.Lock()

    def locked(seconds: float) -> None:
        time.sleep(seconds if lock else 0)

    run = parmagic.pmap(locked, [0.05, 0.05], backend="thread", workers=2)

    assert "pool" in run.barred


@pytest.mark.parametrize(
    ("moved", "cause"),
    [
        ({"sent": 400_000_000}, "items"),
        ({"sent": 1_000_000}, "items"),
        ({"returned": 400_000_000}, "results"),
    ],
)
def test_data_that_tasks_are_given_or_return_are_named_however_short_these_are(
    moved: dict[str, int], cause: str
) -> None:
    """They could be less; what functions read beside little work is nothing to a plain loop."""
    run = run_of(even(0.001, 0.001, 1), 1.0, traffic=traffic(**moved))
    copied = passages(loaded=0.9, unpacked=0.9, ran=0.901, packed=0.901, given=0.9)
    reads = replace(run, traffic=copied._replace(needs=400_000_000))

    assert run.advice[0].cause == cause
    assert reads.advice[0].cause == "short"
