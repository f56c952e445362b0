"""Where workers × elapsed went: the parts add up to the whole, and each is what it is called."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib.patches import Rectangle

from kernel import wait_until
from parmagic.measure.breakdown import Breakdown, breakdown_of
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.task import Task
from parmagic.measure.traffic import Passage, Stretch, Traffic
from parmagic.run.backend import BACKENDS
from parmagic.show.alt import alt_text
from parmagic.show.breakdown import Share, shares
from parmagic.show.charts.chart import draw
from parmagic.show.gap import gaps
from parmagic.show.lane import blocks, timeline_end
from runs import run_with

if TYPE_CHECKING:
    from pathlib import Path

    from kernel import Notebook


def here(line: str, expected: str) -> Any:
    """Make a row of what the notebook's clocks tell, whatever started the workers."""
    return pytest.param(line, expected, marks=pytest.mark.by_any_method)


# One worker starts after 1 s and is busy for 6 s of 7, the other after 2 s for 3 s; 10 s in all.
UNEVEN = [
    Task(0, "f(x)", 0, 1.0, 4.0, 3.0),
    Task(1, "f(x)", 1, 2.0, 5.0, 3.0),
    Task(2, "f(x)", 0, 5.0, 8.0, 3.0),
]


def test_each_part_is_cut_at_the_clocks_of_the_tasks() -> None:
    """Before the first task, in tasks, between them, after the last."""
    assert breakdown_of(run_with(UNEVEN, 10.0)) == Breakdown(
        work=9.0,
        contention=0.0,
        startup=3.0,
        transfer=0.0,
        starvation=0.0,
        imbalance=7.0,
        overhead=1.0,
        notebook=0.0,
        balance=0.75,
        efficiency=0.45,
    )


def test_each_part_is_cut_at_the_clocks_of_a_worker() -> None:
    """And at those of the notebook, which says for what a worker waited."""
    passage = Passage(0, 0.0, 0.5, 1.0, 2.0, 2.5, 4.0, 4.25, given=0.25)
    moving = (Stretch(0.5, 0.75), Stretch(4.25, 4.5))
    run = run_with(
        [Task(0, "f(x)", 0, 2.5, 3.75, 1.25)], 5.0, workers=1, traffic=Traffic((passage,), moving)
    )
    parts = run.breakdown

    assert (parts.startup, parts.transfer) == (0.5 + 0.75, 0.25 + 0.25 + 0.5 + 0.25 + 0.25)
    assert (parts.work, parts.overhead, parts.imbalance) == (1.25, 0.25 + 0.25, 0.5)


def test_a_worker_without_a_task_waited_all_the_time() -> None:
    """It counts as a worker all the same."""
    parts = run_with(UNEVEN, 10.0, workers=3).breakdown

    assert (parts.imbalance, parts.whole) == (17.0, 30.0)
    assert parts.balance == pytest.approx(3.0 / 6)


@pytest.mark.parametrize(
    "passages",
    [
        (),  # as of threads
        (
            Passage(0, 0.0, 1.0, 1.0, 1.0, 1.0, 8.0, 8.0),
            Passage(1, 2.0, 2.0, 2.0, 2.0, 2.0, 5.0, 5.0),  # it was started when it was needed
        ),
    ],
    ids=["threads", "processes"],
)
def test_who_begins_late_for_want_of_a_task_waited_for_one(passages: tuple[Passage, ...]) -> None:
    """Only until the first began they were started; the chart says so, too."""
    run = run_with(UNEVEN, 10.0, traffic=Traffic(passages, unfolds=True))
    run = dataclasses.replace(run, backend="pool" if passages else "thread")

    assert run.breakdown.startup == (1.0 if passages else 2.0)
    late = [gap for gap in gaps(run, 0.001) if gap.lane == 1 and gap.part == "start-up"]
    assert sum(gap.end - gap.start for gap in late) == (0.0 if passages else 1.0)


@pytest.mark.parametrize("workers", [2, 3])
def test_who_has_no_task_while_items_are_read_waits_for_these(workers: int) -> None:
    """Also after its last task, where another is given all that come, and if it never has one."""
    run = run_with(UNEVEN, 10.0, workers=workers)
    run = dataclasses.replace(run, traffic=Traffic(reading=(Stretch(6.0, 8.0),)))

    parts = run.breakdown

    assert parts.starvation == 2.0 * (workers - 1)  # all but the one that was busy then
    assert parts.imbalance == run_with(UNEVEN, 10.0, workers=workers).breakdown.imbalance - 2.0 * (
        workers - 1
    )


