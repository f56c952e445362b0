"""%pmap and %%pmap in a real kernel: what they take, what they return, and what they show."""

from __future__ import annotations

import json
import re

import pytest
from IPython.core import completer

from kernel import MEET, Notebook
from marks import by_any_method, on_each_backend, on_workers, side_by_side
from parmagic.run.backend import NAMES


@pytest.fixture(scope="module", autouse=True)
def cells(notebook: Notebook) -> None:
    """Define what most tests use."""
    notebook.do(
        "import os, parmagic, sys\n"
        "numbers = range(1, 6)\n"
        "offset = 10\n"
        "def square(x): return x * x\n"
        "def show(x): return x\n"
        "class Less(list):\n"
        "    def __sub__(self, other): return [x - other for x in self]\n"
        "a, w = Less([4, 5]), 1"
    )
    notebook.do(MEET)


@on_each_backend
def test_the_values_are_a_list_in_the_order_of_the_items(notebook: Notebook, backend: str) -> None:
    """Both forms, on every backend, return what a plain loop would."""
    reply = notebook.do(
        f"squares = %pmap -q -b {backend} square numbers\n"
        f"odd = %pmap -q -b {backend} square(x) + offset for x in numbers if x % 2\n"
        "squares, odd, type(squares), type(odd)"
    )

    assert reply.value == "([1, 4, 9, 16, 25], [11, 19, 35], list, list)"


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("show [0, -1]", [0, -1]),
        ("show (a -w)", [3, 4]),
        ("show {'a': 1}", ["a"]),
        ("show {'a': offset}.values()", [10]),
        ("{'a': x, \"$offset\": '{offset}'} for x in [7]", [{"a": 7, "$offset": "{offset}"}]),
        ("f'{x} $x {{x}}' for x in 'ab'", ["a $x {x}", "b $x {x}"]),
        ('"it\'s" + x + \'"\' for x in ["#", ";"]', ["it's#\"", "it's;\""]),
        ("x - w for x in a", [3, 4]),
        ("x+y for x, y in zip(a, [10, 20])", [14, 25]),
        ("(i, *rest) for i, *rest in ['abc', 'd']", [("a", "b", "c"), ("d",)]),
        ("x * y for x in range(3) for y in range(x) if x + y", [0, 0, 2]),
        ("x if x else None for x in [0, 1]", [None, 1]),
        ("[y for y in range(x)] for x in [1, 2]", [[0], [0, 1]]),
        ("-- -x for x in a", [-4, -5]),
        ("lambda x: x + 1 range(3)", [1, 2, 3]),
        ("(lambda x, by=offset: x * by) [1, 2]", [10, 20]),
        ("str.upper ['a', 'ß']", ["A", "SS"]),
        ("abs [-1, 2]", [1, 2]),
        ("len({0: {}, 1: {1}, 2: {1, 2}}[x]) for x in {1: 2, 2: 1}", [1, 2]),
    ],
)
@by_any_method
def test_the_rest_of_the_line_arrives_as_written(
    notebook: Notebook, line: str, values: list[object]
) -> None:
    """Braces, dollars, quotes, minus signs and brackets are Python, not the shell's or ours."""
    assert notebook.get(f"%pmap -q {line}") == values


@by_any_method
def test_the_value_is_that_of_the_cell(notebook: Notebook) -> None:
    """It is shown once, and kept as `_` and in `Out`."""
    # IPython keeps nothing there once a cell has assigned it.
    notebook.do("for name in ('_', '__', '___'): globals().pop(name, None)")

    reply = notebook.do("%pmap -q square [3]")

    assert reply.value == "[9]"
    assert notebook.get("_, Out[max(Out)]") == ([9], [9])


@by_any_method
def test_a_bar_around_the_items_ends_its_line_before_the_run_is_said(notebook: Notebook) -> None:
    """As tqdm, which writes the end of its line when all items are read, and does not flush it."""
    notebook.do(
        "import sys, time\ndef bar(items):\n"
        "    for item in items:\n        time.sleep(0.001)\n        yield item\n"
        "    print('100%', end='', file=sys.stderr, flush=True)\n    print(file=sys.stderr)"
    )

    reply = notebook.do("%pmap square bar([1, 2]);")

    assert [stream for stream, _ in reply.prints][-1] == "stdout"
    assert reply.stderr == "100%\n"


