"""Forecasts: the first tasks say what the rest will take, and on which backend it is best run."""

from __future__ import annotations

import os
import re
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from kernel import LIMIT, Notebook
from parmagic import Forecast, PlanError, Run, pmap
from parmagic.measure import tally
from parmagic.measure.costs import UNKNOWN, Costs, Held, Load, elapsed
from parmagic.measure.task import Task
from parmagic.run import cpus
from parmagic.run.backend import BACKENDS
from parmagic.run.knock import FEWEST, Knock
from parmagic.run.processes import load_times
from parmagic.run.sample import MOST, TOGETHER
from parmagic.run.workers.usage import Delay
from parmagic.show.forecast import choice, forecast_lines
from runs import run_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.by_any_method  # the notebook runs the first tasks, and chooses
COSTS = Costs(processors=4, gil=True, start=0.03, first=0.0, warm=4, packed=0.001)


def forecast_of(*seconds: float, computing: float = 1.0, **more: Any) -> Forecast:
    """Build the forecast that some tasks of such lengths make, of 40 unless it is said."""
    usual: dict[str, Any] = {
        "tasks": 40,
        "ran": len(seconds),
        "done": sum(seconds),
        "seconds": seconds,
        "cpu": computing * sum(seconds),
        "sent": 10.0,
        "returned": 10.0,
        "packing": 2e-6,
        "piped": 20.0,
        "barred": "",
        "costs": COSTS,
        "asked": 4,
        "backend": "pool",
        "workers": 4,
    }
    return Forecast(**usual | more)


def chosen(forecast: Forecast) -> str:
    """Say what `auto` would choose, as it says it."""
    best = forecast.best
    return choice(replace(forecast, backend=best.backend, workers=best.workers, auto=True))


def test_work_is_what_was_run_and_the_rest_as_long() -> None:
    """With an interval around it that also noise explains; the span is the longest task."""
    forecast = forecast_of(0.02, 0.021, 0.022)

    assert forecast.work.middle == pytest.approx(40 * 0.021)
    assert forecast.work.low < 0.9 * forecast.work.middle + 0.01
    assert forecast.work.high > 1.1 * forecast.work.middle - 0.01
    assert forecast.span == 0.022


def test_the_less_tasks_are_alike_the_wider_is_the_interval() -> None:
    """One alone says least; three that differ say little; three that are alike say much."""
    widths = [
        forecast_of(*seconds).work.high / forecast_of(*seconds).work.low
        for seconds in ((0.02, 0.02, 0.02), (0.02, 0.022, 0.02), (0.02,), (0.01, 0.02, 0.03))
    ]

    assert widths == sorted(widths)
    assert widths[0] < 1.3


def test_tasks_that_grow_may_go_on_to_grow() -> None:
    """The interval holds what they come to then."""
    seconds = [0.01 * number for number in range(1, 41)]
    forecast = forecast_of(*seconds[:3])

    assert forecast.work.low < sum(seconds) < forecast.work.high
    many = forecast_of(*seconds[:3], tasks=400)
    assert many.each.high == pytest.approx(1.1 * (seconds[3] + 4.0) / 2)  # in the middle of these
    assert forecast_of(0.01, 0.04, 0.03, tasks=400).each.high < 1.0  # these do not grow


def test_what_new_processes_import_is_paid_for_by_each() -> None:
    """By each task's on `process`, by each worker's on a pool, and by none if it is warm."""
    light, heavy, cold = (
        forecast_of(0.1, 0.1, 0.1, costs=COSTS._replace(loading=loading, warm=warm))
        for loading, warm in ((0.0, 4), (0.2, 4), (0.2, 0))
    )

    assert heavy.of("process", 4).elapsed.middle > light.of("process", 4).elapsed.middle + 10 * 0.2
    assert heavy.of("pool", 4) == light.of("pool", 4)
    assert 0.2 <= cold.of("pool", 4).elapsed.middle - light.of("pool", 4).elapsed.middle < 0.4


def test_a_first_task_that_had_to_load_something_is_no_measure_of_the_others() -> None:
    """It counts once."""
    forecast = forecast_of(1.0, 0.1, 0.1)

    assert forecast.work.middle == pytest.approx(1.2 + 37 * 0.1)


