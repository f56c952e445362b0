"""Every kind of chart: legible with few tasks and many, for every reader, in light and dark."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_hex
from matplotlib.text import Text

from kernel import MEET, Notebook
from parmagic.errors import PlanError
from parmagic.magics.options import Options, parse
from parmagic.measure.label import function_of
from parmagic.measure.record import Run
from parmagic.measure.records import Records
from parmagic.measure.task import Task
from parmagic.measure.traffic import Passage, Stretch, Traffic
from parmagic.show.alt import alt_text
from parmagic.show.charts.chart import draw
from parmagic.show.charts.dye import dye_of
from parmagic.show.charts.ink import ink
from parmagic.show.charts.page import Page
from parmagic.show.display import Chart
from parmagic.show.kinds import KINDS
from parmagic.show.lane import blocks
from parmagic.show.shade import LEVELS, Shades, shades_of
from runs import run_with

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure


pytestmark = pytest.mark.by_any_method  # the notebook draws
DARK: dict[Any, Any] = {"figure.facecolor": "#111111", "text.color": "#e8e8e8"}


def run_of(count: int, workers: int, labels: Sequence[str] = ("f(x)",), **more: Any) -> Run:
    """Build a run as backends record it, whose tasks take 1 to 5 ms, in turns on each worker."""
    records = Records(0.0, labels[0])
    records.reserve(count)
    if len(labels) > 1:
        records.labels = [labels[index % len(labels)] for index in range(count)]
    free = [0.01 * (lane % 7) for lane in range(workers)]
    for index in range(count):
        lane, took = index % workers, 0.001 * (1 + index % 5)
        records.finish(index, [None], lane, [free[lane], free[lane] + took, took])
        free[lane] += took + 1e-5
    usual = {"workers": workers, "elapsed": max(free) + 0.001, "cpus": 64}
    return run_with(records.tasks(), **usual | more)


def failed_run() -> Run:
    """Build a run of which one task failed and one was under way."""
    tasks = list(run_of(20, 2).tasks)
    tasks[3] = dataclasses.replace(tasks[3], error=ValueError())
    tasks[19] = dataclasses.replace(tasks[19], finished=None)
    return dataclasses.replace(run_of(20, 2), tasks=tasks, error=KeyboardInterrupt())


def written(figure: Figure) -> list[tuple[str, Any]]:
    """Return each text of a figure that is not empty, with the box it takes, in pixels."""
    canvas: Any = figure.canvas
    figure.draw_without_rendering()
    renderer = canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def polygons(figure: Figure) -> int:
    """Count the shapes that are drawn."""
    collections = figure.findobj(PolyCollection)
    return sum(len(collection.get_paths()) for collection in collections)


SHAPES = [
    *(run_of(count, workers) for count in (1, 100, 10_000) for workers in (2, 16, 64)),
    run_of(100, 2, [f"a = {'long_' * n}name({n})" for n in range(9)]),
    run_of(8, 2, ["x"], code=""),
    run_of(0, 2),
    failed_run(),
    run_of(100, 1, backend="serial"),
    run_of(100, 2, elapsed=1.0, serial=2.0, rounds=(0.8, 1.0, 3.0), serial_rounds=(1.5, 2.0, 2.5)),
]


def swept(counts: Sequence[int], power: float) -> Run:
    """Build a run of a sweep, in which so many workers are as fast as their power."""
    runs = tuple(run_of(n, n, elapsed=10.0 / n**power) for n in counts)
    return dataclasses.replace(runs[-1], sweep=runs)


SWEEPS = [
    swept([1], 1.0),
    swept([1, 2], 0.9),
    swept([1, 2, 4], 1.1),
    swept([1, 2, 4, 8, 16, 64], -0.9),
    swept([3, 5], 0.0),
    swept([1, 2, 3, 4], 0.5),
]


@pytest.mark.parametrize("style", [{}, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_text_is_cut_off_or_lies_on_another(kind: str, style: Any) -> None:
    """Whatever the shape of the run: every box is on the page, and no two share a pixel."""
    for run in SWEEPS if kind == "sweep" else SHAPES:
        with mpl.rc_context(style):
            figure = draw(run, kind)
            boxes = written(figure)
        for text, box in boxes:
            inside = box.x0 >= 0 and box.y0 >= 0
            inside = inside and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1
            assert inside, (run, text)
        for (text, box), (other, its) in itertools.combinations(boxes, 2):
            wide = min(box.x1, its.x1) - max(box.x0, its.x0)
            high = min(box.y1, its.y1) - max(box.y0, its.y0)
            assert wide < 1 or high < 1, (run, text, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("workers", [2, 64])
def test_ten_thousand_tasks_are_drawn_with_a_bounded_number_of_shapes(
    kind: str, workers: int
) -> None:
    """No more than pixels can show, however many tasks there are."""
    run = run_of(10_000, workers, sweep=swept([1, 2], 0.9).sweep)
    figure = draw(run, kind)

    assert polygons(figure) <= 1000 * workers
    assert len(figure.findobj()) < 400


def test_columns_that_look_alike_are_one_shape() -> None:
    """A lane that is full from end to end is a single block."""
    records = Records(0.0, "f(x)")
    records.reserve(10_000)
    for index in range(10_000):
        records.finish(index, [None], 0, [index * 1e-3, (index + 1) * 1e-3, 1e-3])

    (block,) = blocks(run_of(1, 1, tasks=records.tasks(), elapsed=10.0), 100)

    assert (block.start, block.busy) == (0.0, 1.0)
    assert block.end == pytest.approx(10.0)


def test_a_try_that_another_followed_is_drawn_where_it_was() -> None:
    """As failed: else its worker would seem to have had nothing to do."""
    records = Records(0.0, "f(x)")
    records.reserve(2)
    records.tried(0, 0, (1.0, 3.0))  # ended by a time-out: nobody knows its processor time
    records.finish(0, [None], 1, (3.0, 4.0, 0.5))

    found = blocks(run_of(1, 2, tasks=records.tasks(), elapsed=5.0), 100)

    assert [(one.lane, one.start, one.end, one.kind) for one in found] == [
        (0, 1.0, 3.0, "failed"),
        (1, 3.0, 4.0, "done"),
    ]
    records.finish(1, [None], 0, (4.0, 4.5, 0.5))
    many = blocks(run_of(2, 2, tasks=records.tasks(), elapsed=5.0), 1)  # as of more than are drawn
    assert [(one.lane, one.kind) for one in many if one.kind != "done"] == [(0, "failed")]


def test_a_worker_that_was_always_busy_looks_busy_beside_long_tasks_too() -> None:
    """A column that a long task takes a part of is not paler for it."""
    records = Records(0.0, "f(x)")
    records.reserve(1300)
    now = 0.0
    for index in range(1300):
        took = 0.0937 if index % 13 == 0 else 0.0071
        records.finish(index, [None], 0, [now, now + took, took])
        now += took

    found = blocks(run_of(1, 1, tasks=records.tasks(), elapsed=now), 1000)

    assert any(block.task is None for block in found)
    assert min(block.busy for block in found) > 0.94


def test_a_column_beside_a_long_task_is_as_pale_as_it_was_idle() -> None:
    """And has the colour of what took most of the rest of it."""
    labels = ["f(x)", *["f(x)"] * 8, *["g(x)"] * 3]
    records = Records(0.0, "f(x)")
    records.reserve(len(labels))
    records.labels = labels
    records.finish(0, [None], 0, [0.0, 2.25, 2.25])
    for index in range(1, len(labels)):
        records.finish(index, [None], 0, [2.3 + index / 100, 2.31 + index / 100, 0.01])
    records.finish(len(labels) - 1, [None], 0, [2.95, 3.6, 0.65])
    run = run_of(1, 1, tasks=records.tasks(), elapsed=10.0)

    found = [one for one in blocks(run, 10, Shades("function", ("f", "g"))) if one.task is None]

    assert [(one.start, one.busy, one.shade) for one in found] == [(2.0, 0.4, 0), (3.0, 0.6, 1)]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("f(x)", "f"),
        ("a = simulate(1)", "simulate"),
        ("model.fit(data)", "model.fit"),
        ("x + g(y)", "g"),
        ("a, b = h(1)", "h"),
        ("f", "f"),
        ("x ** 2", "x ** 2"),
        ("if (", "if ("),
    ],
)
def test_the_function_of_a_task_is_read_from_its_code(label: str, name: str) -> None:
    """Whether it is assigned, is a method, or stands inside an expression."""
    assert function_of(label) == name


def test_functions_have_a_colour_each_and_a_name_in_the_key() -> None:
    """The one with most time first; those beyond the fifth share grey."""
    calls = [f"{name}({n})" for n, name in enumerate("abcdefg")]
    shades = shades_of(run_of(70, 2, calls))
    dye = dye_of(run_of(70, 2, calls), shades, ink())
    texts = [text.get_text() for text in draw(run_of(70, 2, calls), "timeline").texts]

    assert (shades.by, shades.names[-1]) == ("function", "others")
    assert len(set(dye.colours)) == len(shades.names) == 5
    assert set(shades.names) <= set(texts)
    assert sorted(shades_of(run_of(70, 2, calls[:5])).names) == [*"abcde"]
    few = run_of(70, 2, calls[:2])
    assert {block.shade for block in blocks(few, 900, shades_of(few))} == {0, 1}
    assert shades_of(run_of(70, 2, ["a(1)", "a(2)"])).by == "duration"


def test_one_function_is_coloured_by_how_long_its_tasks_took() -> None:
    """From the shortest to the longest, in steps that are said."""
    shades = shades_of(run_of(100, 2))
    texts = [text.get_text() for text in draw(run_of(100, 2), "timeline").texts]

    assert (shades.by, shades.of("f(x)", 0.001), shades.of("f(x)", 0.005)) == (
        "duration",
        0,
        LEVELS - 1,
    )
    assert "tasks of 1 ms to 5 ms" in texts


def test_lengths_that_lie_far_apart_are_told_by_factors() -> None:
    """Else all but the longest would look alike."""
    shades = Shades("duration", shortest=0.001, longest=1.0)

    assert [shades.of("f", 10.0**power) for power in (-4, -3, -2, -1, 0)] == [0, 0, 2, 5, 7]
    assert Shades("duration", shortest=0.0, longest=1.0).of("f", 0.0) == 0


def test_bars_of_several_rounds_have_a_whisker_from_the_least_to_the_most() -> None:
    """In the scale of the bars, and on the picture to its end."""
    run = run_of(8, 2, elapsed=1.0, serial=2.0, rounds=(0.8, 1.0, 3.0), serial_rounds=(1.5, 2, 2.5))
    bars: Any = draw(run, "summary").axes[0]
    widest = bars.get_xlim()[1]
    lines = [line for line in bars.lines if len(set(line.get_ydata())) == 1]
    spans = {tuple(round(float(x) / widest * 3.0, 6) for x in line.get_xdata()) for line in lines}

    assert spans == {(1.5, 2.5), (0.8, 3.0)}
    assert not draw(run_of(8, 2, serial=2.0), "summary").axes[0].lines


@pytest.mark.parametrize("kind", ["summary", "timeline", "breakdown"])
def test_a_picture_says_itself_that_a_speed_up_cannot_be(kind: str) -> None:
    """It goes where the advice below the sentence does not: into a file, into a talk."""
    believed, doubted = run_of(8, 2, elapsed=1.0, serial=2.0), run_of(8, 2, elapsed=1.0, serial=2.7)

    assert "more likely the serial run was slower" not in " ".join(texts_of(believed, kind))
    assert "more likely the serial run was slower" in " ".join(texts_of(doubted, kind))


@pytest.mark.parametrize(
    ("serial", "swept", "kind", "said"),
    [
        (2.0, False, "summary", True),
        (None, False, "summary", False),
        (None, True, "sweep", True),
    ],
)
def test_a_picture_says_itself_that_a_measured_run_had_not_the_machine_for_itself(
    serial: float | None,
    swept: bool,
    kind: str,
    said: bool,
) -> None:
    """An estimate says it by its bounds; the speed-ups of a sweep have none that hold it."""
    passed = Passage(0, -1.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0, delayed=0.5)
    tasks = [Task(lane, "f(x)", lane, 0.0, 1.0, 0.5) for lane in range(2)]
    traffic = Traffic((passed, passed._replace(worker=1)))
    run = run_with(tasks, workers=2, elapsed=1.0, serial=serial, traffic=traffic)
    if swept:
        run = dataclasses.replace(
            run, sweep=(dataclasses.replace(run, workers=1, elapsed=1.5), run)
        )

    assert [one.cause for one in run.advice] == ["busy"]
    text = " ".join(texts_of(run, kind))
    assert ("processors that other programs had" in text) == said


def test_a_verdict_beside_a_bar_is_said_to_its_end() -> None:
    """In smaller letters, or without the time, rather than without its last word."""
    tasks = [Task(at, "f(x)", at, 0.0, 6.0, 1.5) for at in range(4)]
    for backend, workers in (("thread", 4), ("a_long_thread", 4), ("thread executor", 16)):
        run = run_of(4, workers, tasks=tasks, elapsed=8.0, backend=backend, cpus=1)
        (said,) = (text for text in texts_of(run) if text.endswith("slower to 3.00× faster"))
        assert "1.52× slower" in said


def texts_of(run: Run, kind: str = "summary") -> list[str]:
    """Return what is written on the figure itself."""
    return [text.get_text() for text in draw(run, kind).texts]


def test_no_text_is_measured_twice_and_a_headline_not_word_by_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Measuring takes as long as drawing, and a chart is waited for."""
    measured: list[tuple[str, float, Any]] = []
    measure: Any = RendererAgg.get_text_width_height_descent

    def count(self: Any, text: str, font: Any, ismath: Any) -> Any:
        measured.append((text, font.get_size(), font.get_weight()))
        return measure(self, text, font, ismath)

    monkeypatch.setattr(RendererAgg, "get_text_width_height_descent", count)
    page = Page(9.2)
    words = [f"word{number}" for number in range(42)]
    lines = page.wrap(" ".join(words), 4.0, 20)
    page.wrap(" ".join(words), 4.0, 20)

    assert " ".join(lines).split() == words
    assert len(measured) == len(set(measured))
    assert len(measured) < len(words)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("i 3.49 s", {"3.49 s"}),
        ("8 tasks of pool × 2 in 184 ms,", {"pool × 2", "184 ms,"}),
        ("i 38 % so", {"38 %"}),
    ],
)
def test_a_line_ends_at_no_number_whose_unit_follows(text: str, kept: set[str]) -> None:
    """As in `184 ms`; where the two alone are as wide as the page."""
    page = Page(9.2)
    lines = page.wrap(text, max(map(page.length, kept)), 20)

    assert " ".join(lines) == text
    assert all(any(words in line for line in lines) for words in kept)