@by_any_method
def test_below_timeit_only_its_time_is_said(notebook: Notebook) -> None:
    """It runs the line again and again, and each time would say how long that took."""
    for line in ("%timeit -n2 -r2 %pmap square [3]", "%%timeit -n2 -r2\n%pmap square [3]"):
        said = notebook.do(line).stdout
        assert "per loop" in said
        assert "on pool" not in said


@by_any_method
def test_a_semicolon_silences_the_value(notebook: Notebook) -> None:
    """As with %timeit, the line runs and its value is not shown."""
    reply = notebook.do("%pmap -o kept square [3];")

    assert reply.value is None
    assert reply.stdout.startswith("1 task on pool")
    assert notebook.get("kept.values") == [9]


@by_any_method
def test_a_single_call_is_answered_with_what_was_meant(notebook: Notebook) -> None:
    """The commonest slip costs one line, and that line has the cure."""
    assert "did you mean `%pmap square range(10)`" in notebook.run("%pmap square(10)").usage_error


@pytest.mark.parametrize(
    "code",
    [
        "%pmap -o square square range(3)",
        "%pmap -o square square(x) + 1 for x in numbers",
        "%%pmap -o cube cube range(3)\ndef cube(x): return x ** 3",
        "%%parallel -o square\na = square(2)",
    ],
)
@by_any_method
def test_a_record_never_takes_the_place_of_a_function_it_is_of(
    notebook: Notebook, code: str
) -> None:
    """The function would be gone without a word."""
    said = notebook.run(code).usage_error
    assert "whose place the record of the run would take: type e.g. `-o run`" in said
    assert notebook.get("square(3)") == 9


@by_any_method
def test_a_record_may_take_the_place_of_data_that_its_code_reads(notebook: Notebook) -> None:
    """As any assignment may."""
    notebook.do("again = [1, 2]\n%pmap -q -o again square again;")

    assert notebook.get("again.values") == [1, 4]


@on_each_backend
def test_a_lambda_of_other_arguments_fails_as_in_a_loop(notebook: Notebook, backend: str) -> None:
    """Python names it as it does there."""
    reply = notebook.run(f"%pmap -b {backend} lambda x, y: x + y numbers")

    assert reply.error.evalue == "<lambda>() missing 1 required positional argument: 'y'"


@by_any_method
def test_a_kind_of_chart_that_is_none_is_one_plain_error(notebook: Notebook) -> None:
    """It names those there are, at the line that asked, and shows no line of ours."""
    notebook.do("%pmap -q -o drawn square numbers;")

    error = notebook.run("drawn.plot('timelin')").error
    assert error.evalue.startswith("there is no chart 'timelin': did you mean 'timeline'?")
    assert error.traceback.count("drawn.plot('timelin')") == 1
    assert "File " not in error.traceback


@by_any_method
def test_names_are_completed_where_a_line_has_them(notebook: Notebook) -> None:
    """A function first, then what it runs over; and choices after an option that has some."""
    assert notebook.complete("%pmap squ") == ["square"]
    assert notebook.complete("%pmap square num") == ["numbers"]
    choices = notebook.complete("%pmap -c ")
    more = notebook.complete("%pmap -c thread,p")
    if hasattr(completer, "context_matcher"):
        assert choices[: len(NAMES) + 1] == [*NAMES, "all"]
        assert more == ["process", "pool"]
    else:  # before 8.6, IPython's own are among them
        assert {*NAMES, "all"} < set(choices)
        assert {"process", "pool"} < set(more)


@by_any_method
def test_the_body_of_a_cell_runs_first(notebook: Notebook) -> None:
    """%%pmap runs the body as any cell, and what it defines serves the line."""
    reply = notebook.do(
        "%%pmap -q cube(x) + more for x in range(3)\n"
        "import math\n"
        "more = int(math.sqrt(100))\n"
        "print('once')\n"
        "def cube(x):\n"
        "    return x ** 3\n"
        "more"
    )

    assert reply.stdout == "once\n"
    assert reply.value == "[10, 11, 18]"