@pytest.mark.parametrize(
    ("forecast", "said"),
    [
        (
            forecast_of(0.025, 0.0252, 0.0251),
            "auto: pool × 4, because 40 tasks compute for about 25.1 ms each",
        ),
        (
            forecast_of(0.1, 0.1, 0.1, computing=0.01),
            "auto: thread × 4, because 40 tasks wait for about 100 ms each",
        ),
        (
            forecast_of(*[1e-6] * 1000, tasks=20_000),
            "auto: serial, because 20,000 tasks compute for about 1 µs each",
        ),
        (
            forecast_of(0.025, 0.025, 0.025, barred="`conn` cannot be sent"),
            "and no other process can run them: `conn` cannot be sent",
        ),
        (
            forecast_of(0.025, 0.025, 0.025, costs=COSTS._replace(gil=False)),
            "auto: thread × 4, because 40 tasks compute",
        ),
        (
            forecast_of(0.025, 0.025, 0.025, tasks=None),
            "auto: pool × 4, because the tasks compute for about 25 ms each",
        ),
        (forecast_of(0.025, 0.025, 0.025, asked=1, workers=1), "auto: serial, because"),
        (
            forecast_of(0.025, 0.025, 0.025, sent=3e7, packing=0.03),  # bytes, seconds
            "auto: serial, because",
        ),
    ],
)
def test_auto_chooses_what_is_expected_to_be_fastest_and_says_why(
    forecast: Forecast, said: str
) -> None:
    """In one sentence; serial where no backend gains anything."""
    assert said in chosen(forecast)
    assert "\n" not in chosen(forecast)


@pytest.mark.parametrize("seconds", [0.0005, 0.002, 0.004, 0.007, 0.02])
@pytest.mark.parametrize("tasks", [4, 6, 12, 40, 400])
@pytest.mark.parametrize("warm", [0, 4])
def test_what_is_said_against_other_backends_is_true(seconds: float, tasks: int, warm: int) -> None:
    """Of the tasks that are left: none is faster, or what the best one saves is too little."""
    forecast = forecast_of(*[seconds] * 3, tasks=tasks, costs=COSTS._replace(warm=warm))
    said = chosen(forecast)

    if "auto: serial" not in said:
        assert " no backend " not in said
        return
    factor = float(re.findall(r"([\d.]+)× at best", said)[0])
    slower = "no backend is expected to be faster: " in said
    assert slower == (factor <= 1), said
    assert slower or "no backend is expected to save more than " in said
    assert f"the {tasks - 3} task" in said  # three are done


def test_threads_are_a_range_where_the_gil_may_be_let_go() -> None:
    """At worst as serial, at best on all processors; tasks that wait have no such doubt."""
    computes = forecast_of(0.1, 0.1, 0.1).of("thread", 4).speedup
    waits = forecast_of(0.1, 0.1, 0.1, computing=0.0).of("thread", 4).speedup

    assert computes.middle == pytest.approx(1.0, abs=0.05)
    assert computes.high > 3.5
    assert waits.middle > 3.5


@pytest.mark.parametrize(
    ("seconds", "computing", "turns"),
    [
        # Both compute, each at half the pace, then both wait: 1.5 at first; less with each turn,
        # as the one that ends first gains half of a switch of the GIL.
        (0.1, 0.5, 1.3875),
        (0.1, 0.04, 1.0),  # 4 ms in one go: one computes while the other waits
        (0.008, 0.5, 1.0),
        (0.1, 1.0, 2.0),  # they compute only: no better than one after another
    ],
)
def test_threads_that_compute_for_long_begin_in_step_and_drift_apart(
    seconds: float, computing: float, turns: float
) -> None:
    """What each of the two computes takes the time of both, if the GIL changes hands meanwhile."""
    load = Load(20, seconds, seconds * computing, seconds, 0.0, 0.0, 0.0)

    between = elapsed("thread", 2, load, COSTS)

    assert between.high == pytest.approx(10 * seconds * turns, rel=0.01)
    assert between.low <= between.high


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_in_the_long_run_threads_wait_while_others_compute(workers: int) -> None:
    """Then the GIL is all that counts: it is held all the time, but in the first turns."""
    load = Load(4000, 0.1, 0.05, 0.1, 0.0, 0.0, 0.0)

    between = elapsed("thread", workers, load, COSTS)

    assert between.high == pytest.approx(4000 * 0.05, rel=0.02)


