"""What a run took: its serial baseline is never flattering, and its record is complete."""

from __future__ import annotations

import dataclasses
import json
import pickle
import time
from typing import TYPE_CHECKING, Any

import pytest

from parmagic import pmap
from parmagic.measure import baseline, tally
from parmagic.measure.baseline import Baseline, estimate
from parmagic.measure.doubt import COLD
from parmagic.measure.elsewhere import elsewhere
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.task import PENDING, Task, error_text
from parmagic.measure.traffic import Passage, Stretch, Traffic
from parmagic.show.headline import basis_explained, headline
from runs import run_with

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

pytestmark = pytest.mark.usefixtures("exact_clocks")


def run_of(clocks: Sequence[tuple[int, float, float, float | None]], **more: Any) -> Run:
    """Build a run from each task's worker, start, end and CPU seconds."""
    tasks = [Task(index, "f(x)", *clock) for index, clock in enumerate(clocks)]
    elapsed = max((task.finished or 0.0 for task in tasks), default=0.0)
    return run_with(tasks, **{"elapsed": elapsed} | more)


SLEEPING = [(worker, float(at), at + 1.0, 0.0) for at in range(4) for worker in range(2)]
COMPUTING = [(worker, float(at), at + 1.0, 0.5) for at in range(4) for worker in range(2)]


def test_processes_on_their_own_processors_are_summed() -> None:
    """Where nobody competes, serial time is the sum of the tasks' times."""
    assert estimate(run_of(COMPUTING)) == Baseline(8.0, 8.0, "estimated")


def test_threads_that_sleep_are_exact() -> None:
    """Sleeping tasks leave the processor alone, so their wall time is their own."""
    bound = estimate(run_of(SLEEPING, backend="thread"))

    assert bound == Baseline(8.0, 8.0, "estimated")
    assert bound.exact


def test_threads_that_compute_are_bounded_from_below_by_about_the_elapsed_time() -> None:
    """Under the GIL two computing threads may have done no more than one would have."""
    run = run_of(COMPUTING, backend="thread")

    assert (estimate(run).low, estimate(run).high) == (4.0, 8.0)
    assert not run.baseline.exact
    assert run.work == 4.0


def test_a_thread_may_have_waited_for_what_another_computed_between_its_tasks() -> None:
    """It has the GIL there as well: in no task, but others stand still in theirs."""
    clocks = [(0, 0.0, 5.0, 0.4), *((1, at * 0.5, at * 0.5 + 0.4, 0.4) for at in range(10))]

    def low(**more: Any) -> float:
        return estimate(run_of(clocks, backend="thread", traffic=Traffic(**more))).low

    assert low() == pytest.approx(5.0)  # the first can have waited for the others' 4 s at most
    assert low(spent=4.8) == pytest.approx(4.6)  # and for 0.4 s that were in none of these
    assert low(spent=9.0) == pytest.approx(4.4)
    assert low(spent=9.0, aside=4.6) == pytest.approx(5.0)  # what is no thread's of ours
    more: dict[str, Any] = {"backend": "thread", "traffic": Traffic(spent=9.0)}
    alone, library = (run_of(clocks, serial_threads=n, **more).baseline for n in (1, 4))
    assert library.low <= alone.low  # a library makes no doubt smaller


def test_taking_turns_may_have_cost_an_eighth_of_the_processor_time() -> None:
    """Alone, each has its caches for itself: the bound counts that, the work does not."""
    run = run_of(COMPUTING, backend="thread")

    assert run.baseline == Baseline(3.5, 8.0, "estimated", ("turns",))
    assert (run.speedup, run.work) == (0.875, 4.0)
    four = run_of([(lane, 0.0, 2.0, 0.5) for lane in range(4)], backend="thread", workers=4)
    assert four.baseline == Baseline(1.75, 8.0, "estimated", ("turns",))


def once(*, first: int = 0, second: float = 3.0) -> list[tuple[int, float, float, float | None]]:
    """Two workers whose first tasks take three seconds, and the others one."""
    clocks = [(0, 0.0, 3.0, 3.0), (1, 0.0, second, second)]
    later = [(worker, at, at + 1.0, 1.0) for at in (3.0, 4.0) for worker in (0, 1)]
    return [*later[:first], *clocks, *later[first:]]


