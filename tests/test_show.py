"""What is shown of a run: its sentence, its bars of text, its picture, its page."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from kernel import LIMIT
from parmagic.measure.record import Run
from parmagic.measure.task import PENDING, Task
from parmagic.measure.traffic import Passage, Traffic
from parmagic.show.alt import alt_text
from parmagic.show.charts.chart import draw, picture, save
from parmagic.show.display import Chart, bars
from parmagic.show.duration import duration
from parmagic.show.headline import comparison_lines, headline
from parmagic.show.lane import blocks
from parmagic.show.verdict import as_ratio
from parmagic.words import one_line, plain
from runs import run_with

if TYPE_CHECKING:
    from pathlib import Path

SERIAL, PARALLEL, FAILED = (0xD5, 0x5E, 0x00), (0x00, 0x72, 0xB2), (0xCC, 0x79, 0xA7)


def run_of(count: int = 8, took: float = 0.25, elapsed: float = 1.05, **more: Any) -> Run:
    """Build a run whose tasks took equally long, one after another on each worker."""
    workers = more.get("workers", 2)
    tasks = [
        Task(i, "square(x)", i % workers, i // workers * took, (i // workers + 1) * took, took)
        for i in range(count)
    ]
    usual = {"code": "square(x) for x in numbers", "workers": workers, "cpus": 64}
    return run_with(tasks, elapsed, **usual | more)


def failed_run() -> Run:
    """Build a run that stopped at its fourth task, with one under way and three not reached."""
    error = ZeroDivisionError("division by zero")
    tasks = list(run_of().tasks)
    tasks[3] = dataclasses.replace(tasks[3], error=error)
    tasks[4] = Task(4, "square(x)", 0, 0.5)
    tasks[5:] = [Task(index, "square(x)") for index in range(5, 8)]
    return dataclasses.replace(run_of(), tasks=tasks, error=error, elapsed=0.5)


def threads(**more: Any) -> Run:
    """Build a run of computing threads, whose serial time is only bounded."""
    tasks = [dataclasses.replace(task, cpu=0.25) for task in run_of(8, 0.5).tasks]
    return dataclasses.replace(run_of(8, 0.5), backend="thread", tasks=tasks, elapsed=2.02, **more)


def shown(value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Format a value as IPython would to display it: its data and metadata by kind."""
    formatter: Any = DisplayFormatter()
    data, metadata = formatter.format(value)
    return data, metadata