@pytest.mark.parametrize("workers", [2, 3])
@pytest.mark.parametrize(
    "passages",
    [
        (),  # as of threads
        (
            Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0),
            Passage(1, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0),
            Passage(0, 0.0, 0.0, 5.0, 5.0, 5.0, 8.0, 8.0),
            Passage(1, 0.0, 0.0, 5.0, 5.0, 5.0, 6.0, 6.0),
        ),
        (  # of a process for each task
            Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0),
            Passage(1, 0.0, 0.0, 0.0, 0.0, 0.0, 4.0, 4.0),
            Passage(0, 4.0, 5.0, 5.0, 5.0, 5.0, 8.0, 8.0),
            Passage(1, 4.0, 5.0, 5.0, 5.0, 5.0, 6.0, 6.0),
        ),
    ],
)
def test_who_waits_for_the_rest_of_a_group_of_a_cell_waits_for_others(
    passages: tuple[Passage, ...], workers: int
) -> None:
    """It is no work of parmagic's; what is between the groups is."""
    groups = [
        Task(0, "f(1)", 0, 0.0, 1.0, 1.0),
        Task(1, "f(2)", 1, 0.0, 4.0, 4.0),
        Task(2, "f(3)", 0, 5.0, 8.0, 3.0),
        Task(3, "f(4)", 1, 5.0, 6.0, 1.0),
    ]
    run = run_with(groups, 8.0, stages=(2, 2), workers=workers, traffic=Traffic(passages))

    parts = run.breakdown

    assert (parts.work, parts.imbalance) == (9.0, 5.0 + 8.0 * (workers - 2))
    assert parts.overhead + parts.startup == 2.0


def test_time_that_is_not_certainly_work_is_contention() -> None:
    """Two threads that each computed for half of their time may have waited for the other half."""
    tasks = [Task(i, "f(x)", i, 0.0, 2.0, 1.0) for i in range(2)]

    parts = run_with(tasks, 2.0, backend="thread").breakdown

    assert (parts.work, parts.contention, parts.efficiency) == (2.0, 2.0, 0.5)


def kept_waiting(delayed: float = 2.0, finished: float = 4.0, **more: Any) -> Run:
    """Build a run of two workers that each computed for 2 s of 4 and waited for a processor."""
    passed = Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 4.0, 4.0, delayed=delayed)
    traffic = Traffic((passed, passed._replace(worker=1)), spent=more.pop("spent", 0.0))
    tasks = [Task(i, "f(x)", i, 0.0, finished, 2.0) for i in range(2)]
    return run_with(tasks, 4.0, traffic=traffic, **more)


@pytest.mark.parametrize(
    ("more", "work", "contention", "others"),
    [
        ({}, 4.0, 0.0, 4.0),
        ({"spent": 1.0}, 4.0, 1.0, 3.0),  # the notebook itself had a processor for a second
        ({"serial": 3.0}, 3.0, 1.0, 4.0),
        ({"serial": 6.0}, 6.0, 0.0, 2.0),  # serially it had to wait as well
    ],
)
def test_waiting_for_other_programs_is_no_contention(
    more: dict[str, Any], work: float, contention: float, others: float
) -> None:
    """Of the tasks among themselves: it has a name of its own, and all add up as ever."""
    run = kept_waiting(**more)
    parts = run.breakdown

    assert (parts.work, parts.contention, parts.elsewhere) == (work, contention, others)
    assert parts.whole == 8.0
    assert f"other programs {100 * others / 8:.0f} %" in alt_text(run, "breakdown")


@pytest.mark.usefixtures("exact_clocks")
def test_what_threads_waited_for_other_programs_is_no_useful_work() -> None:
    """It is part of the time of their tasks, and a plain loop need not have waited as long."""
    tasks = [Task(i, "f(x)", i, 0.0, 4.0, 1.0) for i in range(2)]
    run = run_with(tasks, 4.0, backend="thread", traffic=Traffic(delayed=3.0, spent=2.0))
    parts = run.breakdown

    assert (parts.work, parts.contention, parts.elsewhere) == (3.0, 2.0, 3.0)
    assert parts.whole == 8.0