def test_axes_that_show_no_scale_have_no_ticks_made_for_them() -> None:
    """Ticks take longer than all else of a panel of bars."""
    bars, timeline = draw(run_of(8, 2, serial=2.0), "summary").axes

    assert not bars.axison
    assert timeline.axison


def test_equal_tasks_have_one_colour_and_no_scale() -> None:
    """A scale without differences would pretend that there are some."""
    tasks = [Task(i, "f(x)", i % 2, i // 2 * 1.0, i // 2 + 1.1) for i in range(8)]

    assert shades_of(run_of(8, 2, tasks=tasks)).by == "nothing"


def test_the_lengths_of_colours_stay_apart_for_colour_blind_readers() -> None:
    """They differ in lightness, which every reader sees, and go one way."""
    for style in ({}, DARK):
        with mpl.rc_context(style):
            colours = dye_of(run_of(9, 2), shades_of(run_of(9, 2)), ink()).colours
        light = [
            0.2126 * red + 0.7152 * green + 0.0722 * blue
            for red, green, blue in (mpl.colors.to_rgb(colour) for colour in colours)
        ]
        assert light in (sorted(light), sorted(light, reverse=True))


def test_nothing_without_places_is_drawn() -> None:
    """As dots where tasks were enqueued, if none was: some versions of matplotlib cannot."""
    for axes in draw(run_of(9, 2), "timeline").axes:
        assert all(np.size(one.get_offsets()) for one in axes.collections)


@pytest.mark.parametrize("kind", ["summary", "timeline"])
def test_a_line_to_a_task_passes_behind_the_letters_of_a_block_on_its_way(kind: str) -> None:
    """They stand on a patch of the block's colour; where no line is drawn, they need none."""
    family = [
        Task(0, "crawl('/')", 0, 0.0, 1.0, 1.0),
        Task(1, "crawl('/long')", 1, 0.0, 4.0, 4.0),
        Task(2, "crawl('/late')", 2, 2.0, 4.0, 2.0, parent=0),
    ]
    alone = [dataclasses.replace(task, parent=None) for task in family]

    def patches(tasks: list[Task]) -> list[Any]:
        axes = draw(run_with(tasks, 4.0, workers=3), kind).axes[-1]
        found = [text for text in axes.texts if text.get_text().startswith("crawl")]
        lines = [one for one in axes.collections if isinstance(one, LineCollection)]
        assert all(text.get_zorder() > line.get_zorder() for text in found for line in lines)
        return [text.get_bbox_patch() for text in found]

    assert patches(family)
    assert None not in patches(family)
    assert {*patches(alone)} == {None}


def test_the_critical_task_is_outlined_and_named() -> None:
    """It is the one that ended last: the run could not end before."""
    run = run_of(100, 2)
    last = max(run.tasks, key=lambda task: task.finished or 0.0)
    figure = draw(run, "timeline")
    outlines: list[Any] = [c for c in figure.axes[0].collections if not len(c.get_facecolor())]
    corners = [path.vertices for outline in outlines for path in outline.get_paths()]
    ends = {round(max(x for x, _ in shape), 6) for shape in corners}
    texts = [text.get_text() for text in figure.texts]

    assert ends == {round(last.finished or 0.0, 6)}
    assert not any(outline.get_clip_on() for outline in outlines)  # it ends where the axes do
    assert to_hex(outlines[-1].get_edgecolor()[0]) == to_hex(mpl.rcParams["text.color"])
    assert any(text.startswith(f"critical: task {last.index}, f(x) (") for text in texts)


def test_the_critical_tasks_may_be_some_that_were_timed_together() -> None:
    """They are named by the first and the last."""
    records = Records(0.0, "f(x)")
    records.reserve(12)
    records.finish(0, [None] * 2, 1, [0.0, 0.1, 0.1])
    records.finish(2, [None] * 10, 0, [0.0, 0.5, 0.5])

    said = alt_text(run_of(1, 2, tasks=records.tasks(), elapsed=0.6), "timeline")

    assert said.endswith("Outlined, critical: tasks 2 to 11 (500 ms) ended last.")


@pytest.mark.parametrize("run", [run_of(9, 1, backend="serial"), failed_run(), run_of(0, 2)])
def test_nothing_is_critical_where_nobody_waited(run: Run) -> None:
    """One worker alone, or a run that was cut short."""
    texts = [text.get_text() for text in draw(run, "timeline").texts]

    assert not any("critical" in text for text in texts)


def test_alternative_text_of_a_timeline_says_what_its_colours_mean() -> None:
    """And which task is outlined."""
    by_length = alt_text(run_of(100, 2), "timeline")
    by_function = alt_text(run_of(100, 2, ["f(1)", "g(2)"]), "timeline")

    assert "Colours tell how long a task took, from 1 ms to 5 ms." in by_length
    assert "Outlined, critical: task " in by_length
    assert "Colours tell the functions apart: " in by_function
    assert "Bars: " not in by_length


def test_a_terminal_says_the_timeline_in_words() -> None:
    """In lines that fit."""
    lines = repr(Chart(run_of(100, 2), picture=False, kind="timeline")).splitlines()

    assert lines[0].startswith("Timeline: 100 tasks in 2 lanes")
    assert max(map(len, lines)) <= 79


@pytest.mark.parametrize(
    ("kind", "said"),
    [("timelin", "there is no chart 'timelin': did you mean 'timeline'? The"), (7, "no chart 7.")],
)
def test_an_unknown_kind_of_chart_is_refused_with_those_there_are(kind: Any, said: str) -> None:
    """By `run.plot` and by the option alike, before anything is drawn."""
    with pytest.raises(PlanError) as caught:
        run_of(8, 2).plot(kind)

    assert said in str(caught.value)
    assert str(caught.value).endswith(f"The kinds are {', '.join(KINDS)}")
    with pytest.raises(PlanError, match="there is no chart 'pie'"):
        parse("pmap", "--plot=pie f xs", {})


@pytest.mark.parametrize(
    ("line", "plot", "code"),
    [
        ("--plot timeline f xs", "timeline", "f xs"),
        ("--plot=timeline f xs", "timeline", "f xs"),
        ("--plot f xs", True, "f xs"),
        ("--plot -- timeline xs", True, "timeline xs"),
        ("--plot timelines xs", True, "timelines xs"),
    ],
)
def test_plot_takes_a_kind_or_none(line: str, plot: Any, code: str) -> None:
    """What is no kind of chart is code."""
    assert parse("pmap", line, {}) == (Options(plot=plot), code)


def test_a_notebook_shows_and_saves_the_kind_that_is_asked_for(notebook: Notebook) -> None:
    """One picture, with the alternative text of its kind; the file has the same."""
    notebook.do("def square(x):\n    return x * x")

    reply = notebook.do("%pmap --plot timeline --save lanes.svg square(x) for x in range(50);")

    (image,) = reply.images
    alt = image.metadata["image/png"]["alt"]
    assert "Bars: " not in alt
    assert "Timeline: 50 tasks" in alt
    assert "Timeline: 50 tasks" in (notebook.folder / "lanes.svg").read_text("utf-8")
    assert "there is no chart 'pie'" in notebook.run("%pmap --plot=pie square [1]").usage_error


# A cell after which a file tells when charts can be drawn.
WATCH = """
%load_ext parmagic
import sys, pathlib
class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "parmagic.show.charts.chart":
            pathlib.Path({file!r}).touch()
sys.meta_path.insert(0, Watch())
{meet}
"""


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_what_draws_is_imported_while_tasks_run(backend: str, tmp_path: Path) -> None:
    """The task itself waits for it: were it imported only afterwards, it would wait for ever."""
    file = str(tmp_path / "imported")
    with Notebook() as other:
        other.do(WATCH.format(file=file, meet=MEET))

        reply = other.do(f"%%parallel -b {backend}\nwait_for({file!r})\nwait_for({file!r})")

        assert len(reply.images) == 1


@pytest.mark.parametrize("options", ["-b thread", "--no-plot", "-c pool"])
def test_nothing_is_imported_beside_a_run_that_it_would_slow_or_that_is_not_drawn(
    options: str, tmp_path: Path
) -> None:
    """Threads share the notebook's interpreter, and a comparison must be fair."""
    file = str(tmp_path / "imported")
    with Notebook() as other:
        other.do(WATCH.format(file=file, meet=MEET))
        other.do("def look():\n    time.sleep(0.8)\n    return os.path.exists(" + repr(file) + ")")

        other.do(f"%%parallel {options}\nfirst = look()\nsecond = look()")

        assert other.get("[first, second]") == [False, False]


def hatches(figure: Figure) -> dict[str, list[tuple[float, float]]]:
    """Return the spans of each hatched look in a timeline, in seconds."""
    found: dict[str, list[tuple[float, float]]] = {}
    for each in figure.axes[0].collections:
        if each.get_hatch():
            shapes: Any = [path.vertices for path in each.get_paths()]
            spans = [(min(x for x, _ in shape), max(x for x, _ in shape)) for shape in shapes]
            found[each.get_hatch()] = [(round(low, 6), round(high, 6)) for low, high in spans]
    return found


def test_start_up_and_transfer_are_hatched_and_in_the_key() -> None:
    """By the clocks of the worker, and while it waited by those of the notebook."""
    passages = (
        Passage(0, 0.0, 0.5, 1.0, 1.5, 1.75, 2.0, 2.25),
        Passage(0, 0.0, 0.5, 3.0, 3.0, 3.0, 4.0, 4.0),
    )
    moving = (Stretch(2.5, 2.75), Stretch(2.875, 3.5), Stretch(4.25, 4.5))
    traffic = Traffic(passages[::-1], moving)  # as they came back
    tasks = [Task(0, "f(x)", 0, 1.75, 2.0), Task(1, "f(x)", 0, 3.0, 4.0)]
    figure = draw(run_of(2, 2, tasks=tasks, elapsed=5.0, traffic=traffic), "timeline")

    assert hatches(figure) == {
        "////": [(0.0, 0.5), (1.0, 1.5)],
        "\\\\\\\\": [(1.5, 1.75), (2.0, 2.25), (2.5, 2.75), (2.875, 3.0), (4.25, 4.5)],
    }
    assert {"start-up", "transfer"} <= {text.get_text() for text in figure.texts}


def test_threads_have_start_up_only() -> None:
    """Nothing travels between them and the notebook."""
    tasks = [Task(0, "f(x)", 0, 1.0, 2.0), Task(1, "f(x)", 0, 3.0, 4.0)]
    figure = draw(run_of(2, 1, tasks=tasks, elapsed=4.0, backend="thread"), "timeline")

    assert hatches(figure) == {"////": [(0.0, 1.0)]}