def pixels(data: bytes) -> dict[Any, int]:
    """Count the pixels of each colour in a picture."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    colours = image.getcolors(image.width * image.height) or []
    return {colour: int(count) for count, colour in colours}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (8.5e-7, "850 ns"),
        (8.5e-5, "85 µs"),
        (0.0852, "85.2 ms"),
        (0.9999, "1 s"),
        (1.054, "1.05 s"),
        (59.96, "1 min"),
        (125.4, "2 min 5 s"),
        (3599.7, "1 h"),
        (3780, "1 h 3 min"),
    ],
)
def test_a_duration_is_said_in_the_unit_a_reader_would_choose(seconds: float, said: str) -> None:
    """Three significant digits below a minute, two units from there on."""
    assert duration(seconds) == said


def test_a_faster_run_says_faster() -> None:
    """Tasks, backend and workers, elapsed, factor, and the serial time with its kind."""
    assert headline(run_of()) == (
        "8 tasks on pool × 2 in 1.05 s: 1.90× faster than serial (2 s, estimated)"
    )


def test_a_slower_run_says_slower() -> None:
    """Losing is said as plainly as winning."""
    run = run_of(5, 4.2e-4, 0.085, serial=0.0021)

    assert headline(run) == (
        "5 tasks on pool × 2 in 85 ms: 40× slower than serial (2.1 ms, measured); same values"
    )


@pytest.mark.parametrize("elapsed", [0.96, 1.0, 1.04])
def test_a_small_difference_is_none(elapsed: float) -> None:
    """Within five per cent nothing is claimed."""
    assert ": about the same as serial (1 s, measured)" in headline(
        run_of(elapsed=elapsed, serial=1.0)
    )


def test_computing_threads_are_not_a_speed_up() -> None:
    """They may be slower than serial, as taking turns costs: the sentence begins with that."""
    assert headline(threads()) == (
        "8 tasks on thread × 2 in 2.02 s: between 1.15× slower and 1.98× faster than serial "
        "(1.75 s to 4 s, estimated; --compare measures it)"
    )
    assert "compare=True measures it" in headline(threads(cell=None))
    assert "compare=True measures it" in headline(threads(called=True))


@pytest.mark.parametrize(
    ("elapsed", "said", "beside"),
    [
        (1.0, "between 1.75× and 4.00× faster than serial", "1.75× to 4.00× faster"),
        (1.75, "about the same as serial, at most 2.29× faster", "at most 2.29× faster"),
        (3.0, "between 1.71× slower and 1.33× faster than serial", "1.71× slower to 1.33× faster"),
        (4.0, "about the same as serial, at worst 2.29× slower", "at worst 2.29× slower"),
        (8.0, "between 2.00× and 4.57× slower than serial", "2.00× to 4.57× slower"),
    ],
)
def test_a_bound_is_said_from_its_worse_end(elapsed: float, said: str, beside: str) -> None:
    """Both ends are said, and a run that may be slower does not sound faster."""
    run = dataclasses.replace(threads(), elapsed=elapsed)

    assert f": {said} (1.75 s to 4 s" in headline(run)
    assert bars(run).endswith(f"  {beside}")


@pytest.mark.parametrize(
    ("ratio", "said"),
    [
        (9.994, "9.99× faster"),
        (9.996, "10× faster"),
        (40.4, "40× faster"),
        (99.7, "100× faster"),
        (7143.0, "7,100× faster"),
        (1 / 7143, "7,100× slower"),
        (0.0, "far slower"),
    ],
)
def test_a_ratio_is_said_with_no_more_digits_than_clocks_support(ratio: float, said: str) -> None:
    """Two or three."""
    assert as_ratio(ratio) == said


def test_a_serial_run_claims_nothing() -> None:
    """There is nothing to compare a serial run with."""
    assert headline(run_of(backend="serial", workers=1)) == "8 tasks on serial in 1.05 s"


def test_one_task_and_no_tasks_are_said_in_good_english() -> None:
    """One is not a plural, and none is not a run."""
    assert headline(run_of(1)).startswith("1 task on pool")
    assert headline(run_of(0)) == "no tasks: there was nothing to run"


def test_a_failed_run_says_how_far_it_came_and_claims_no_speed_up() -> None:
    """Three of eight finished; what was saved is not known."""
    assert headline(failed_run()) == (
        "3 of 8 tasks on pool × 2 in 500 ms, stopped by ZeroDivisionError in task 3; "
        "what was done: `import parmagic; parmagic.last_run().values`"
    )


def test_where_nothing_was_done_nothing_is_named() -> None:
    """The first of the tasks failed."""
    run = dataclasses.replace(failed_run(), tasks=failed_run().tasks[3:5])

    assert headline(run).endswith("stopped by ZeroDivisionError in task 3")


def test_an_interrupted_run_says_so() -> None:
    """The user knows why it stopped, and wants to know how far it came."""
    run = dataclasses.replace(failed_run(), error=KeyboardInterrupt())

    where = "what was done: `import parmagic; parmagic.last_run().values`"
    assert headline(run).endswith(f"3 of 8 tasks on pool × 2 in 500 ms, interrupted; {where}")


def test_failures_that_did_not_stop_the_run_are_counted() -> None:
    """A run that kept going past its failures claims no speed-up either."""
    run = dataclasses.replace(failed_run(), error=None)

    assert headline(run).endswith(", 1 failed, the first with ZeroDivisionError in task 3")


def test_values_that_differ_are_said() -> None:
    """A fast wrong answer is a wrong answer."""
    run = run_of(serial=2.0, difference="item 3: 9 serially, 10 in parallel")

    assert headline(run).endswith("; values differ: item 3: 9 serially, 10 in parallel")


def test_each_backend_compared_has_its_line() -> None:
    """The headline is of one backend, the lines are of the others."""
    other = run_of(backend="thread", elapsed=2.01, serial=2.0)
    run = run_of(serial=2.0, others=(other, dataclasses.replace(failed_run(), serial=2.0)))

    assert comparison_lines(run) == [
        "thread × 2 in 2.01 s: about the same as serial; same values",
        "pool × 2 in 500 ms, stopped by ZeroDivisionError in task 3",
    ]
    assert str(run).splitlines() == [headline(run), *comparison_lines(run)]
    assert repr(run) == f"<Run: {headline(run)}>"


def test_text_falls_back_to_what_a_stream_can_carry() -> None:
    """`×` and `µ` have plain stand-ins, and no character is an error."""
    assert plain("2 × 85 µs 計", "ascii") == "2 x 85 us ?"
    assert plain("2 × 85 µs", "latin-1") == "2 × 85 µs"
    assert plain("×", "no such encoding") == "x"
    assert plain("計", None) == "計"
    assert one_line("a\n  b" + "c" * 99, 10) == "a bcccccc…"


def test_bars_are_as_long_as_their_times() -> None:
    """A bar of half the time is half as long, and everything fits in the width."""
    serial, parallel = bars(run_of(elapsed=1.0), 70).splitlines()

    assert serial.count("█") == pytest.approx(2 * parallel.count("█"), abs=1)
    assert serial.count("█") > 20
    assert serial.endswith("2 s  (estimated)")
    assert parallel.endswith("1 s  2.00× faster")
    assert all(len(line) <= 70 for line in (serial, parallel))


def test_an_uncertain_bar_is_light() -> None:
    """Of the bounded serial time, 1.75 s of 4 s, a part is certain, the rest is not."""
    serial, _ = bars(threads()).splitlines()

    whole = serial.count("█") + serial.count("░")
    assert serial.count("█") == pytest.approx(whole * 1.75 / 4, abs=1)
    assert "(estimated)" in serial


def test_bars_can_be_ascii() -> None:
    """A terminal that knows only ASCII gets bars all the same."""
    text = bars(threads(), encoding="ascii")

    assert text.isascii()
    assert "####----" in text
    assert "thread x 2" in text


def test_a_bar_that_is_too_short_to_see_is_a_mark() -> None:
    """Whatever it is drawn with."""
    slow = run_of(5, 4.2e-4, 0.85, serial=0.0021)

    assert [bars(slow, encoding=name).split()[1] for name in ("utf-8", "ascii")] == ["▌", "#"]


def test_bars_show_every_backend() -> None:
    """Serial, the main run, and the others."""
    run = run_of(serial=2.0, others=(threads(serial=2.0),))

    assert [line.split()[0] for line in bars(run).splitlines()] == ["serial", "pool", "thread"]
    assert "(measured)" in bars(run)


def test_bars_of_a_failed_run_compare_nothing() -> None:
    """There is its time, and how far it came."""
    assert bars(failed_run()).splitlines() == [bars(failed_run())]
    assert bars(failed_run()).endswith("3 of 8 tasks")
    assert bars(run_of(0)) == headline(run_of(0))
    assert bars(run_of(backend="serial", workers=1)).endswith("█  1.05 s")


def test_few_tasks_are_a_block_each() -> None:
    """A block begins and ends with its task, in the lane of its worker."""
    first, second, *_ = blocks(run_of(), 900)

    assert (first.lane, first.start, first.end, first.kind) == (0, 0.0, 0.25, "done")
    assert second.lane == 1
    thin = [Task(0, "f(x)", 0, 0.0, 1.0), Task(1, "f(x)", 0, 1.0, 1.0001)]
    assert [block.task for block in blocks(run_of(tasks=thin), 900)] == thin


def test_thin_tasks_are_gathered_without_losing_or_making_time() -> None:
    """Where blocks are thinner than a pixel, columns say how busy the worker was."""
    run = run_of(10_000, 1e-4, 1.0)

    found = blocks(run, 77)

    assert len(found) <= 2 * 77
    assert sum((b.end - b.start) * b.busy for b in found) == pytest.approx(1.0)


def test_a_thin_failure_is_not_lost_in_the_crowd() -> None:
    """One failure among ten thousand still has its block."""
    tasks = list(run_of(10_000, 1e-4, 1.0).tasks)
    tasks[77] = dataclasses.replace(tasks[77], error=ValueError())
    run = dataclasses.replace(run_of(10_000, 1e-4, 1.0), tasks=tasks)

    assert [b.task.index for b in blocks(run, 100) if b.kind == "failed" and b.task] == [77]


def test_the_picture_has_bars_in_both_colours() -> None:
    """Serial in vermilion, twice as much as the parallel bar; the blocks in blue."""
    found = pixels(picture(run_of(elapsed=1.0)))

    assert found[SERIAL] > 10_000
    assert found[PARALLEL] > found[SERIAL]
    assert FAILED not in found


def test_the_title_is_the_headline() -> None:
    """Wrapped, but whole."""
    texts = [text.get_text() for text in draw(threads()).texts]

    assert headline(threads()) in " ".join(texts)
    assert "In[4]: square(x) for x in numbers" in texts


def test_a_failure_is_marked_by_colour_pattern_and_shape() -> None:
    """Not by colour alone: hatched, with a cross, and explained."""
    figure = draw(failed_run())
    markers = [line.get_marker() for axes in figure.axes for line in axes.lines]
    hatches = [c.get_hatch() for axes in figure.axes for c in axes.collections]

    assert markers == ["X"]
    assert "////" in hatches
    assert {"failed", "not finished"} <= {text.get_text() for text in figure.texts}
    assert pixels(picture(failed_run()))[FAILED] > 1000


def test_a_failed_run_has_no_bars_to_compare() -> None:
    """The timeline has the picture for itself."""
    assert len(draw(failed_run()).axes) == 1
    assert len(draw(run_of()).axes) == 2
    assert len(draw(run_of(0)).axes) == 0


def test_an_uncertain_part_is_hatched() -> None:
    """The certain part of a bounded time is solid, the other is not."""
    solid, hatched, _ = draw(threads()).axes[0].patches

    assert not solid.get_hatch()
    assert hatched.get_hatch() == "////"


def test_long_text_is_cut_to_the_picture() -> None:
    """Nothing is written beyond the edge."""
    figure = draw(run_of(code="compute(alpha, beta) + " * 40, difference="x " * 400, serial=2.0))
    canvas: Any = figure.canvas
    renderer = canvas.get_renderer()

    ends = [text.get_window_extent(renderer).x1 for text in figure.texts]

    assert max(ends) <= figure.bbox.width
    assert sum(text.get_text().endswith("…") for text in figure.texts) == 2


@pytest.mark.parametrize("count", [0, 1, 100, 10_000])
@pytest.mark.parametrize("workers", [1, 13, 64])
def test_any_number_of_tasks_and_workers_can_be_drawn(count: int, workers: int) -> None:
    """No size is an error, and no picture is taller than a screen."""
    data = picture(run_of(count, 0.01, count * 0.01 / workers + 0.1, workers=workers))

    assert Image.open(io.BytesIO(data)).height < 1200


def test_many_lanes_are_named_sparsely() -> None:
    """Of 64 workers, at most a dozen are named, the first and the last among them."""
    names = [label.get_text() for label in draw(run_of(64, workers=64)).axes[1].get_yticklabels()]

    assert len(names) <= 12
    assert (names[0], names[-1]) == ("worker 0", "worker 63")


def test_blocks_are_labelled_when_they_are_few() -> None:
    """By what they ran where that differs, by their number where it does not."""
    tasks = [dataclasses.replace(run_of(2, 1.0).tasks[i], label=f"f({i})") for i in range(2)]
    named = draw(dataclasses.replace(run_of(2, 1.0), tasks=tasks))

    assert [text.get_text() for text in named.axes[1].texts] == ["f(0)", "f(1)"]
    assert [text.get_text() for text in draw(run_of(2)).axes[1].texts] == ["0", "1"]
    assert not draw(run_of(1000, 0.002)).axes[1].texts


def test_labels_in_any_script_draw_without_a_warning() -> None:
    """A character that no font has is a question mark, not a warning; dollars are not formulae."""
    label = "計算(café, λ, '$x_{1$ \U0001f600')"
    task = dataclasses.replace(run_of(1).tasks[0], label=label, error=None)
    other = dataclasses.replace(run_of(2).tasks[1], label="g()")
    run = dataclasses.replace(run_of(2), tasks=[task, other], code=label)

    texts = [text.get_text() for text in draw(run).texts]

    assert any("(café, λ, '$x_{1$" in text for text in texts)
    assert picture(run, "svg")
    assert picture(run)


@pytest.mark.parametrize(
    ("style", "background"),
    [
        ({"figure.facecolor": "none"}, (255, 255, 255)),
        ({"figure.facecolor": "none", "text.color": "w"}, (0x11, 0x11, 0x11)),
        ({"figure.facecolor": "#223344", "text.color": "w"}, (0x22, 0x33, 0x44)),
        ({"savefig.transparent": True, "savefig.facecolor": "red"}, (255, 255, 255)),
    ],
)
def test_the_background_is_opaque_and_suits_the_text(
    style: Any, background: tuple[int, int, int]
) -> None:
    """What the user's style leaves open is chosen so that the picture can be read anywhere."""
    with mpl.rc_context(style):
        image = Image.open(io.BytesIO(picture(run_of()))).convert("RGBA")

    assert image.getpixel((2, 2)) == (*background, 255)