@on_each_backend
def test_a_line_in_a_function_sees_its_local_names(notebook: Notebook, backend: str) -> None:
    """Also where a local name hides one of the notebook."""
    notebook.do(
        "def scaled(factor):\n"
        "    offset = [1, 2]\n"
        f"    values = %pmap -q -b {backend} square(x) * factor + offset[0] for x in offset\n"
        "    return values"
    )

    assert notebook.get("scaled(100), offset") == ([101, 401], 10)


@pytest.mark.parametrize("line", ["-w n", "-wn", "--workers=n", "-w 3"])
@by_any_method
def test_the_number_of_workers_may_be_a_name(notebook: Notebook, line: str) -> None:
    """An option takes a value of the notebook as it takes a literal."""
    notebook.do(f"n = 3\n%pmap -q -o run {line} square numbers;")

    assert notebook.get("run.workers") == 3
    assert notebook.get("{task.worker for task in run.tasks} <= {0, 1, 2}") is True


@side_by_side
def test_tasks_run_at_the_same_time(notebook: Notebook, backend: str) -> None:
    """Two tasks that wait for each other both end."""
    line = f"%pmap -q -b {backend} -w 2 meet('.', f'{backend}{{x}}', f'{backend}{{1-x}}')"

    assert notebook.get(f"{line} for x in range(2)") == [f"{backend}0", f"{backend}1"]


@on_each_backend
def test_no_more_tasks_run_at_a_time_than_there_are_workers(
    notebook: Notebook, backend: str
) -> None:
    """Each task counts those that run beside it by the marks they leave."""
    notebook.do(
        "import tempfile, pathlib\n"
        "marks = tempfile.mkdtemp()\n"
        "def crowd(x):\n"
        "    mark = pathlib.Path(marks, str(x))\n"
        "    mark.touch()\n"
        "    time.sleep(0.02)\n"
        "    found = len(list(pathlib.Path(marks).iterdir()))\n"
        "    mark.unlink()\n"
        "    return found"
    )

    assert max(notebook.get(f"%pmap -q -b {backend} -w 2 crowd range(6)")) <= 2


def test_a_task_of_the_process_backend_has_a_process_of_its_own(notebook: Notebook) -> None:
    """As many processes as tasks, none of them the kernel, and none left."""
    pids = notebook.get("%pmap -q -b process -w 2 os.getpid() for _ in range(5)")

    assert len(set(pids)) == 5
    assert notebook.pid not in pids
    assert not set(pids) & {process.pid for process in notebook.children()}


def test_the_workers_of_the_pool_stay_for_the_next_cell(notebook: Notebook) -> None:
    """The same processes run the next cell, and the kernel is none of them."""
    line = "%pmap -q -w 2 (meet('.', f'{0}{{x}}', f'{0}{{1-x}}'), os.getpid()) for x in range(2)"

    first = {pid for _, pid in notebook.get(line.format("first"))}
    second = {pid for _, pid in notebook.get(line.format("second"))}

    assert first == second
    assert len(first) == 2
    assert notebook.pid not in first


@on_workers
def test_a_worker_is_no_copy_of_the_kernel(notebook: Notebook, backend: str) -> None:
    """It has not even imported what the kernel runs on: so nothing was forked."""
    line = f"%pmap -q -b {backend} [m in sys.modules for m in ('IPython', 'ipykernel', 'zmq')]"

    assert notebook.get(f"{line} for _ in range(2)") == [[False] * 3] * 2


@pytest.mark.parametrize("backend", ["serial", "thread"])
def test_other_backends_run_in_the_kernel(notebook: Notebook, backend: str) -> None:
    """There the function is the very object of the notebook."""
    notebook.do("seen = []\ndef note(x): seen.append(x); return os.getpid()")

    pids = notebook.get(f"%pmap -q -b {backend} note range(3)")

    assert set(pids) == {notebook.pid}
    assert notebook.get("sorted(seen)") == [0, 1, 2]