def test_what_each_worker_may_do_once_is_done_by_one_serially() -> None:
    """Its first task takes longer than the others, which may use again what it has loaded."""
    run = run_of(once())

    assert run.baseline == Baseline(8.0, 10.0, "estimated", ("once",))
    assert run_of(once(second=2.5)).baseline.low == 8.0  # the longest of them is not in doubt


@pytest.mark.parametrize(
    ("clocks", "backend"),
    [
        (once(second=1.45), "pool"),  # only one of them: a long task
        (once(first=2), "pool"),  # the last ones, given out first as they are known to be long
        (once(), "thread"),  # which share what they load
        (once()[:2], "pool"),  # there is nothing to compare them with
    ],
)
def test_other_long_tasks_are_as_long_serially(clocks: Any, backend: str) -> None:
    """A bound needs a reason."""
    assert "once" not in run_of(clocks, backend=backend).baseline.why


def test_a_task_that_calls_another_function_says_nothing_of_a_first_one() -> None:
    """As in a cell in parallel: two that take long, and then one that needs what both return."""
    tasks = [
        Task(index, f"{'combine' if index > 1 else 'load'}({index})", *clock)
        for index, clock in enumerate(once())
    ]

    assert run_with(tasks, elapsed=5.0).baseline == Baseline(10.0, 10.0, "estimated")


def test_threads_without_a_gil_are_summed() -> None:
    """Without the GIL threads on their own processors do not compete."""
    assert estimate(run_of(COMPUTING, backend="thread", gil=False)).exact


def test_one_thread_alone_is_exact() -> None:
    """A single worker has nobody to wait for."""
    alone = [clock for clock in COMPUTING if clock[0] == 0]

    assert estimate(run_of(alone, backend="thread", workers=1)) == Baseline(4.0, 4.0, "estimated")


def test_more_workers_than_processors_are_bounded() -> None:
    """Four processes on two processors may each have waited half of their time."""
    clocks = [(worker, 0.0, 2.0, 1.0) for worker in range(4)]

    bound = estimate(run_of(clocks, workers=4, cpus=2))

    assert (bound.low, bound.high) == (4.0, 8.0)
    beside = run_of(clocks, workers=4, cpus=2, traffic=Traffic(spent=3.0))
    assert estimate(beside) == bound  # the notebook computes meanwhile, and in no worker


def test_code_that_releases_the_gil_is_exact() -> None:
    """CPU time that overlaps was certainly used: an array library really ran in parallel."""
    clocks = [(worker, float(at), at + 1.0, 1.0) for at in range(4) for worker in range(2)]

    assert estimate(run_of(clocks, backend="thread")).low == 8.0


def test_a_computing_task_takes_no_more_from_a_sleeper_than_it_used() -> None:
    """A sleeper beside a task that computed 0.1 s waited for it at most 0.1 s."""
    clocks = [(0, 0.0, 10.0, 0.0), (1, 0.0, 5.0, 0.1)]

    bound = estimate(run_of(clocks, backend="thread"))

    assert bound.low == pytest.approx(10.0 - 0.1 + 5.0)
    assert bound.exact


def test_a_sleeper_waits_only_for_what_was_computed_beside_it() -> None:
    """Of two seconds of computing, it had begun before the second."""
    clocks = [(0, 0.0, 2.0, 2.0), (1, 1.0, 5.0, 0.0)]

    assert estimate(run_of(clocks, backend="thread")).low == 2.0 + 3.0
    later = [(0, 0.0, 1.0, 0.0), (1, 0.5, 5.0, 0.1), (1, 5.0, 10.0, 5.0)]
    assert estimate(run_of(later, backend="thread")).low == pytest.approx(1.0 - 0.1 + 9.5)


def test_an_unknown_cpu_time_may_have_been_anything() -> None:
    """Without CPU clocks a thread is taken to have held the GIL, and to have used none of it."""
    clocks = [(0, 0.0, 1.0, None), (1, 0.0, 1.0, None)]

    assert estimate(run_of(clocks, backend="thread")).low == 0.0


