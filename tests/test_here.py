"""What is refused is shown at the line that asked for it, without a line of our own files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import parmagic
from kernel import Notebook, check_frames
from parmagic import pmap
from programs import run_python

BEGIN = """
import parmagic, threading
from parmagic import Run, compare_runs, enqueue, pmap
lock = threading.Lock()
def guarded(x): return lock
def lazily(x): return (x for _ in "a")
run = pmap(abs, [1], backend="thread")
open("bad.json", "w").write("{}")
open("odd.json", "w").write('{"format": "parmagic run", "version": 1}')
"""
REFUSED = {
    "enqueue(abs, 1)": "QueueError",
    "enqueue(3)": "TypeError",
    "run.save('run.txt')": "ValueError",
    "run.save('no/such/run.json')": "FileNotFoundError",
    "run.save(3)": "TypeError",
    "run.trace('run.txt')": "ValueError",
    "run.plot('pie')": "PlanError",
    "run[7]": "IndexError",
    "Run.load('none.json')": "FileNotFoundError",
    "Run.load('bad.json')": "ValueError",
    "Run.load('odd.json')": "ValueError",
    "compare_runs(run, 'none.json')": "FileNotFoundError",
    "parmagic.map(abs, [1])": "AttributeError",
    "pmap(abs)": "PlanError",
    "pmap(abs, 3)": "TypeError",
    "pmap(abs, [1], backend='gpu')": "PlanError",
    "pmap(abs, [1], export='script.txt')": "PlanError",
    "pmap(guarded, [1])": "TravelError",
    "pmap(abs, [lock])": "TravelError",
    "pmap(lazily, [1])": "TravelError",
}


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    """One kernel: how its workers start has no part in what is shown."""
    with Notebook() as started:
        started.do(BEGIN)
        yield started


@pytest.mark.parametrize(("call", "name"), REFUSED.items(), ids=REFUSED)
def test_a_cell_shows_its_own_line_alone(notebook: Notebook, call: str, name: str) -> None:
    """Once, and as the last."""
    error = notebook.run(f"# the line below\n{call}").error

    assert error.ename == name
    check_frames(error)
    assert error.traceback.count(f"2 {call}\n") == 1
    assert "direct cause" not in error.traceback


def said_by(text: str, folder: Path) -> str:
    """Run a script, and return what it wrote to standard error."""
    script = folder / "script.py"
    script.write_text(text)
    return run_python(folder, str(script)).stderr


def test_a_script_shows_its_own_line_alone(tmp_path: Path) -> None:
    """Where nothing but a traceback itself says what is shown."""
    calls = "".join(
        f"try:\n    {call}\nexcept Exception: traceback.print_exc()\n" for call in REFUSED
    )
    said = said_by(f"import traceback\n{BEGIN}{calls}", tmp_path)
    shown = said.split("Traceback (most recent call last):\n")[1:]

    assert len(shown) == len(REFUSED)
    for (call, name), text in zip(REFUSED.items(), shown, strict=True):
        assert text.count('  File "') == 1, text
        assert f"\n    {call}\n" in text
        assert name in text


def test_an_exception_of_the_users_shows_the_users_lines_alone(tmp_path: Path) -> None:
    """The line that calls, and the one that fails."""
    said = said_by("import parmagic\ndef fail(x): 1 / x\nparmagic.pmap(fail, [0])\n", tmp_path)
    lines = [line for line in said.splitlines() if line.startswith('  File "')]

    assert [line.rpartition(", ")[2] for line in lines] == ["in <module>", "in fail"]


AROUND = """
import os
notebook = os.getpid()
def elsewhere(x=None):
    if os.getpid() != notebook: raise ValueError("elsewhere")
    return x
class Iterated:
    def __iter__(self): raise ValueError("iterated")
class Unread:
    def __reduce__(self): return elsewhere, (1,)
unread = Unread()
class Made:
    size = elsewhere()
def reads(x): return unread
def makes(x): return Made()
"""
RAISED = {
    "pmap(abs, Iterated())": "__iter__(self)",
    "%pmap -q abs(x) for x in Iterated()": "__iter__(self)",
    "pmap(reads, [1])": "in elsewhere(x)",
    "%pmap -q reads [1]": "in elsewhere(x)",
    "%pmap -q -b process makes [1]": "in Made()",
}


@pytest.mark.parametrize(("call", "place"), RAISED.items(), ids=RAISED)
def test_what_the_users_code_raises_around_the_tasks_shows_the_users_lines(
    notebook: Notebook, call: str, place: str
) -> None:
    """As items are begun, data are read, and classes are made in a worker."""
    notebook.do(f"%load_ext parmagic\n{AROUND}")

    error = notebook.run(call).error

    check_frames(error)
    assert place in error.traceback


def test_a_length_that_cannot_be_told_is_no_failure() -> None:
    """The items may be there: as in a plain loop, nobody has to know how many they are."""

    class Odd:
        def __len__(self) -> int:
            raise ValueError

        def __iter__(self) -> Iterator[int]:
            return iter([1])

    assert pmap(abs, Odd(), backend="thread").values == [1]


@pytest.mark.parametrize(
    "cell",
    ["%pmap -q many [1]", "%%parallel -q\na = many(1)", "%%parallel -q\nif 1:\n    many(1)"],
)
def test_an_exception_group_shows_the_users_lines_alone(notebook: Notebook, cell: str) -> None:
    """Python itself shows it in a notebook, and leaves out nothing; IPython 7 does by itself."""
    notebook.do("%load_ext parmagic\ndef many(x): raise ExceptionGroup('many', [ValueError(x)])")

    reply = notebook.run(cell)

    shown = reply.stderr + "".join(error.traceback for error in reply.errors)
    assert "ExceptionGroup: many (1 sub-exception)" in shown
    assert re.search(r"in many(\(x\))?\n", shown)
    assert str(Path(parmagic.__file__).parent) not in shown