def test_waiting_for_other_programs_between_two_tasks_is_no_overhead() -> None:
    """Of 3 s of waiting, tasks that computed 2 s of 3 cannot have had more than one."""
    run = kept_waiting(delayed=3.0, finished=3.0)
    parts = run.breakdown

    assert (parts.work, parts.contention, parts.overhead, parts.elsewhere) == (4.0, 0.0, 0.0, 4.0)
    assert parts.whole == 8.0


def test_only_of_an_estimate_it_is_said_that_clocks_cannot_tell() -> None:
    """Where serial time was measured, that has told."""
    tasks = [Task(i, "f(x)", i, 0.0, 2.0, 1.0) for i in range(2)]
    estimated, measured = (
        run_with(tasks, 2.0, backend="thread", serial=serial) for serial in (None, 3.0)
    )

    assert "the clocks cannot tell" in alt_text(estimated, "breakdown")
    assert "contention 25 % (1 s)" in alt_text(measured, "breakdown")
    assert "the clocks cannot tell" not in alt_text(measured, "breakdown")


def test_what_the_notebook_ran_between_the_tasks_of_a_cell_is_not_blamed_on_workers() -> None:
    """Both workers stood still meanwhile: it is taken off their gaps, and their waiting."""
    parts = run_with(UNEVEN, 10.0, between=2.0).breakdown

    assert (parts.notebook, parts.overhead, parts.imbalance) == (4.0, 0.0, 4.0)
    assert parts.whole == 20.0


@pytest.mark.parametrize(
    "run",
    [
        run_with([], 0.5),
        run_with([Task(0, "f", 0, 0.0, 0.0, 0.0)], 0.0),
        run_with(UNEVEN, 8.0),
        run_with([dataclasses.replace(UNEVEN[0], finished=None), Task(1, "f")], 3.0),
        run_with(
            [Task(0, "f", 0, 0.0, 1.0000001)],
            1.0000001,
            workers=1,
            traffic=Traffic((Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0),)),
        ),
    ],
)
def test_the_parts_add_up_in_the_odd_cases_too(run: Run) -> None:
    """No tasks, no time, a task that was cut short, clocks that differ a little."""
    assert run.breakdown.whole == pytest.approx(run.workers * run.elapsed)
    assert min(run.breakdown.parts.values()) >= 0


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_parts_of_a_real_run_add_up(notebook: Notebook, backend: str) -> None:
    """Workers × elapsed, within a fiftieth, and no part is less than nothing."""
    notebook.do("import time\ndef nap(x):\n    time.sleep(0.01 * (x % 3))\n    return x")
    notebook.do(f"%pmap -q -b {backend} -w 3 -o run nap(x) for x in range(30)")

    whole, expected = notebook.get("[run.breakdown.whole, run.workers * run.elapsed]")
    parts = notebook.get("run.breakdown.parts")

    assert whole == pytest.approx(expected, rel=0.02)
    assert min(parts.values()) >= 0
    assert parts["useful work"] + parts["contention"] + parts["other programs"] > 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # So many that the last, for which others wait, may take as long to start as several.
        ("-b process -w 2 f(x) for x in range(12)", "start-up"),
        ("-w 1 len(x) for x in [[*range(n, n + 20_000)] for n in range(200)]", "transfer"),
        here("-w 2 f(x) for x in slowly(6)", "starvation"),
        here("-b thread -w 2 f(x) for x in slowly(6)", "starvation"),
        here("-w 3 nap(x) for x in [0.01, 0.01, 2]", "imbalance"),
        here("-b thread -w 3 nap(x) for x in [0.01, 0.01, 2]", "imbalance"),
        here("-w 2 nap(x) for x in [1, 1]", "useful work"),
    ],
)
def test_what_cost_most_has_its_name(notebook: Notebook, line: str, expected: str) -> None:
    """Each run has one planted cause, far larger than the others."""
    notebook.do(
        "import time\n"
        "def f(x):\n    return x\n"
        "def nap(x):\n    time.sleep(x)\n"
        "def slowly(n):\n    for i in range(n):\n        time.sleep(0.1)\n        yield i"
    )
    notebook.do("%pmap -q -w 3 f range(3)")  # the pool's processes start here
    notebook.do(f"%pmap -q -o run {line};")

    parts = notebook.get("run.breakdown.parts")
    whole, expected_whole = notebook.get("[run.breakdown.whole, run.workers * run.elapsed]")

    del parts["other programs"]  # nobody knows what else this machine has to do
    assert max(parts, key=lambda name: parts[name]) == expected, parts
    assert whole == pytest.approx(expected_whole, rel=0.02)