def test_more_cpu_than_wall_time_is_not_added() -> None:
    """A task with threads of its own takes its wall time when it runs alone."""
    clocks = [(0, 0.0, 1.0, 5.0), (1, 0.0, 1.0, 0.0)]

    assert estimate(run_of(clocks, cpus=1)).low == 1.0
    assert run_of(clocks).computed == 1.0


def test_many_tasks_are_bounded_by_their_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound for many tasks is as valid as the one that looks at each pair."""
    unlike = [(0, 0.0, 10.0, 0.0), (1, 0.0, 1.0, 1.0), (1, 1.0, 10.0, 0.5)]
    runs = [run_of(clocks, backend="thread") for clocks in (SLEEPING, COMPUTING, unlike)]
    pairwise = [estimate(run).low for run in runs]
    monkeypatch.setattr(baseline, "MOST_PAIRS", 0)

    summed = [estimate(run).low for run in runs]

    assert summed[:2] == pairwise[:2] == [8.0, 4.0]
    assert 1.5 < summed[2] <= pairwise[2] <= 20.0


def test_tasks_that_were_never_reached_count_nothing() -> None:
    """Of an interrupted run only what finished is summed."""
    tasks = [Task(0, "f(x)", 0, 0.0, 1.0, 1.0), Task(1, "f(x)", 1, 0.5), Task(2, "f(x)")]

    run = dataclasses.replace(run_of(SLEEPING, backend="thread"), tasks=tasks)

    assert run.baseline == Baseline(1.0, 1.0, "estimated")
    assert (run.finished, run.failed, run.complete) == (1, 0, False)


def test_a_measured_serial_time_is_preferred() -> None:
    """What was measured needs no estimate, however the clocks overlap."""
    run = run_of(COMPUTING, backend="thread", serial=3.0, elapsed=1.5)

    assert run.baseline == Baseline(3.0, 3.0, "measured")
    assert (run.speedup, run.efficiency) == (2.0, 1.0)


def test_the_notebook_s_own_time_belongs_to_the_baseline_but_not_to_the_work() -> None:
    """What a cell runs between its tasks, it would run serially as well."""
    run = run_of(SLEEPING, between=2.0)

    assert run.baseline == Baseline(10.0, 10.0, "estimated")
    assert run.work == 8.0


def test_a_run_says_its_span_and_what_failed() -> None:
    """The longest task bounds every speed-up; the first failure is by the order of the input."""
    error = ValueError("no")
    tasks = [Task(0, "f", 0, 0.0, 1.0, 0.1), Task(1, "f", 1, 0.0, 3.0, 0.1, error=error)]

    run = dataclasses.replace(run_of([]), tasks=tasks, values=[1, error])

    assert (run.span, run.busy, run.latest) == (3.0, 4.0, 3.0)
    assert run.first_failed is tasks[1]


def test_an_empty_run_has_no_speed_up() -> None:
    """No tasks and no time are no division by zero."""
    run = run_of([])

    assert (run.speedup, run.span, run.work, run.complete) == (1.0, 0.0, 0.0, True)


def test_to_dict_leaves_out_only_what_it_says() -> None:
    """The times of the rounds, the runs of a sweep and the notes are in it as well."""
    one = run_of(SLEEPING)
    run = dataclasses.replace(one, rounds=(1.0, 2.0), sweep=(one,), remarks=("copied",))

    said = json.loads(json.dumps(run.to_dict()))

    every = {field.name for field in dataclasses.fields(Run)}
    assert every - {*said} == {"values", "traffic", "modules"}
    assert (said["rounds"], said["remarks"]) == ([1.0, 2.0], ["copied"])
    assert said["sweep"][0]["elapsed"] == one.elapsed


def test_to_dict_is_json_with_every_number() -> None:
    """Everything that was measured survives JSON; the values, which may be anything, stay out."""
    failed = Task(1, "f(0)", 1, 0.0, 1.0, 0.5, error=ZeroDivisionError("division by zero"))
    other = run_of(SLEEPING, backend="thread")
    run = dataclasses.replace(
        run_of([(0, 0.0, 1.0, 0.5)]), error=failed.error, others=(other,), cell="In[4]"
    )
    run = dataclasses.replace(run, tasks=[*run.tasks, failed], values=[object(), failed.error])

    said = json.loads(json.dumps(run.to_dict()))

    assert said["error"] == said["tasks"][1]["error"] == "ZeroDivisionError: division by zero"
    assert said["tasks"][0] == {
        "index": 0,
        "label": "f(x)",
        "worker": 0,
        "started": 0.0,
        "finished": 1.0,
        "duration": 1.0,
        "cpu": 0.5,
        "error": None,
        "stdout": "",
        "parent": None,
    }
    assert said["baseline"] == {"low": 2.0, "high": 2.0, "kind": "estimated", "why": []}
    assert (said["speedup"], said["efficiency"], said["span"]) == (2.0, 1.0, 1.0)
    assert said["others"][0]["backend"] == "thread"
    assert "values" not in said


def test_numbers_are_computed_once() -> None:
    """Tasks may be made when they are asked for, a million of them: they are read once for each."""

    class Counted(list[Task]):
        readings = 0

        def __iter__(self) -> Any:
            Counted.readings += 1
            return super().__iter__()

    run = dataclasses.replace(run_of([]), tasks=Counted(run_of(SLEEPING).tasks))
    assert (run.speedup > 0, run.span, run.finished, str(run) != "") == (True, 1.0, 8, True)
    once = Counted.readings
    assert (run.speedup > 0, run.span, run.finished, str(run) != "") == (True, 1.0, 8, True)

    assert once == Counted.readings


def test_a_run_is_frozen_and_equal_only_to_itself() -> None:
    """Runs hold arrays and the like, which cannot be compared or hashed: a run is what it is."""
    run = run_of(SLEEPING)

    assert run == run  # noqa: PLR0124 - the point
    assert run != run_of(SLEEPING)
    assert len({run, run}) == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.elapsed = 0.0  # type: ignore[misc]


def test_pending_is_itself_after_a_pickle_and_is_false() -> None:
    """`is` holds for a PENDING that has travelled."""
    assert pickle.loads(pickle.dumps(PENDING)) is PENDING
    assert not PENDING
    assert f"{PENDING}" == "PENDING"
    assert repr(PENDING) == "PENDING"


def test_an_error_s_text_is_the_last_line_of_its_traceback() -> None:
    """Class and message; an exception whose text cannot be had is named alone."""

    class Mute(Exception):  # noqa: N818 - a user's own name
        def __str__(self) -> str:
            raise ValueError

    assert error_text(KeyError("a")) == "KeyError: 'a'"
    assert error_text(KeyboardInterrupt()) == "KeyboardInterrupt"
    assert error_text(Mute()).endswith("Mute")


def test_waiting_for_a_processor_is_no_serial_time() -> None:
    """What the system counted of it is left out, down to what the tasks computed."""
    passed = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0)

    def estimated(delayed: float) -> Baseline:
        traffic = Traffic((passed._replace(delayed=delayed), passed._replace(worker=1)))
        return estimate(run_of(COMPUTING, traffic=traffic))

    assert estimated(0.0) == Baseline(8.0, 8.0, "estimated")
    assert estimated(2.5) == Baseline(5.5, 5.5, "estimated")
    assert estimated(10.0) == Baseline(4.0, 4.0, "estimated")


def test_waiting_for_a_processor_between_tasks_may_be_left_out_of_none_of_them() -> None:
    """Of 30 ms, in which it had a task that slept for 10 ms, a worker waited 15: nobody knows when.

    Though it may be the run itself that had the processor then.
    """
    passed = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.03, 0.03, delayed=0.015)
    traffic = Traffic((passed, passed._replace(worker=1)), spent=1.0)
    clocks = [(worker, 0.01, 0.02, 0.0) for worker in range(2)]

    bound = run_of(clocks, traffic=traffic, elapsed=0.03).baseline

    assert (bound.low, bound.why) == (0.0, ("busy",))
    assert bound.high == pytest.approx(0.02)


def test_reading_the_clocks_of_the_shortest_tasks_is_not_certain_to_be_work() -> None:
    """Threads read them for each task: of ten thousand empty ones that is a good part."""
    short = [(i % 2, i * 2e-6, i * 2e-6 + 2e-6, 2e-6) for i in range(10_000)]

    bound = estimate(run_of(short, backend="thread"))

    assert bound.high == pytest.approx(0.02)
    assert bound.low == pytest.approx(0.01)
    shorter = [(i % 2, i * 5e-7, i * 5e-7 + 5e-7, 5e-7) for i in range(10_000)]
    assert estimate(run_of(shorter, backend="thread")).low == pytest.approx(0.0005)  # not nothing


def test_threads_may_have_waited_for_other_programs() -> None:
    """In a task, or between two: serial time is less by no more than what they did not compute.

    And a plain loop may wait longer than they did.
    """
    clocks = [(worker, float(at), at + 1.0, 1.0) for at in range(4) for worker in range(2)]

    def bound(tasks: Any, delayed: float) -> Baseline:
        return run_of(tasks, backend="thread", gil=False, traffic=Traffic(delayed=delayed)).baseline

    assert bound(COMPUTING, 1.0) == Baseline(7.0, 8.5, "estimated", ("busy",))
    assert bound(COMPUTING, 10.0).low == 4.0
    assert bound(clocks, 1.0) == Baseline(8.0, 9.5, "estimated", ("busy",))


def delayed(by: float, *, workers: int = 2, **more: Any) -> Run:
    """Build a run whose workers each waited so long for a processor, in tasks that compute."""
    clocks = [(worker, float(at), at + 1.0, 0.5) for at in range(4) for worker in range(workers)]
    one = Passage(0, -2.0, -1.0, 0.0, 0.0, 0.0, 4.0, 4.0, delayed=by)
    passed = tuple(one._replace(worker=lane) for lane in range(workers))
    return run_of(clocks, traffic=Traffic(passed, **more), workers=workers)


def test_a_plain_loop_might_have_waited_for_other_programs_as_well() -> None:
    """Nobody knows how long: the serial time is a bound, from without that to half as much again.

    A loop never sleeps, so other programs are put before it more often than before a worker. Where
    that waited, in a task or between two, is no matter.
    """
    run = delayed(2.0)

    assert run.baseline == Baseline(4.0, 10.0, "estimated", ("busy",))
    assert delayed(3.0).baseline.high == 4.0 + 1.5 * 6.0
    assert (run.work, run.speedup) == (4.0, 1.0)
    assert "other programs" in basis_explained(run)
    assert "about the same as serial, at most 2.50× faster" in headline(run)


def test_waiting_that_a_run_can_have_caused_itself_is_no_serial_time() -> None:
    """By the notebook's own use of a processor, by a library's threads, by too many workers."""
    assert delayed(2.0, spent=4.0).baseline == Baseline(4.0, 4.0, "estimated")
    assert delayed(2.0, spent=1.0).baseline == Baseline(4.0, 8.5, "estimated", ("busy",))
    assert delayed(2.0, aside=4.0).baseline.exact
    assert dataclasses.replace(delayed(2.0, spent=1.0), cpus=4).baseline.high == 8.5
    assert delayed(2.0, workers=4).baseline == Baseline(8.0, 8.0, "estimated")
    assert elsewhere(delayed(3.0, workers=4, spent=1.0)) == 2.0  # two waited for each second
    starting = [one._replace(born=1.0, ready=1.5) for one in delayed(2.0).traffic.passages]
    assert elsewhere(dataclasses.replace(delayed(2.0), traffic=Traffic((*starting,)))) == 3.0
    assert delayed(0.05).baseline.exact


def test_what_ran_in_the_notebook_itself_is_not_counted_twice() -> None:
    """The processor time of its process is also that of tasks on threads."""
    clocks = [(worker, float(at), at + 1.0, 0.5) for at in range(4) for worker in range(2)]
    more: dict[str, Any] = {"backend": "thread", "gil": False}

    run = run_of(clocks, traffic=Traffic(delayed=1.0, spent=4.0), **more)

    assert run.baseline == Baseline(7.0, 8.5, "estimated", ("busy",))
    assert elsewhere(run) == 1.0


def passed(**more: Any) -> Traffic:
    """Build what passed to two workers, which each ran tasks for four seconds."""
    one = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0, **more)
    return Traffic((one, one._replace(worker=1)))


def test_a_library_that_has_more_threads_serially_may_be_faster_there() -> None:
    """As many times as it has threads, while it computes; waiting stays as long."""
    more: dict[str, Any] = {"start_method": "spawn", "serial_threads": 4}

    assert run_of(COMPUTING, **more).baseline == Baseline(5.0, 8.0, "estimated", ("library",))
    assert run_of(COMPUTING, threads=2, **more).baseline.low == 6.0
    for threads in (4, 8):
        same = run_of(COMPUTING, threads=threads, **more)
        assert same.baseline == Baseline(8.0, 8.0, "estimated")
    assert run_of(SLEEPING, **more).baseline.exact
    assert run_of(COMPUTING, **more).work == 8.0


def test_a_library_makes_no_time_less_than_none() -> None:
    """Of the shortest tasks, reading their clocks has been left out before."""
    tiny = [(at % 4, at * 1e-6, at * 1e-6 + 1e-6, 1e-6) for at in range(8)]
    more: dict[str, Any] = {"start_method": "spawn", "serial_threads": 4, "workers": 4}

    bound = run_of(tiny, cpus=1, **more).baseline

    assert 0.0 <= bound.low < bound.high


def test_threads_share_the_threads_of_a_library() -> None:
    """Two that call it at once take together what one after the other would, and no more."""
    clocks = [(worker, float(at), at + 1.0, 1.0) for at in range(4) for worker in range(2)]

    run = run_of(clocks, backend="thread", serial_threads=4)

    assert run.baseline == Baseline(4.0, 8.0, "estimated", ("library",))
    assert run_of(SLEEPING, backend="thread", serial_threads=4).baseline.exact
    assert run_of(clocks[::2], backend="thread", workers=1, serial_threads=4).baseline.exact


def test_memory_that_new_processes_are_given_is_not_certain_to_be_work() -> None:
    """A page takes up to 4 µs, but those of values are new serially, too; caches up to 3 ms."""

    def bound(**more: Any) -> Baseline:
        return run_of(COMPUTING, traffic=passed(new=True, **more)).baseline

    assert bound(faults=250_000).why == ("new",)
    assert 6.0 - 2 * COLD <= bound(faults=250_000).low < 6.0
    assert bound(faults=250_000, returned=250_000 * 4096).low == pytest.approx(8.0, abs=0.01)
    assert bound(faults=10_000).exact
    assert bound(faults=10_000).why == ()
    assert bound(faults=10**9).low == pytest.approx(0.8)
    one, other = passed(new=True).passages
    run = run_of(COMPUTING, traffic=Traffic((one._replace(faults=10**9), other)))
    assert run.baseline.low == pytest.approx(8.0 - 0.9 * 4.0, abs=0.01)  # nothing of the other's


def test_memory_that_warm_workers_are_given_beside_each_other_is_not_certain_to_be_work() -> None:
    """They wait for each other in the system: up to 1 µs a page, but for those of values."""

    def bound(**more: Any) -> Baseline:
        workers = more.pop("workers", 2)
        return run_of(COMPUTING, traffic=passed(**more), workers=workers).baseline

    assert bound(faults=500_000) == Baseline(7.0, 8.0, "estimated", ("memory",))
    assert bound(faults=500_000, returned=500_000 * 4096).low == 8.0
    assert bound(faults=500_000, workers=1).low == 8.0
    assert bound(faults=100_000).exact


def test_handing_the_gil_over_is_not_certain_to_be_work() -> None:
    """Each time a thread waits for it costs up to 22 µs of processor time, and no loop pays that.

    Nor does a thread that is alone; and what waits without computing has used nothing for it.
    """
    taking_turns = [(worker, float(at), at + 1.0, 0.5) for at in range(4) for worker in range(2)]
    more: dict[str, Any] = {"backend": "thread", "traffic": Traffic(waits=50_000)}

    usual = run_of(taking_turns, backend="thread").baseline
    bound = run_of(taking_turns, **more).baseline

    assert bound.high == usual.high
    assert bound.low == pytest.approx(usual.low - 1.1)
    assert bound.why == ("turns",)
    assert run_of(SLEEPING, **more).baseline.exact
    alone = run_of(taking_turns[::2], workers=1, backend="thread", traffic=Traffic(waits=50_000))
    assert alone.baseline.exact


def test_memory_that_threads_are_given_beside_each_other_is_not_certain_to_be_work() -> None:
    """That of values that are kept is given for them all, and may take longer."""

    def bound(**more: Any) -> Baseline:
        traffic = Traffic(**more)
        return run_of(COMPUTING, backend="thread", gil=False, traffic=traffic).baseline

    assert bound(faults=1_000_000) == Baseline(7.0, 8.0, "estimated", ("memory",))
    assert bound(faults=1_000_000, spent=4.0).low == 7.0
    assert bound(faults=4_000_000, spent=16.0).low == 7.0  # ours between the tasks: three quarters
    assert bound(kept=2_000_000_000, faults=2_000_000_000 // 4096).low == 7.0
    assert bound(faults=100_000).exact


def test_a_short_task_in_a_process_of_its_own_is_slower_than_serially_if_it_computes() -> None:
    """Its caches are empty: that is a large part of a short task, and nothing of one that waits."""
    spells = [(0, at / 50, at / 50 + 0.02) for at in range(10)]
    one = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.02, 0.02, new=True)
    more: dict[str, Any] = {"backend": "process", "traffic": Traffic((one,) * 10)}

    run = run_of([(*spell, 0.02) for spell in spells], **more)
    waiting = run_of([(*spell, 0.0) for spell in spells], **more)

    assert run.baseline.low == pytest.approx(10 * (0.02 - COLD))
    assert run.baseline.why == ("new",)
    assert waiting.baseline.exact


def test_values_that_are_kept_need_memory_that_workers_do_not() -> None:
    """A worker sends a value away, and has its memory for the next one."""
    run = run_of(COMPUTING, traffic=passed(returned=2 * 10**9))

    assert run.baseline == Baseline(8.0, 10.0, "estimated", ("kept",))
    assert run.speedup == 2.0
    assert run_of(COMPUTING, traffic=passed(returned=10**8)).baseline.exact


def test_values_of_threads_are_kept_in_memory_that_may_be_at_hand() -> None:
    """From an earlier run: a plain loop may be given new memory, and nothing counts their bytes."""
    run = run_of(SLEEPING, backend="thread", traffic=Traffic(kept=2 * 10**9))

    assert run.baseline == Baseline(8.0, 9.0, "estimated", ("kept",))
    arrays = pmap(bytearray, [1_000_000] * 3, backend="thread")
    assert arrays.traffic.kept == 3_000_000
    many = pmap(bytes, [1] * 2500, backend="thread")
    assert many.traffic.kept == pytest.approx(2500, rel=0.01)
    assert pmap(str, [1], backend="thread").traffic.kept == 0


def test_going_from_one_tiny_task_to_the_next_may_be_slower_than_a_plain_loop() -> None:
    """Of a million tasks timed together, up to 50 ms of 200 ms may be ours."""
    records = Records(0.0, "f(x)")
    records.reserve(2 * 10**6)
    for worker in range(2):
        first, values = worker * 10**6, [None] * 10**6
        records.finish(first, values, worker, (0.0, 0.2, 0.2))

    run = dataclasses.replace(run_of(COMPUTING), tasks=records.tasks())

    assert run.baseline.low == pytest.approx(0.3)
    assert (run.baseline.high, run.baseline.why) == (0.4, ("short",))


def test_a_coarse_clock_of_the_processor_does_not_make_computing_look_like_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One with steps of 16 ms charges every eighth task of 2 ms a whole step, the others none."""
    charged = [0.016 * (at % 8 == 0) for at in range(800)]
    clocks = [(0, 0.002 * at, 0.002 * (at + 1), cpu) for at, cpu in enumerate(charged)]
    for module in (baseline, tally):
        monkeypatch.setattr(module, "CPU_TICK", 0.016)

    run = run_of(clocks, workers=2)

    assert run.computed == pytest.approx(1.6)