@on_each_backend
def test_the_record_is_bound_to_the_name_asked_for(notebook: Notebook, backend: str) -> None:
    """`-o run` and `parmagic.last_run()` give the same frozen record."""
    notebook.do(f"%pmap -q -b {backend} -w 2 -o run square numbers;")

    assert notebook.get("run is parmagic.last_run()") is True
    assert notebook.get("run.values, run.backend, run.error") == ([1, 4, 9, 16, 25], backend, None)
    assert notebook.get("[(t.index, t.label, t.error) for t in run.tasks]") == [
        (number, "square", None) for number in range(5)
    ]
    assert notebook.get("all(0 <= t.started <= t.finished <= run.elapsed for t in run.tasks)")
    assert notebook.get("all(t.cpu >= 0 and 0 <= t.worker < run.workers for t in run.tasks)")
    assert notebook.run("run.values = 3").error.ename == "FrozenInstanceError"
    assert json.loads(notebook.get("import json; json.dumps(run.to_dict())"))["backend"] == backend


@on_each_backend
@by_any_method
def test_the_headline_says_what_ran_where_and_against_what(
    notebook: Notebook, backend: str
) -> None:
    """One sentence, which names its baseline; a serial run has none."""
    reply = notebook.do(f"%pmap -b {backend} -w 2 square numbers;")

    sentence, *advice = reply.stdout.splitlines()
    assert all(line.startswith("advice: ") for line in advice)
    if backend == "serial":
        assert sentence.startswith("5 tasks on serial in ")
    else:
        assert sentence.startswith(f"5 tasks on {backend} × 2 in ")
        assert re.search(r"estimated(; --compare measures it)?\)$", sentence)
        assert not reply.images


@by_any_method
def test_quiet_shows_no_chart_that_the_line_does_not_ask_for(notebook: Notebook) -> None:
    """An option wins over a default, and `quiet` over another default."""
    notebook.do("%config ParallelMagics.plot = True")
    try:
        plain = notebook.do("%pmap square numbers")
        quiet = notebook.do("%pmap -q square numbers")
        asked = notebook.do("%pmap -q --plot square numbers")
    finally:
        notebook.do("%config ParallelMagics.plot = None")

    assert [len(one.displays) for one in (plain, quiet, asked)] == [1, 0, 1]


@by_any_method
def test_quiet_shows_nothing_but_the_value(notebook: Notebook) -> None:
    """`-q` leaves out the sentence and the chart, also of a comparison."""
    reply = notebook.do("%pmap -q -c square numbers")

    assert (reply.stdout, reply.stderr, reply.displays) == ("", "", [])
    assert reply.value == "[1, 4, 9, 16, 25]"


@by_any_method
def test_compare_runs_serially_too(notebook: Notebook) -> None:
    """The serial time is measured, the values are checked, and one picture is shown."""
    reply = notebook.do("%pmap --compare -o run square numbers;")

    assert "measured)" in reply.stdout
    assert reply.sentences[-1].endswith("same values")
    assert len(reply.images) == len(reply.displays) == 1
    assert notebook.get("run.serial > 0, run.baseline.kind") == (True, "measured")


@by_any_method
def test_compare_takes_several_backends(notebook: Notebook) -> None:
    """All of them run; one is the run, the others are beside it."""
    reply = notebook.do("%pmap -c thread,process,pool -o run square numbers;")

    backends = notebook.get("[run.backend, *(other.backend for other in run.others)]")
    assert sorted(backends) == ["pool", "process", "thread"]
    assert len(reply.sentences) == 3
    assert len(reply.images) == 1


@by_any_method
def test_compare_names_the_first_value_that_differs(notebook: Notebook) -> None:
    """A worker's process has another number than the kernel: from item 1 on they differ."""
    reply = notebook.do("%pmap -c (x and os.getpid()) for x in range(3);")

    assert "values differ: item 1" in reply.stdout


@by_any_method
def test_a_plain_run_shows_no_picture(notebook: Notebook) -> None:
    """Neither shown nor assigned values come with a chart nobody asked for."""
    assert not notebook.do("%pmap square numbers").displays
    assert not notebook.do("kept = %pmap square numbers").displays


