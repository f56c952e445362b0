"""How far a long run is: said while it lasts, and not a word of it afterwards."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from kernel import LIMIT, MEET, Notebook, environment, seen
from parmagic.run.screen import Screen, Stage
from parmagic.show.progress import PATIENCE, PAUSE, RARELY, Progress, progress, watch
from programs import run_python

HALF = "2 of 4 tasks on"
SOON = PATIENCE / 10  # seconds: nobody need wait in a test for what users are spared
IMPATIENT = f"from parmagic.show import progress as said; said.PATIENCE = {SOON}"
GATED = f"""{MEET}
def gated(x):
    if x > 1:
        wait_for("gate")
    return x
"""


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    """A kernel whose function waits for a file."""
    with Notebook() as one:
        one.do(f"%load_ext parmagic\n{IMPATIENT}\n{GATED}")
        yield one


@pytest.mark.parametrize("backend", ["thread", "process", "pool"])
def test_a_long_run_says_how_far_it_is(notebook: Notebook, backend: str) -> None:
    """The line is there while the run lasts, and then the headline stands in its place."""
    gate = notebook.folder / "gate"
    said: list[str] = []

    def open_gate(text: str) -> None:
        said.append(text)
        if HALF in text:
            gate.touch()

    reply = notebook.run(f"value = %pmap -b {backend} -w 2 gated range(4)", on_print=open_gate)
    gate.unlink()

    assert any(f"{HALF} {backend} × 2, " in text for text in said)
    assert reply.stdout.startswith(f"4 tasks on {backend} × 2 in ")
    assert "so far" not in reply.stdout


def test_what_a_task_prints_stands_on_lines_of_its_own(notebook: Notebook) -> None:
    """The line makes room for it."""
    gate = notebook.folder / "gate"
    notebook.do("def chatty(x):\n    value = gated(x)\n    print(f'this is {x}')\n    return value")

    def open_gate(text: str) -> None:
        if HALF in text:
            gate.touch()

    reply = notebook.run("value = %pmap -w 2 chatty range(4)", on_print=open_gate)
    gate.unlink()

    lines = reply.stdout.splitlines()
    assert sorted(lines[:4]) == [f"this is {x}" for x in range(4)]
    assert lines[4].startswith("4 tasks on pool")


@pytest.mark.parametrize("options", ["-b serial", "-c thread --no-plot"])
def test_the_line_makes_room_for_what_a_task_prints_in_the_notebook(
    notebook: Notebook, options: str
) -> None:
    """The record has what the task printed, and nothing of the line."""
    notebook.do(
        "def slow(x):\n"
        f"    time.sleep(0 if x else {SOON})\n"
        "    print(f'this is {x}')\n"
        "    return x"
    )

    reply = notebook.do(f"value = %pmap {options} -o run slow range(2)")

    assert "1 of 2 tasks on serial, " in reply.written
    assert reply.stdout.startswith("this is 0\nthis is 1\n")
    assert "so far" not in reply.stdout
    assert notebook.get("[task.stdout for task in run.tasks]") == ["this is 0\n", "this is 1\n"]


def test_a_quiet_run_says_nothing(notebook: Notebook) -> None:
    """Nor does one that is over before anybody wonders."""
    notebook.do("import time\ndef nap(x):\n    time.sleep(x)\n    return x")

    assert notebook.do(f"%pmap -q -w 2 nap [{2 * SOON}]").written == ""
    # However busy the machine is, this is not long enough for a word.
    notebook.do("said.PATIENCE = 1000.0")
    assert "\r" not in notebook.do("%pmap -w 2 nap [0.01]").written
    notebook.do(IMPATIENT)


def test_a_file_that_output_goes_to_has_no_line_that_was_written_over(tmp_path: Path) -> None:
    """There nothing can be taken back."""
    script = tmp_path / "script.ipy"
    script.write_text(
        f"%load_ext parmagic\n{IMPATIENT}\nimport time\nx = %pmap time.sleep [{2 * SOON}]\n",
        encoding="utf-8",
    )
    done = run_python(tmp_path, "-m", "IPython", "--no-term-title", str(script))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 task on pool")
    assert "\r" not in done.stdout


def test_a_script_says_how_far_it_is_if_it_is_told_to(tmp_path: Path) -> None:
    """Where its output goes to files, in lines of their own, of the standard error output."""
    script = tmp_path / "script.py"
    script.write_text(
        f"import parmagic, time\n{IMPATIENT}\n"
        f"for given in ({{}}, {{'progress': True}}):\n"
        f"    print(*parmagic.pmap(time.sleep, [{2 * SOON}], **given))\n",
        encoding="utf-8",
    )
    done = run_python(tmp_path, str(script))

    assert done.stdout == "None\nNone\n"
    assert done.stderr.startswith("0 of 1 task on pool × 1, 0 s so far\n")
    assert "\r" not in done.stderr


def test_a_run_within_a_task_says_nothing_of_itself(notebook: Notebook) -> None:
    """It is the outer one that somebody waits for."""
    notebook.do(
        "import parmagic\n"
        "def outer(x):\n"
        f"    {IMPATIENT}\n"
        f"    return parmagic.pmap(time.sleep, [{2 * SOON}], progress=True).values"
    )

    reply = notebook.do("%pmap -q outer [1]")

    assert "so far" not in reply.written + reply.stderr


def test_a_script_in_a_terminal_has_a_line_that_is_written_over(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a magic has; and a file has ever fewer lines, but one a minute."""
    line = watch()
    for elapsed in (PATIENCE, 1.5 * PATIENCE, 2 * PATIENCE, 10 * RARELY, 11 * RARELY):
        line.see(Stage("pool", 2, 1, 9, elapsed))
    assert capsys.readouterr().err.count("1 of 9 tasks") == 4

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    line = watch()
    line.see(Stage("pool", 2, 1, 9, PATIENCE))
    line.look_away()
    out, err = capsys.readouterr()
    assert "1 of 9 tasks" in out
    assert (seen(out), err) == ("", "")