def test_a_joined_doubt_is_never_all_of_the_time() -> None:
    """What is in doubt for one cause is not in doubt again for another."""
    more: dict[str, Any] = {"start_method": "spawn", "serial_threads": 2}
    run = run_of(COMPUTING, traffic=passed(faults=500_000, new=True), **more)

    assert run.baseline.low == pytest.approx(3.0, abs=0.01)
    assert run.baseline.why == ("new", "library")


def read(seconds: float, clocks: Any = SLEEPING, **more: Any) -> Run:
    """Build a run in which reading the items took so long from the first second on."""
    spent = more.pop("spent", 0.0)
    stretch = Stretch(1.0, 1.0 + seconds)
    return run_of(clocks, traffic=Traffic(reading=(stretch,), spent=spent), **more)


@pytest.mark.parametrize("backend", ["pool", "thread", "serial", "interpreter"])
def test_reading_the_items_is_part_of_serial_time_and_not_of_the_work(backend: str) -> None:
    """A loop reads them between its turns; tasks that wait are in nobody's way."""
    run = read(2.0, backend=backend, workers=1 if backend == "serial" else 2)

    assert run.baseline == Baseline(10.0, 10.0, "estimated")
    assert run.work == 8.0
    assert "and of reading the items" in basis_explained(run)