@pytest.mark.parametrize("setup", ["pass", "import matplotlib.pyplot", "%matplotlib inline"])
@pytest.mark.parametrize("options", ["--plot", "--compare"])
@by_any_method
def test_a_chart_is_one_picture(notebook: Notebook, setup: str, options: str) -> None:
    """Whether or not pyplot is imported or inline figures are on; with alternative text."""
    reply = notebook.do(f"{setup}\nkept = %pmap {options} square numbers")

    (image,) = reply.images
    assert len(reply.displays) == 1
    assert image.png.startswith(b"\x89PNG")
    assert image.metadata["image/png"]["alt"].startswith("5 tasks on pool × ")
    assert "text/html" not in image.data


@by_any_method
def test_the_chart_is_drawn_of_a_run_with_failures_that_were_kept(notebook: Notebook) -> None:
    """Where one was asked for, and where it is drawn by default; not above a traceback."""
    notebook.do("def third(x): return 3 // x")

    for cell in (
        "%pmap --plot --errors keep third [1, 0]",
        "%pmap --plot breakdown --errors keep third [1, 0]",
        "%%parallel --errors keep\nfound = [third(x) for x in [1, 0]]",
    ):
        (picture,) = notebook.do(cell).images
        assert "1 of 2 tasks" in picture.metadata["image/png"]["alt"]
    failed = notebook.run("%pmap --plot third [1, 0]")
    assert failed.error.ename == "ZeroDivisionError"
    assert not failed.images


@by_any_method
def test_no_plot_wins_over_compare(notebook: Notebook) -> None:
    """The sentence is shown, the picture is not."""
    reply = notebook.do("%pmap --no-plot --compare square numbers;")

    assert "measured" in reply.stdout
    assert not reply.displays


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
)
@by_any_method
def test_the_chart_is_saved(notebook: Notebook, suffix: str, start: bytes) -> None:
    """In the format that the name asks for, and shown only if that is asked for."""
    reply = notebook.do(f"%pmap --save chart.{suffix} square numbers;")

    assert (notebook.folder / f"chart.{suffix}").read_bytes().startswith(start)
    assert f"chart saved as chart.{suffix}" in reply.stdout
    assert not reply.displays


@on_each_backend
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_a_task_prints_arrives_while_it_runs(
    notebook: Notebook, backend: str, stream: str
) -> None:
    """The task ends only after the test has seen its first lines."""
    seen = f"seen-{backend}-{stream}"
    notebook.do(
        "def talk(x):\n"
        f"    print('first', x, file=sys.{stream})\n"
        f"    print('second', x, file=sys.{stream})\n"
        f"    wait_for('{seen}')\n"
        f"    print('last', x, file=sys.{stream}, end='')\n"
        "    return x"
    )

    def hear(text: str) -> None:
        if "second" in text:
            (notebook.folder / seen).touch()

    reply = notebook.run(f"%pmap -q -b {backend} -o run talk [7]", on_print=hear)

    assert reply.value == "[7]"
    whole = "" if backend == "serial" else "\n"  # or another task's line would be on it
    assert getattr(reply, stream) == f"first 7\nsecond 7\nlast 7{whole}"
    assert notebook.get("run.tasks[0].stdout") == "first 7\nsecond 7\nlast 7"


@on_each_backend
def test_lines_arrive_whole(notebook: Notebook, backend: str) -> None:
    """Tasks that print at the same time, in pieces, do not break each other's lines."""
    notebook.do(
        "def letters(c):\n"
        "    for _ in range(40):\n"
        "        for _ in range(10): print(c, end='')\n"
        "        print()"
    )

    reply = notebook.do(f"%pmap -q -b {backend} -w 2 -o run letters 'abc';")

    assert sorted(reply.stdout.split()) == ["a" * 10] * 40 + ["b" * 10] * 40 + ["c" * 10] * 40
    assert notebook.get("[t.stdout for t in run.tasks]") == [(c * 10 + "\n") * 40 for c in "abc"]