def test_bytes_are_counted_each_way_and_kept_in_files(notebook: Notebook, tmp_path: Path) -> None:
    """Items, values and the data of the code, which goes to each worker once; also in a file."""
    # A name of its own: tasks that are known to be short go to one worker, and some on to others.
    notebook.do("data = bytes(500_000)\ndef sized(x):\n    return bytes(len(data) + len(x))")
    notebook.do("%pmap -q -w 2 -o run sized(x) for x in [bytes([n]) * 100_000 for n in range(4)]")
    notebook.do(f"run.save({str(tmp_path / 'run.json')!r})")

    sent, returned = notebook.get("[run.breakdown.sent, run.breakdown.returned]")
    notebook.do(f"from parmagic import Run; same = Run.load({str(tmp_path / 'run.json')!r})")

    assert 1_400_000 - 500_000 <= sent < 1_450_000
    assert 2_400_000 <= returned < 2_450_000
    assert notebook.get("same.breakdown == run.breakdown")


def test_importing_what_items_and_data_are_of_is_starting_up_and_no_transfer(
    notebook: Notebook,
) -> None:
    """Sending less of them would not save it, as advice would say."""
    (notebook.folder / "shapes.py").write_text("class Shape: sides = 3\n")
    notebook.do("import sys; sys.path.insert(0, '')\nfrom shapes import Shape\none = Shape()")
    notebook.do("def of_item(shape): return shape.sides\ndef of_data(x): return one.sides")

    notebook.do("%pmap -q -b process -o items of_item [one, one]")
    notebook.do("%pmap -q -b process -o data of_data [1, 2]")

    assert notebook.get("[p.unpacked - p.loaded for p in items.traffic.passages]") == [0.0, 0.0]
    assert notebook.get("[p.given for p in data.traffic.passages]") == [0.0, 0.0]


def test_what_workers_still_import_when_a_run_begins_is_their_start(notebook: Notebook) -> None:
    """They import ahead what functions use: a run that comes too soon waits for it."""
    (notebook.folder / "slow.py").write_text(
        "import multiprocessing, os, time\n"
        "if multiprocessing.parent_process() is not None:\n"
        "    open('importing', 'w').close()\n"
        "    while not os.path.exists('begun'): time.sleep(0.01)\n"
        "    time.sleep(0.5)\n"
        "def same(x): return x\n"
    )
    notebook.do("%config ParallelMagics.workers = 1\n%pmap -q abs [1]")  # it knows the folder then
    notebook.do("import slow\ndef task(x): return slow.same(x)")
    notebook.do("def items():\n    open('begun', 'w').close()\n    yield from range(2)")
    wait_until((notebook.folder / "importing").exists)

    notebook.do("%pmap -q -o run task items()")

    # Half a second twice: a module of the user's is imported again when the run begins.
    assert notebook.get("run.breakdown.startup") >= 0.9


def test_shares_say_what_is_there_and_never_none_for_some() -> None:
    """A part that is not there has no place in the bar."""
    found = shares({"a": 0.999, "b": 0.001, "c": 0.0})

    assert [share.said for share in found] == ["a > 99 % (999 ms)", "b < 1 % (1 ms)"]
    assert Share("a", 1.0, 1.0).percent == "100 %"


def test_every_part_is_named_in_the_picture() -> None:
    """In the bar where it fits, else beside it, with its part of the whole."""
    texts = [text.get_text() for text in draw(run_with(UNEVEN, 10.0), "breakdown").texts]

    assert {"useful work", "45 % (9 s)", "start-up", "imbalance", "35 % (7 s)"} <= set(texts)
    assert "overhead 5 % (1 s)" in texts
    assert "2 workers × 10 s = 20 s: where they went" in texts
    assert "load balance 0.75, parallel efficiency 0.45" in texts


def test_the_bar_is_as_long_as_its_parts_together() -> None:
    """Each part is as wide as its share, and they lie side by side."""
    figure = draw(run_with(UNEVEN, 10.0), "breakdown")
    bars: list[Any] = [bar for bar in figure.artists if isinstance(bar, Rectangle)]
    whole = sum(bar.get_width() for bar in bars)

    assert [bar.get_width() / whole for bar in bars] == pytest.approx([0.45, 0.15, 0.35, 0.05])
    assert [bar.get_x() + bar.get_width() for bar in bars[:-1]] == pytest.approx(
        [bar.get_x() for bar in bars[1:]]
    )