def test_an_iterable_that_takes_time_does_not_make_a_faster_run_slower() -> None:
    """Tasks that are done while the next item is read save half of the time."""
    clocks = [(at % 2, 0.1 * at + 0.1, 0.1 * at + 0.2, 0.0) for at in range(10)]
    stretches = tuple(Stretch(0.1 * at, 0.1 * at + 0.1) for at in range(10))

    run = run_of(clocks, traffic=Traffic(reading=stretches))

    assert "1.82× faster than serial (2 s, estimated)" in headline(run)


def test_reading_on_threads_that_compute_may_have_waited_for_the_gil() -> None:
    """For as long as others computed meanwhile, and no longer."""
    run = read(2.0, [(0, 0.0, 4.0, 4.0), (1, 3.0, 4.0, 0.0)], backend="thread")
    sparse = read(2.0, [(0, 0.0, 4.0, 0.5), (1, 3.0, 4.0, 0.0)], backend="thread")

    assert run.baseline == Baseline(3.5, 7.0, "estimated", ("reading", "turns"))
    other = read(2.0, [(1, 0.0, 4.0, 4.0), (0, 3.0, 4.0, 0.0)], backend="thread")
    assert other.baseline == run.baseline  # whichever thread it was
    assert sparse.baseline == Baseline(5.5, 7.0, "estimated", ("turns", "reading"))