@on_each_backend
def test_nothing_to_do_is_done(notebook: Notebook, backend: str) -> None:
    """An empty iterable gives an empty list, and the sentence says so."""
    reply = notebook.do(f"%pmap -b {backend} square []")

    assert reply.value == "[]"
    assert reply.stdout == "no tasks: there was nothing to run\n"
    assert notebook.get(f"%pmap -q -b {backend} square(x) for x in numbers if x > 9") == []


@on_each_backend
@pytest.mark.parametrize(
    ("items", "values"),
    [("[3]", [9]), ("iter([1, 2, 3])", [1, 4, 9]), ("(x + 1 for x in numbers if x < 3)", [4, 9])],
)
def test_one_item_and_generators_are_items_too(
    notebook: Notebook, backend: str, items: str, values: list[int]
) -> None:
    """Whatever can be iterated over can be mapped over."""
    assert notebook.get(f"%pmap -q -b {backend} square {items}") == values


@on_each_backend
def test_an_endless_iterable_is_read_no_faster_than_needed(
    notebook: Notebook, backend: str
) -> None:
    """Here the first failing task ends the run; a list of all items would never be complete."""
    notebook.do("import itertools")
    last = 5 if backend == "process" else 50  # each of the others needs no process of its own

    reply = notebook.run(f"%pmap -q -b {backend} 1 / ({last} - x) for x in itertools.count()")

    assert reply.error.ename == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("square nmbers", "name `nmbers` is not defined: did you mean `numbers`?"),
        ("sqare(x) for x in numbers", "name `sqare` is not defined: did you mean `square`?"),
        ("square(x for", "cannot read `square(x for`"),
        ("square 10", "`10` is not an iterable"),
        ("square list", "`list` (type) cannot be iterated over: did you mean `list(...)`?"),
        ("square offset > 1", "`offset > 1` (bool) cannot be iterated over"),
        ("square jobs", "`jobs` (SimpleQueue) cannot be iterated over: `--queue` makes a queue"),
        ("offset numbers", "`offset` (int) cannot be called"),
        ("", "nothing to run"),
        ("-b poool square numbers", "did you mean `pool`?"),
        ("-w 0 square numbers", "-w takes a whole number from 1"),
        ("--wrkers 2 square numbers", "unknown option `--wrkers`; did you mean `--workers`?"),
        ("--save chart.gif square numbers", "a file that ends in .png, .svg or .pdf"),
    ],
)
@by_any_method
def test_a_line_that_cannot_be_read_gets_one_clear_message(
    notebook: Notebook, line: str, message: str
) -> None:
    """One line on stderr, no traceback, and nothing has run."""
    before = notebook.get("id(parmagic.last_run())")
    notebook.do("import queue\njobs = queue.SimpleQueue()")

    assert message in notebook.run(f"%pmap {line}").usage_error
    assert notebook.get("id(parmagic.last_run())") == before


@by_any_method
def test_a_cell_magic_without_a_line_says_what_goes_where(notebook: Notebook) -> None:
    """Its cell has not been run, as nobody knows what is to be done with it."""
    error = notebook.run("%%pmap -w 2\nleft_undone = square(3)").usage_error

    assert "goes into the line of `%%pmap`" in error
    assert "an ordinary cell is for `%%parallel`" in error
    assert notebook.get("'left_undone' in globals()") is False


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("await something()", "`await` in line 2"),
        ("%%time\npass", "%%pmap cannot run another cell magic: remove `%%time`"),
        ("ran = True\ndef broken(:\n    pass", "line 3 of the cell, `def broken(:`"),
    ],
)
@by_any_method
def test_a_body_that_cannot_be_run_gets_one_clear_message(
    notebook: Notebook, body: str, message: str
) -> None:
    """On one line, and neither the body nor the line has run."""
    notebook.do("ran = False")

    assert message in notebook.run(f"%%pmap square(x) for x in numbers\n{body}").usage_error
    assert notebook.get("ran") is False