def test_large_values_are_written_by_workers_and_only_mapped_by_the_notebook() -> None:
    """Where they go through a pipe, the notebook reads them one after another."""
    in_files = forecast_of(0.01, 0.01, 0.01, returned=4e7, packing=0.02, piped=200.0)
    in_pipes = forecast_of(0.01, 0.01, 0.01, returned=4e7, packing=0.02, piped=4e7)

    assert in_files.of("pool", 4).elapsed.middle < in_pipes.of("pool", 4).elapsed.middle / 2
    assert Forecast.from_dict(in_files.to_dict()) == in_files


@pytest.mark.parametrize("backend", ["serial", "thread", "pool", "process"])
def test_where_large_values_are_kept_the_first_tasks_say_less(backend: str) -> None:
    """Memory for them may be slower to come later: only the worst that is said is worse."""
    small = forecast_of(0.01, 0.01, 0.01, packing=0.02).of(backend, 4).elapsed
    large = forecast_of(0.01, 0.01, 0.01, packing=0.02, returned=4e7)
    expected = large.of(backend, 4).elapsed

    assert expected.high > small.high + 40 * 0.02
    assert expected.middle <= small.middle
    waiting = forecast_of(0.01, 0.01, 0.01, computing=0.0, returned=4e7)
    assert waiting.of("thread", 4).speedup.low == pytest.approx(0.9)  # a loop needs it as well


@pytest.mark.parametrize(
    ("held", "best", "said"),
    [
        (Held(0.0, 0.1, 0.2), "thread", "100 % of their time, 10 % of that with the GIL"),
        (Held(0.8, 1.0, 1.0), "pool", "100 % of their time, with the GIL"),
        (UNKNOWN, "pool", "they compute 100 % of their time"),
    ],
)
def test_what_lets_go_of_the_gil_is_given_to_threads(held: Held, best: str, said: str) -> None:
    """To them nothing need be sent; and the range is no wider than what is not known."""
    forecast = forecast_of(0.1, 0.1, 0.1, held=held)

    assert forecast.best.backend == best
    assert said in forecast_lines(forecast)[0]
    assert chosen(forecast).endswith("without the GIL") == (best == "thread")
    low, middle, high = forecast.of("thread", 4).elapsed
    assert low <= middle <= high
    assert (high < 4 * low) == (held != UNKNOWN)
    assert Forecast.from_dict(forecast.to_dict()) == forecast