def test_tasks_on_threads_may_have_waited_for_reading_that_computes() -> None:
    """It has the GIL meanwhile; how long it computed, the processor time of the notebook says."""
    apart = [(0, 0.0, 4.0, 0.0), (1, 4.0, 5.0, 0.0)]

    assert read(2.0, apart, backend="thread", spent=2.0).baseline.low == 5.0
    busy = [(worker, float(at), at + 1.0, 1.0) for at in range(4) for worker in range(2)]
    assert read(2.0, busy, backend="thread", spent=10.0, gil=False, cpus=1).baseline.low == 8.0
    assert read(2.0, apart, backend="thread", spent=0.0).baseline.exact
    assert read(2.0, apart, backend="thread", spent=2.0, gil=False).baseline.exact


def test_reading_beside_workers_on_all_processors_waits_in_proportion_to_its_computing() -> None:
    """Three that compute on two processors are each half as long again; who sleeps is not."""
    run = read(2.0, COMPUTING, spent=2.0)

    assert run.baseline == Baseline(9.0, 10.0, "estimated", ("reading",))
    free = read(2.0, COMPUTING, spent=2.0, cpus=4)
    assert free.baseline == Baseline(10.0, 10.0, "estimated")
    alone = [clock for clock in COMPUTING if clock[0] == 0]
    serial = read(2.0, alone, backend="serial", workers=1, cpus=1, spent=4.0)
    assert serial.baseline == Baseline(6.0, 6.0, "estimated")
    assert read(2.0, COMPUTING, spent=0.1).baseline.exact


@pytest.mark.parametrize("queue", [False, True])
def test_a_run_notes_how_long_it_read_its_items(*, queue: bool) -> None:
    """Also a queue, which reads all of them first."""

    def slowly() -> Iterator[int]:
        for item in range(3):
            time.sleep(0.001)
            yield item

    run = pmap(abs, slowly(), backend="thread", workers=2, queue=queue)

    assert sum(one.end - one.start for one in run.traffic.reading) >= 0.003
    assert run.baseline.high >= run.busy + 0.003