@by_any_method
def test_a_run_shows_itself(notebook: Notebook) -> None:
    """As text, as HTML with alternative text, and as one picture; the front end picks."""
    reply = notebook.do("%pmap -q -o run square numbers;\nrun")

    (shown,) = reply.results
    assert set(shown.data) == {"text/plain", "text/html", "image/png"}
    assert shown.data["text/plain"].startswith("<Run: 5 tasks on pool × ")
    assert 'alt="5 tasks on pool × ' in shown.data["text/html"]
    assert shown.png.startswith(b"\x89PNG")


@by_any_method
def test_help_shows_the_options_and_runs_nothing(notebook: Notebook) -> None:
    """It begins with what the magic is for and ends with examples."""
    reply = notebook.do("%pmap -h square(0) for x in nothing")

    assert reply.stdout.startswith("Run an expression or a function on many items in parallel")
    assert "-b, --backend NAME" in " ".join(reply.stdout.split())


@by_any_method
def test_defaults_come_from_config(notebook: Notebook) -> None:
    """%config changes them, an option still wins, and what is wrong is refused."""
    notebook.do("%config ParallelMagics.backend = 'thread'\n%config ParallelMagics.workers = 3")
    try:
        notebook.do("%pmap -q -o by_config square numbers;")
        notebook.do("%pmap -q -b serial -o by_option square numbers;")
        refused = notebook.run("%config ParallelMagics.backend = 'threads'")
    finally:
        notebook.do("%config ParallelMagics.backend = 'pool'\n%config ParallelMagics.workers = 0")

    assert notebook.get("by_config.backend, by_config.workers") == ("thread", 3)
    assert notebook.get("by_option.backend") == "serial"
    assert "no backend 'threads': choose serial, thread, process" in refused.stderr
    assert 'did you mean `%config ParallelMagics.backend = "thread"`?' in refused.stderr


@pytest.mark.parametrize("option", ["-c", "-c thread", "--sweep 1,2", "-Q", "-t 60", "-r 2"])
@by_any_method
def test_an_option_that_auto_does_not_go_with_wins_where_auto_is_only_the_default(
    unhurried: Notebook, option: str
) -> None:
    """The tasks are run as without that default; on the line itself, the two are refused."""
    refused = unhurried.run(f"%pmap -q -b auto {option} square numbers").usage_error
    unhurried.do('%config ParallelMagics.backend = "auto"')
    try:
        unhurried.do(f"%pmap -q -o with_option {option} square numbers;")
        unhurried.do("%pmap -q -o without square numbers;")
    finally:
        unhurried.do('%config ParallelMagics.backend = "pool"')

    assert "the backend `auto` runs the first tasks in the notebook" in refused
    assert unhurried.get("with_option.backend, with_option.values[1:3]") == (
        "thread" if option == "-c thread" else "pool",
        [4, 9],
    )
    assert unhurried.get("without.backend") == "serial"  # which auto chose: they are few


@by_any_method
def test_the_default_says_which_backends_there_are(notebook: Notebook) -> None:
    """In what %config shows."""
    assert "serial, thread, process" in notebook.do("%config ParallelMagics").stdout


@on_each_backend
def test_names_need_not_be_ascii(notebook: Notebook, backend: str) -> None:
    """Python allows them, so every step does."""
    notebook.do("größe = 3\ndef mal(λ): return λ * größe, 'é'")

    assert notebook.get(f"%pmap -q -b {backend} mal(計算) for 計算 in [1]") == [(3, "é")]


def test_what_becomes_of_the_list_changes_nothing_in_the_record(notebook: Notebook) -> None:
    """The list that a line gives is the notebook's own, and a run has the tasks that it had."""
    notebook.do("ys = %pmap -q -w 2 -o kept square numbers")
    notebook.do("ys.append(5); del ys[0]")
    assert notebook.get("ys") == [4, 9, 16, 25, 5]
    assert notebook.get("kept.values") == [1, 4, 9, 16, 25]

    notebook.do("kept.values.append(5)")
    assert notebook.get("len(kept.tasks), kept.complete") == (5, True)


@on_each_backend
def test_the_plain_function_does_the_same(notebook: Notebook, backend: str) -> None:
    """`parmagic.pmap` in a cell gives the same values, in the record of the run."""
    notebook.do(f"run = parmagic.pmap(square, numbers, backend='{backend}', workers=2)")

    assert notebook.get("run.values, run.workers") == (
        [1, 4, 9, 16, 25],
        1 if backend == "serial" else 2,
    )