@pytest.mark.parametrize("held", [Held(0.0, 0.1, 0.2), UNKNOWN])
def test_tasks_that_let_go_of_the_gil_are_not_said_to_take_turns_at_it(held: Held) -> None:
    """On a busy machine their threads take as long as if they did."""
    tasks = [Task(at, "f(x)", at % 2, at // 2, at // 2 + 1.0, 0.5) for at in range(6)]
    forecast = forecast_of(0.1, held=held)

    run = run_with(tasks, 3.0, backend="thread", forecast=forecast)

    assert ("gil" in [one.cause for one in run.advice]) == (held == UNKNOWN)


def test_tasks_that_are_too_short_for_the_clock_of_the_processor_do_not_seem_to_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One with coarse steps, as on Windows, has not moved meanwhile."""
    monkeypatch.setattr(tally, "CPU_TICK", 1e6)
    for clock in ("thread_time", "process_time"):
        monkeypatch.setattr(time, clock, lambda: 0.0)
    monkeypatch.setattr(Delay, "seconds", lambda _: 0.0)  # nor does it say who waited for it
    run = pmap(abs, range(MOST + 2 * TOGETHER), backend="serial", forecast=True)

    assert run.forecast is not None
    assert run.forecast.computing == 1.0
    assert run.computed == run.busy


def turns() -> None:
    """Compute in Python, a few milliseconds."""
    sum(number & 3 for number in range(100_000))


@pytest.mark.skipif(not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL")
@pytest.mark.parametrize(("code", "holds"), [(turns, True), (lambda: time.sleep(0.01), False)])
def test_whether_code_holds_the_gil_is_found_out_by_asking_for_it(
    *, code: Callable[[], None], holds: bool
) -> None:
    """A machine that is too busy to tell says so: then it is tried again."""
    found = UNKNOWN
    for _ in range(100):
        knock = Knock()
        until = time.monotonic() + 0.2
        while time.monotonic() < until:
            code()
        knock.end()
        found = knock.held(computing=1.0)
        if (found.middle > 0.5) == holds and found != UNKNOWN:
            break

    assert found != UNKNOWN
    assert (found.middle > 0.5) == holds
    assert 0.0 <= found.low <= found.middle <= found.high <= 1.0


@pytest.mark.parametrize(
    ("tries", "holds"),
    [([(0.002, 0.010)] * 10, True), ([(0.002, 0.012), (0.010, 0.0)] * 5, False)],
)
def test_waiting_for_a_processor_says_nothing_of_the_gil(
    monkeypatch: pytest.MonkeyPatch, tries: list[tuple[float, float]], *, holds: bool
) -> None:
    """On a machine busy with something else: of 120 ms, 60 were waited for a processor."""
    monkeypatch.setattr(cpus, "available", lambda: 2)
    knock = Knock()
    knock.end()
    monkeypatch.setattr(knock, "_tries", tries)
    monkeypatch.setattr(knock, "_delayed", 0.06)

    found = knock.held(computing=1.0)

    assert found.middle == pytest.approx(1.0 if holds else 1 / 6)
    assert found.low <= found.middle <= found.high


def test_of_code_that_hardly_ran_nothing_is_said() -> None:
    """Nor of code that hardly computes: what it does with the GIL does not matter."""
    knock = Knock()
    knock.end()
    knock._tries = knock._tries[: FEWEST - 1]  # a busy machine may have been slow to end it
    longer = Knock()
    time.sleep(0.05)
    longer.end()

    assert knock.held(computing=1.0) == UNKNOWN
    assert longer.held(computing=0.0) == UNKNOWN


def test_what_a_new_process_loads_is_learned_of_those_that_loaded_it() -> None:
    """One slow start is not for ever, and a warm worker that had it all says nothing."""
    for seconds in (0.3, 0.1, 0.001, 0.0, 0.1):
        load_times.note("what(it) loads", seconds, new=False)
    assert load_times.usual("what(it) loads") == pytest.approx(0.15)

    for _ in range(10):
        load_times.note("what(it) loads", 0.01, new=True)
    assert load_times.usual("what(it) loads") == pytest.approx(0.01, rel=0.1)
    assert load_times.usual("another") == 0.0


def test_more_workers_never_promise_more_than_themselves() -> None:
    """And each backend has a row for each number of workers."""
    expected = forecast_of(0.05, 0.05, 0.05).expected

    assert [one.backend for one in expected].count("pool") == COSTS.processors
    assert all(one.speedup.high <= max(1, one.workers) for one in expected)
    assert all(one.speedup.low <= one.speedup.middle <= one.speedup.high for one in expected)
    assert all(one.elapsed.low <= one.elapsed.middle <= one.elapsed.high for one in expected)


def test_a_cold_pool_needs_more_tasks_to_be_worth_it() -> None:
    """The break-even is where it begins to beat serial."""
    tiny = [0.0005] * 100
    warm, cold = (forecast_of(*tiny, costs=COSTS._replace(warm=count)) for count in (4, 0))
    break_even = cold.break_even("pool", 4)

    assert break_even is not None
    assert break_even > (warm.break_even("pool", 4) or 0)
    assert cold.of("pool", 4, break_even).speedup.middle > 1.0
    assert cold.of("pool", 4, break_even // 2).speedup.middle < 1.05
    assert forecast_of(*[1e-6] * 100).break_even("process", 4) is None


def test_tasks_with_threads_of_their_own_gain_nothing_from_more_workers() -> None:
    """They use all processors already."""
    forecast = forecast_of(0.1, 0.1, 0.1, computing=4.0)

    assert forecast.computing == 1.0
    assert forecast.of("pool", 4).speedup.middle < 1.1


def test_a_forecast_says_work_span_speedups_break_even_and_what_is_best() -> None:
    """Columns are for powers of two up to the processors, rows for backends."""
    lines = forecast_lines(forecast_of(0.025, 0.025, 0.025))

    assert lines[0].startswith("forecast from 3 of 40 tasks: work 1 s (908 ms to 1.")
    assert "span 25 ms; they compute 100 % of their time" in lines[0]
    assert lines[1].split() == ["speed-up", "with", "1", "worker", "2", "workers", "4", "workers"]
    assert [line.split()[0] for line in lines[2:5]] == ["thread", "pool", "process"]
    assert lines[5].startswith("best: pool × 4; faster than serial from ")
    assert lines[6].startswith("this run, the rest on pool × 4: ")


def test_a_forecast_from_one_task_of_who_knows_how_many_reads_as_a_sentence() -> None:
    """As for the rows of a table, which `iterrows` does not count beforehand."""
    one, two = (forecast_lines(forecast_of(*each, tasks=None))[0] for each in ([1.0], [1.0, 1.0]))

    assert one.startswith("forecast from the first task of an unknown number: 1 s each")
    assert two.startswith("forecast from the first 2 tasks of an unknown number: 1 s each")


def test_short_tasks_are_best_left_serial_until_there_are_more() -> None:
    """The number of tasks from which another is faster is said."""
    cold = forecast_of(*[0.0005] * 10, tasks=20, costs=COSTS._replace(warm=0))

    assert forecast_lines(cold)[-2].startswith("best: stay serial; ")
    assert "is faster from " in forecast_lines(cold)[-2]


def test_to_stay_serial_is_for_the_tasks_that_are_left() -> None:
    """Of two long ones, both would have been faster in parallel; one is done."""
    lines = forecast_lines(forecast_of(0.1, tasks=2))

    assert lines[-2].startswith("best: stay serial; for the 1 task left, ")
    assert lines[-2].endswith("× at best")


def test_the_first_tasks_are_part_of_the_run(notebook: Notebook) -> None:
    """Each item runs once, the first of them in the notebook; values are in their order."""
    notebook.do("import os, time\nhere = os.getpid()")
    notebook.do("def f(x):\n    time.sleep(0.03)\n    print('ran', x)\n    return x, os.getpid()")

    reply = notebook.do("found = %pmap --forecast -w 2 -o run f range(40)")

    assert notebook.get("[x for x, _ in found]") == list(range(40))
    assert sorted(reply.stdout.count(f"ran {x}\n") for x in range(40)) == [1] * 40
    count = notebook.get("run.forecast.ran")
    assert 1 <= count <= 10
    assert notebook.get("sum(pid == here for _, pid in found)") == count
    assert notebook.get("run.backend, run.forecast.tasks, run.complete") == ("pool", 40, True)
    said = reply.stdout
    assert said.index("forecast from ") < said.index("ran 39") < said.index("40 tasks on pool × 2")


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_can_run_the_rest(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of what can be read only once, and of several iterables."""
    monkeypatch.setattr("parmagic.run.sample.MOST", 8)
    monkeypatch.setattr("parmagic.run.sample.TOGETHER", 4)
    total = 8 + 2 * 4  # so that something is left for it
    for items in (range(total), iter(range(total))):
        run = pmap(abs, items, backend=backend, forecast=True)
        assert run.values == list(range(total))
        assert run.backend == backend
        assert run.forecast is not None
    assert pmap(pow, [2, 3, 4], [2] * 3, backend=backend, forecast=True).values == [4, 9, 16]


def test_few_tasks_are_all_run_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then nothing is left to forecast, and the run was serial, which it says."""
    monkeypatch.setattr("parmagic.run.sample.SOON", LIMIT)  # a busy machine may hold up the first
    run = pmap(abs, [-1, 2], forecast=True)

    assert run.values == [1, 2]
    assert run.backend == "serial"
    assert run.forecast is None
    assert pmap(abs, [], forecast=True).values == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--forecast abs [-1, 2, 3]", "no forecast: all 3 tasks were done while looking"),
        ("--forecast abs iter([-1, 2, 3])", "no forecast: all 3 tasks were done while looking"),
        ("--forecast abs [-1]", "no forecast: the only task was done while looking"),
        ("--forecast abs []", "no forecast: there are no tasks"),
        ("-b auto abs [-1, 2]", "auto: serial, because all 2 tasks were done while looking"),
    ],
)
def test_why_there_is_no_forecast_is_said_in_a_line(
    unhurried: Notebook, line: str, said: str
) -> None:
    """Whoever asks for one is never left without an answer, unless by `-q`."""
    assert unhurried.do(f"%pmap {line}").stdout.splitlines()[0] == said
    assert unhurried.do(f"%pmap -q {line}").stdout == ""


def test_a_failure_of_the_first_tasks_is_why_there_is_no_forecast(notebook: Notebook) -> None:
    """The exception follows, as ever."""
    reply = notebook.run("%pmap --forecast (lambda x: 1 / x) [0, 1]")

    assert reply.stdout.startswith("no forecast: a task failed while looking\n")
    assert reply.error.ename == "ZeroDivisionError"


def test_auto_decides_in_a_notebook(notebook: Notebook) -> None:
    """By an option, by a default, and in Python; of what cannot travel it makes threads."""
    notebook.do("import threading, time\nlock = threading.Lock()")
    notebook.do("def naps(x):\n    time.sleep(0.2)\n    return x")
    notebook.do("def locked(x):\n    time.sleep(0.2)\n    return lock and x")

    total = MOST + 2 * TOGETHER  # so few are left that even a stumble makes nothing of them
    quick = notebook.do(f"%pmap -b auto -o run abs range({total});").stdout
    slow = notebook.do("%pmap -b auto -w 4 naps range(32);").stdout
    notebook.do('%config ParallelMagics.backend = "auto"')
    barred = notebook.do("%pmap -w 4 locked range(32);").stdout
    quiet = notebook.do("%pmap -q -w 4 naps range(32);").stdout
    cell = notebook.do("%%parallel -w 2\na = naps(1)\nb = naps(2)").stdout
    notebook.do('%config ParallelMagics.backend = "pool"')

    assert quick.startswith(f"auto: serial, because {total:,} tasks compute for about ")
    assert f"{total:,} tasks on serial in " in quick
    assert slow.startswith("auto: thread × 4, because 32 tasks wait for about ")
    assert "32 tasks on thread × 4 in " in slow
    assert "because 32 tasks wait for about " in barred
    assert "no other process can run them: `lock` (_thread.lock)" in barred
    assert quiet == ""
    assert "2 tasks on pool × 2" in cell


def test_auto_gives_what_computes_to_the_pool(notebook: Notebook) -> None:
    """Where there is more than one worker to compute."""
    notebook.do("def spin(n):\n    return sum(i & 3 for i in range(n))")
    notebook.do("import parmagic\nparmagic.pmap(spin, [10] * 4, workers=2)")

    notebook.do("run = parmagic.pmap(spin, [600_000] * 24, workers=2, backend='auto')")

    assert notebook.get("run.forecast.auto, run.forecast.computing > 0.5") == (True, True)
    backend, gil, processors = notebook.get("run.backend, run.gil, run.cpus")
    several = "pool" if gil else "thread"  # threads cost nothing where they compute as well
    assert backend == (several if processors > 1 else "serial")
    assert notebook.get("run.values[0] == run.values[-1] == spin(600_000)")


@pytest.mark.parametrize("how", ["--forecast", "-b auto", "--forecast -b thread"])
def test_an_error_in_a_first_task_is_that_of_a_serial_run(notebook: Notebook, how: str) -> None:
    """Nothing after it is run; what was finished is kept."""
    notebook.do("ran = []\ndef f(x):\n    ran.append(x)\n    return 1 / (1 - x)")

    failure = notebook.run(f"%pmap {how} f range(40)").error

    assert failure.ename == "ZeroDivisionError"
    assert "return 1 / (1 - x)" in failure.traceback
    assert "item 1 of 40" in failure.traceback
    assert notebook.get("ran") == [0, 1]
    notebook.do("import parmagic\nrun = parmagic.last_run()")
    assert notebook.get("run.values[0], len(run.values), run.forecast") == (1.0, 40, None)


def test_errors_that_are_kept_do_not_end_the_forecast() -> None:
    """Nor does a failure later in the run, which is raised as ever."""
    run = pmap(lambda x: 1 / x, range(5000), backend="serial", forecast=True, errors="keep")

    assert isinstance(run.values[0], ZeroDivisionError)
    assert run.values[4] == 0.25
    assert run.forecast is not None
    with pytest.raises(ZeroDivisionError):
        pmap(lambda x: 1 / (3000 - x), range(5000), backend="thread", forecast=True)


def test_an_interrupt_of_the_first_tasks_keeps_what_is_done(notebook: Notebook) -> None:
    """As ever."""
    notebook.do(
        "import time\ndef f(x):\n    print('at', x)\n    x and time.sleep(30)\n    return x"
    )

    def stop(text: str) -> None:
        if "at 1" in text:
            notebook.interrupt()

    reply = notebook.run("%pmap --forecast -w 2 f range(40)", on_print=stop)

    assert reply.status == "error"
    assert reply.errors[-1].ename == "KeyboardInterrupt"
    notebook.do("import parmagic\nrun = parmagic.last_run()")
    assert notebook.get("run.values[0], run.finished") == (0, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"forecast": True, "compare": True}, "a comparison runs everything on each backend"),
        ({"forecast": True, "sweep": True}, "a sweep runs everything"),
        ({"forecast": True, "repeat": 2}, "with repeat everything is run again"),
        ({"forecast": True, "queue": True}, "nobody knows how many tasks a queue will come to"),
        ({"backend": "auto", "queue": True}, "choose serial, thread, process"),
        ({"backend": "auto", "timeout": 3.0}, "a timeout needs tasks in processes"),
        ({"compare": "auto"}, "no backend `auto` to compare"),
        ({"backend": "aut"}, "no backend `aut`: choose serial, thread, process, pool"),
    ],
)
def test_what_a_forecast_cannot_be_joined_with_is_refused(
    options: dict[str, Any], said: str
) -> None:
    """Before anything is run."""
    ran: list[int] = []
    with pytest.raises(PlanError) as refusal:
        pmap(ran.append, range(9), **options)

    assert said in str(refusal.value)
    assert ran == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%pmap --forecast --compare abs range(9)", "a forecast runs the first tasks in the"),
        ("%pmap -b auto --sweep abs range(9)", "the backend `auto` runs the first tasks in the"),
        ("%pmap --compare=auto,pool abs range(9)", "takes names of serial, thread, process"),
        ("%pmap -b auto --export run.py abs range(9)", "type e.g. `-b pool`"),
        ("%%parallel --forecast\na = 1", "are for %pmap"),
        ("%%parallel -b auto\na = 1", "are for %pmap"),
    ],
)
def test_a_line_that_cannot_forecast_says_so(notebook: Notebook, code: str, said: str) -> None:
    """In one line."""
    notebook.do("%load_ext parmagic")

    assert said in notebook.run(code).stderr


def test_a_forecast_is_saved_with_its_run(tmp_path: Path) -> None:
    """All its numbers; older files have none."""
    run = pmap(abs, range(5000), backend="serial", forecast=True)
    assert run.forecast is not None
    run.save(tmp_path / "run.json")

    loaded = Run.load(tmp_path / "run.json")

    assert loaded.forecast == run.forecast
    assert run.to_dict()["forecast"]["tasks"] == 5000
    assert str(loaded.forecast) == str(run.forecast)


@pytest.mark.parametrize("backend", ["thread", "pool"])
def test_while_the_first_tasks_run_the_other_workers_wait_for_us(backend: str) -> None:
    """That is overhead, and no start-up; the parts still add up to the whole."""
    run = pmap(time.sleep, [0.02] * 32, backend=backend, workers=2, forecast=True)
    parts = run.breakdown

    assert parts.whole == pytest.approx(run.workers * run.elapsed, rel=0.02)
    # What threads waited for a processor is none of it.
    waited = parts.contention + parts.elsewhere
    assert parts.work <= run.work * 1.001 <= (parts.work + waited) * 1.01
    assert run.forecast is not None
    assert parts.overhead >= 0.9 * run.forecast.done


def test_large_buffers_are_not_weighed_as_part_of_a_pickle() -> None:
    """If there are files for them; bytes that are none travel inside."""
    numpy = pytest.importorskip("numpy")

    def give(kind: str) -> Any:
        time.sleep(0.06)
        return numpy.zeros(250_000) if kind == "array" else bytes(2_000_000)

    found = [
        pmap(give, [kind] * 8, backend="serial", forecast=True, workers=2).forecast
        for kind in ("array", "bytes")
    ]

    for one in found:
        assert one is not None
        assert one.returned == pytest.approx(2e6, rel=0.01)
        inside = one is found[1] or not hasattr(os, "pwrite")
        assert (one.piped > 2e6) if inside else (one.piped < 10_000)


SLOWLY: dict[str, Any] = {"read": 0.3, "reading": 0.1}  # of three items, and of each that is left


def test_reading_the_items_counts_serially_and_limits_what_is_parallel() -> None:
    """A loop reads between its turns; workers wait for the next item, however many they are."""
    waits = forecast_of(0.1, 0.1, 0.1, computing=0.0, **SLOWLY)
    serial, pool = waits.of("serial", 1).elapsed, waits.of("pool", 2)

    assert waits.work == serial
    assert serial.low < 8.0 < serial.high
    assert serial.middle == pytest.approx(8.0)
    assert pool.elapsed.middle == pytest.approx(4.1, rel=0.02)
    for backend in ("thread", "pool"):
        assert waits.of(backend, 2).speedup.middle == pytest.approx(8.0 / 4.1, rel=0.02)
        assert waits.of(backend, 8).speedup.middle == pytest.approx(8.0 / 4.1, rel=0.02)
    assert waits.of("process", 2).speedup.middle < 8.0 / 4.1


def test_this_run_has_read_its_first_items_already() -> None:
    """They are part of the time that it takes, and the others are still to be read."""
    waits = forecast_of(0.1, 0.1, 0.1, computing=0.0, **SLOWLY)

    assert waits.elapsed.middle == pytest.approx(0.6 + 37 * 0.1 + 0.1, rel=0.02)


def test_reading_may_compute_and_then_threads_wait_for_it() -> None:
    """Of that nothing is known: at worst they are no faster than a loop."""
    computes = forecast_of(0.1, 0.1, 0.1, **SLOWLY)

    assert computes.of("thread", 4).elapsed.high >= computes.work.middle


def test_where_reading_takes_long_it_is_said_and_parallel_tasks_save_their_own_time_only() -> None:
    """From how many tasks on that is worth it is worked out with the reading, too."""
    slow = forecast_of(0.001, 0.001, 0.001, read=0.3, reading=0.1)

    assert "; reading an item takes 100 ms" in forecast_lines(slow)[0]
    assert "reading" not in forecast_lines(forecast_of(0.1, 0.1, read=1e-4))[0]
    assert slow.best.backend == "serial"
    assert slow.break_even("pool", 4) is None


def test_the_first_items_of_an_iterable_are_timed_as_they_are_read() -> None:
    """In a run, one by one; the forecast is kept with them."""

    def slowly() -> Iterator[int]:
        for item in range(5):
            time.sleep(0.02)
            yield item

    forecast = pmap(abs, slowly(), backend="thread", workers=2, forecast=True).forecast
    assert forecast is not None

    assert forecast.read >= 0.02 * forecast.ran
    assert forecast.reading >= 0.02
    assert Forecast.from_dict(forecast.to_dict()) == forecast