def test_alternative_text_of_a_breakdown_says_every_part() -> None:
    """In the order of the bar."""
    assert alt_text(run_with(UNEVEN, 10.0), "breakdown").endswith(
        "Breakdown: 2 workers × 10 s = 20 s: where they went: useful work 45 % (9 s); "
        "start-up 15 % (3 s); imbalance 35 % (7 s); overhead 5 % (1 s). "
        "Load balance 0.75, parallel efficiency 0.45."
    )
    passage = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 8.0, 8.0, sent=2000, returned=10)
    moved = run_with(UNEVEN, 10.0, traffic=Traffic((passage,)))
    assert alt_text(moved, "breakdown").endswith("; 2 kB sent, 10 bytes returned.")


def cut_off(**more: Any) -> Run:
    """Build an interrupted run: both workers started in a second, and were in a task at the end."""
    records = Records(100.0, "f(x)")
    records.reserve(3)
    records.finish(0, [1], 0, [101.0, 102.0, 1.0])
    records.cut = {1: (1, 101.0), 2: (0, 102.0)}
    first = Passage(0, 100.0, 101.0, 101.0, 101.0, 101.0, 102.0, 102.0)
    cut = Passage(0, 100.0, 101.0, 102.0, 102.0, 102.0, 110.0, 110.0)
    other = Passage(1, 100.0, 101.0, 101.0, 101.0, 101.0, 110.0, 110.0)
    records.passages = [first, cut, other]
    told: dict[str, Any] = {"traffic": records.traffic(unfolds=False), "cpus": 4}
    return run_with(records.tasks(), 10.5, error=KeyboardInterrupt(), **told | more)


@pytest.mark.parametrize("backend", ["process", "thread"])
def test_tasks_that_were_cut_off_are_no_imbalance(backend: str) -> None:
    """Their workers were in them until the end."""
    more: dict[str, Any] = {"traffic": Traffic()} if backend == "thread" else {}
    run = cut_off(backend=backend, **more)
    parts = run.breakdown.parts

    assert parts["unfinished"] == pytest.approx(18.0)  # workers are killed a little later
    assert (parts["useful work"], parts["imbalance"]) == (1.0, 0.0)
    assert parts["start-up"] == pytest.approx(2.0)
    assert run.breakdown.whole == pytest.approx(21.0)
    assert run.breakdown.balance == pytest.approx(1.0)
    assert "unfinished 86 % (18 s)" in alt_text(run, "breakdown")


def test_a_worker_that_was_still_starting_as_the_run_ended_had_nothing_to_wait_for() -> None:
    """All of its time is start-up."""
    starting = Passage(1, 0.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0)
    ran = Passage(0, 0.0, 1.0, 1.0, 1.0, 1.0, 8.0, 8.0)
    run = run_with([Task(0, "f(x)", 0, 1.0, 8.0, 7.0)], 10.0, traffic=Traffic((ran, starting)))

    assert run.breakdown.startup == pytest.approx(11.0)


@pytest.mark.parametrize("columns", [900, 2])
def test_the_timeline_shows_tasks_that_were_cut_off(columns: int) -> None:
    """From their beginning to the end of the run, however many others there are."""
    marked = [block for block in blocks(cut_off(), columns) if block.kind == "unfinished"]

    assert sorted((block.lane, block.start, block.end) for block in marked) == [
        (0, 2.0, 10.5),
        (1, 1.0, 10.5),
    ]


def test_tasks_that_were_cut_off_are_kept_in_files(tmp_path: Path) -> None:
    """In that of a run, and in that of its timeline."""
    run = cut_off()
    run.save(tmp_path / "run.json")
    run.trace(tmp_path / "trace.json")
    same = Run.load(tmp_path / "run.json")

    assert same.breakdown == run.breakdown
    assert [(task.worker, task.started) for task in same.tasks[1:]] == [(1, 1.0), (0, 2.0)]
    assert (tmp_path / "trace.json").read_text().count("task,unfinished") == 2


def test_a_thread_that_ends_its_task_after_an_interrupt_has_not_been_cut_off() -> None:
    """Its clocks are there in the end, and are what counts."""
    records = Records(0.0, "f(x)")
    records.reserve(1)
    records.cut[0] = 0, 1.0
    records.finish(0, [1], 0, [1.0, 12.0, 11.0])

    run = run_with(records.tasks(), 10.0, backend="thread", workers=1)

    assert (run.breakdown.unfinished, run.tasks[0].finished) == (0.0, 12.0)
    assert timeline_end(run) == 12.0