@on_workers
def test_workers_do_not_run_the_script_that_main_is_said_to_be(
    notebook: Notebook, backend: str
) -> None:
    """Some editors give a notebook's `__main__` a file; a worker needs none."""
    script = notebook.folder / "script.py"
    script.write_text("open('ran', 'w').close()\n", encoding="utf-8")
    method = notebook.get("%config ParallelMagics.start_method")
    notebook.do("%unload_ext parmagic")
    notebook.use(method)  # so that the pool is new, too
    notebook.do("import __main__; __main__.__file__ = 'script.py'")
    try:
        assert notebook.get(f"%pmap -q -b {backend} square numbers") == [1, 4, 9, 16, 25]
        assert notebook.get("__main__.__file__") == "script.py"
    finally:
        notebook.do("del __main__.__file__")

    assert not (notebook.folder / "ran").exists()


@by_any_method
def test_events_fire_once(notebook: Notebook) -> None:
    """A cell inside a magic is not a cell of its own."""
    notebook.do(
        "fired = []\n"
        "events = get_ipython().events\n"
        "hooks = {name: (lambda *_, name=name: fired.append(name))\n"
        "         for name in ('pre_run_cell', 'post_run_cell', 'pre_execute', 'post_execute')}\n"
        "for name, hook in hooks.items(): events.register(name, hook)"
    )
    notebook.do("fired.clear()")
    notebook.do("%%pmap -q square(x) for x in numbers\npass")
    fired = notebook.get("list(fired)")
    notebook.do("for name, hook in hooks.items(): events.unregister(name, hook)")

    # The last two belong to the cell that asks.
    assert fired[-6:-2] == ["pre_execute", "pre_run_cell", "post_execute", "post_run_cell"]


@by_any_method
def test_what_a_cell_defines_has_source(notebook: Notebook) -> None:
    """`inspect.getsource` works on a function that %%pmap's body defined."""
    notebook.do("%%pmap -q half(x) for x in numbers\ndef half(x):\n    return x / 2  # exactly")

    source = notebook.get("import inspect; inspect.getsource(half)")

    assert source == "def half(x):\n    return x / 2  # exactly\n"


@by_any_method
def test_the_kernel_is_left_as_it_was(notebook: Notebook) -> None:
    """After a run the streams are the kernel's own, and no name of ours is in the notebook."""
    names = "sorted(name for name in globals() if 'parmagic' in name)"

    before = notebook.get(f"type(sys.stdout).__name__, {names}")
    notebook.do("%pmap -q -b thread square numbers;")

    assert notebook.get(f"type(sys.stdout).__name__, {names}") == before


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("kept = %pmap -q square range(3);\nkept", "[0, 1, 4]"),
        ("for _ in range(2):\n    kept = %pmap -q square(x) for x in [3];  # nine\nkept", "[9]"),
        ("def get():\n    kept = %pmap -q square [3];\n    return kept\nget()", "[9]"),
        ("%pmap -q square range(3);", None),
        ("if True:\n    %pmap -q square range(3);", None),
        ("%%parallel\nkept = square(2)\n%pmap -q square range(3);", None),
    ],
)
@by_any_method
def test_a_semicolon_hides_a_value_and_takes_none_away(
    notebook: Notebook, cell: str, shown: str | None
) -> None:
    """Where the value is assigned, there is nothing to hide."""
    assert notebook.do(cell).value == shown


@on_each_backend
@by_any_method
def test_a_generator_that_is_used_up_is_named(notebook: Notebook, backend: str) -> None:
    """It is given a second time as easily as a list, and gives nothing."""
    notebook.do("some = (x for x in range(3))\nprint(*some)")

    reply = notebook.do(f"%pmap -b {backend} square some;")

    assert reply.stdout == "no tasks: there was nothing to run\n"
    assert reply.stderr == (
        "note: the generator is used up: it gives its items once, so make it anew\n"
    )