def test_a_line_fits_into_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where one is broken, only the rest of it could be written over."""
    monkeypatch.setattr(sys, "__stdout__", sys.stdout)
    for columns, said in ((60, ", 8 s so far, about 25 s to go"), (44, ", 8 s so far"), (12, "")):
        monkeypatch.setenv("COLUMNS", str(columns))
        Progress().see(Stage("pool", 2, 37, 150, 8.2))
        assert capsys.readouterr().out == f"\r37 of 150 tasks on pool × 2{said}"[:columns]


def test_the_line_makes_room_for_what_is_said_of_a_run_that_is_interrupted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Such as how many threads still run."""
    screen = Screen(Progress())
    screen.see(Stage("thread", 2, 1, 9, PATIENCE))
    screen.write("stdout", "2 tasks still running\n")

    assert seen(capsys.readouterr().out) == "2 tasks still running\n"


def test_a_notebook_that_a_program_runs_has_no_line_that_was_written_over(tmp_path: Path) -> None:
    """As nbconvert and papermill do, which keep each: they ask the kernel for no input."""
    cells = [f"%load_ext parmagic\n{IMPATIENT}\nimport time", f"%pmap time.sleep [{2 * SOON}]"]
    notebook: Any = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    client = NotebookClient(notebook, kernel_name="python3", startup_timeout=LIMIT, timeout=LIMIT)

    client.execute(cwd=str(tmp_path), env=environment(tmp_path, tmp_path))

    outputs = notebook.cells[1].outputs
    assert outputs[0].text.startswith("1 task on pool × 1 in ")
    assert not [one for one in outputs if "so far" in one.get("text", "")]


def test_the_line_says_what_is_known() -> None:
    """The end is guessed by what is done; of a queue nobody knows how long it will be."""
    assert (
        progress(Stage("pool", 2, 37, 150, 8.2))
        == "37 of 150 tasks on pool × 2, 8 s so far, about 25 s to go"
    )
    assert progress(Stage("pool", 2, 0, 150, 8.2)) == "0 of 150 tasks on pool × 2, 8 s so far"
    last = "149 of 150 tasks on pool × 2, 8 s so far"
    assert progress(Stage("pool", 2, 149, 150, 8.2)) == last, "it may be a long one"
    assert progress(Stage("thread", 8, 3, None, 8.2)) == "3 tasks on thread × 8, 8 s so far"
    assert progress(Stage("serial", 1, 1, None, 61.0)) == "1 task on serial, 1 min 1 s so far"


def test_a_shorter_line_leaves_nothing_of_a_longer_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each line is written over the one before, and the last is wiped out."""
    line = Progress()
    line.see(Stage("pool", 2, 0, 9, PATIENCE / 2))
    assert not capsys.readouterr().out

    line.see(Stage("pool", 2, 1, 9, PATIENCE))
    line.see(Stage("pool", 2, 1, 9, PATIENCE + PAUSE / 2))
    line.see(Stage("pool", 2, 0, None, PATIENCE + PAUSE))
    written = capsys.readouterr().out
    assert seen(written) == "0 tasks on pool × 2, 2 s so far"

    line.look_away()
    line.look_away()
    assert seen(written + capsys.readouterr().out) == ""


def test_reading_a_cell_says_how_much_it_has_read_if_that_takes_long(notebook: Notebook) -> None:
    """As where a cell leads into a large package; afterwards, there is not a word of it."""
    cell = "gate = [gated(x) for x in (0, 1)]"
    notebook.do("said.PATIENCE = 0")
    replies = [notebook.run(f"%%parallel {one}\n{cell}") for one in ("--explain", "--no-plot")]
    quiet = notebook.run(f"%%parallel -q\n{cell}")
    notebook.do(f"said.PATIENCE = {SOON}")

    for one in replies:
        assert "reading the code that the cell calls: 1 function, 0 s so far" in one.written
        assert "reading" not in one.stdout
    assert quiet.written == ""


def test_each_run_of_a_comparison_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The second begins from nothing again."""
    line = Progress()
    line.see(Stage("serial", 1, 1, 9, 50.0))
    line.look_away()
    line.see(Stage("pool", 2, 1, 9, 0.1))
    line.see(Stage("pool", 2, 2, 9, PATIENCE))

    assert seen(capsys.readouterr().out).startswith("2 of 9 tasks on pool × 2, 2 s")