def test_a_style_for_saving_does_not_change_the_size() -> None:
    """The size that is announced to the notebook is the size of the image."""
    with mpl.rc_context({"savefig.bbox": "tight", "savefig.dpi": 50, "figure.autolayout": True}):
        data, metadata = draw(run_of()).bundle()

    size = metadata["image/png"]
    assert Image.open(io.BytesIO(data["image/png"])).size == (
        2 * size["width"],
        2 * size["height"],
    )


def test_drawing_leaves_no_trace() -> None:
    """No setting of matplotlib is changed and pyplot is not imported; text needs no matplotlib."""
    code = (
        "import sys\n"
        "from parmagic import Run, Task\n"
        "from parmagic.show.display import Chart\n"
        "run = Run('f(x)', 'pool', 1, [1], [Task(0, 'f(x)', 0, 0.0, 1.0)], 1.0, 1, True)\n"
        "str(run), repr(Chart(run, False)), run.to_dict(), Chart(run, False)._repr_mimebundle_()\n"
        "assert not any(name.startswith('matplotlib') for name in sys.modules)\n"
        "assert 'IPython' not in sys.modules\n"
        "import matplotlib\n"
        # Read below its `__getitem__`, which imports pyplot to find the backend.
        "before = list(dict.items(matplotlib.rcParams))\n"
        "run.plot(), run._repr_html_(), run._repr_png_(), Chart(run, True)._repr_mimebundle_()\n"
        "assert list(dict.items(matplotlib.rcParams)) == before\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=LIMIT)


def test_alternative_text_says_what_the_picture_shows() -> None:
    """The headline, the bars and the timeline, in words."""
    assert alt_text(run_of(elapsed=1.0, serial=2.0)) == (
        "8 tasks on pool × 2 in 1 s: 2.00× faster than serial (2 s, measured); same values. "
        "Bars: serial 2 s, measured; pool × 2 1 s, 2.00× faster. "
        "Timeline: 8 tasks in 2 lanes, one for each worker, 100 % busy; "
        "the longest task took 250 ms."
    )
    assert "1 task failed, marked by a cross" in alt_text(failed_run())
    assert "50 % busy" in alt_text(run_of(elapsed=2.0))
    assert alt_text(run_of(0)) == "no tasks: there was nothing to run."


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_picture_is_saved_by_its_suffix(tmp_path: Path, suffix: str, start: bytes) -> None:
    """The name says which kind of file it is, in either case."""
    path = tmp_path / f"chart.{suffix.upper()}"

    save(run_of(), path)

    assert path.read_bytes().startswith(start)


def test_an_svg_has_its_words_in_it(tmp_path: Path) -> None:
    """The alternative text is the description of the drawing."""
    save(run_of(), str(tmp_path / "chart.svg"))

    root = ET.parse(tmp_path / "chart.svg").getroot()  # noqa: S314 - our own file
    assert alt_text(run_of()) in "".join(root.itertext())


@pytest.mark.parametrize(
    ("name", "has"),
    [("chart.gif", r"the suffix '\.gif'"), ("chart", "no suffix"), ("png", "no suffix")],
)
def test_another_suffix_is_refused_with_the_three_that_work(
    tmp_path: Path, name: str, has: str
) -> None:
    """The message names the file and the suffixes; nothing is written."""
    said = rf"{name}', which has {has}: end the name in \.png, \.svg or \.pdf"
    with pytest.raises(ValueError, match=said):
        save(run_of(), tmp_path / name)

    assert not list(tmp_path.iterdir())


def test_a_notebook_gets_one_image_with_its_size_and_words() -> None:
    """IPython's own formatter finds the text and the picture, and nothing else."""
    data, metadata = shown(Chart(run_of(), picture=True))

    assert set(data) == {"text/plain", "image/png"}
    assert data["text/plain"] == bars(run_of())
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == alt_text(run_of())
    assert metadata["image/png"]["width"] == 920


def test_a_terminal_gets_text_only() -> None:
    """No picture is drawn where none can be shown."""
    data, metadata = shown(Chart(run_of(), picture=False))

    assert data == {"text/plain": bars(run_of())}
    assert metadata == {}


def test_a_plotted_figure_shows_itself() -> None:
    """What `run.plot()` returns is one image in a notebook, pyplot or not."""
    data, _ = shown(run_of().plot())

    assert data["image/png"].startswith(b"\x89PNG")


def test_a_run_has_text_html_and_png() -> None:
    """A run at the end of a cell shows itself in each form a front end may want."""
    data, _ = shown(run_of())

    assert data["text/plain"] == repr(run_of())
    assert data["image/png"].startswith(b"\x89PNG")
    assert "data:image/png;base64," in data["text/html"]


def test_html_escapes_and_explains() -> None:
    """What the user wrote is shown, not interpreted; the serial time says where it comes from."""
    tasks = [dataclasses.replace(task, label="f('<b>')") for task in threads().tasks]
    page = dataclasses.replace(threads(), tasks=tasks)._repr_html_()

    assert "f(&#x27;&lt;b&gt;&#x27;)" in page
    assert "<b>" not in page
    assert "estimated to lie between 1.75 s and 4 s: the tasks competed" in page
    assert f'alt="{alt_text(threads())}"' in page
    assert page.count("<tr>") == 1 + 5


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"serial_threads": 4}, "serially a numerical library has 4 threads"),
        ({"passage": {"faults": 500_000}}, "the tasks were given memory beside each other"),
        ({"passage": {"faults": 100_000, "new": True}}, "new workers had to be given their memory"),
        ({"passage": {"returned": 10**9}}, "serially the results need new memory"),
    ],
)
def test_html_says_why_serial_time_is_a_bound(more: dict[str, Any], said: str) -> None:
    """Whatever the clocks of tasks cannot tell is named."""
    passage = Passage(0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, **more.pop("passage", {}))
    run = dataclasses.replace(
        run_of(8, 0.5), start_method="spawn", traffic=Traffic((passage,)), **more
    )

    assert not run.baseline.exact
    assert f": {said}" in run._repr_html_()


def test_html_of_a_failed_run_shows_the_failure() -> None:
    """The failed task is in the table with its message, and no serial time is explained."""
    page = failed_run()._repr_html_()

    assert "<td>ZeroDivisionError: division by zero</td>" in page
    assert "Serial time" not in page


def test_pending_values_and_json_do_not_disturb_the_views() -> None:
    """Values are never shown, so any value will do."""
    run = dataclasses.replace(failed_run(), values=[PENDING] * 8)

    assert json.dumps(run.to_dict())
    assert run._repr_html_()
