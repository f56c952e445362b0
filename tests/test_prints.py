"""What is printed while something else is: by finalizers, signal handlers, threads and programs."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kernel import LIMIT, Notebook
from parmagic.run.backend import PROCESSES
from parmagic.run.workers.outbox import FULL, Outbox
from parmagic.run.workers.output import Lines, Writer, caught


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do("import os, signal, sys, threading, time")


def _ends(work: Callable[[], object]) -> bool:
    """Tell whether something comes to its end, and does not wait for itself."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(LIMIT / 10)
    return not thread.is_alive()


@pytest.mark.by_any_method
def test_what_takes_a_line_may_itself_print() -> None:
    """As a finalizer that Python runs at any moment; no line is lost, and none comes twice."""
    said = list[str]()

    def emit(_task: int, stream: str, text: str) -> None:
        said.append(text)
        if len(said) == 1:
            lines.feed(stream, "inner\n")

    lines = Lines(0, emit)

    assert _ends(lambda: lines.feed("stdout", "outer\n"))
    assert said == ["outer\n", "inner\n"]


@pytest.mark.by_any_method
def test_a_line_may_be_of_any_number_of_pieces() -> None:
    """As one of dots: it is not copied anew for each of them, which would take minutes."""
    said = list[str]()
    lines = Lines(0, lambda _task, _stream, text: said.append(text))

    def print_dots() -> None:
        for _ in range(100_000):
            lines.feed("stdout", "." * 100)

    assert _ends(print_dots)
    assert said == []
    lines.feed("stderr", "other\n")
    lines.feed("stdout", "end\nnext")
    lines.finish()

    assert said == ["other\n", "." * 10_000_000 + "end\n", "next"]


@pytest.mark.by_any_method
def test_what_sends_a_line_may_itself_print() -> None:
    """Also while a message of another kind is sent: it is not begun in the middle of that."""
    sent = list[tuple[Any, ...]]()
    writing = list[str]()

    def write(kind: str, *details: Any) -> None:
        assert not writing
        writing.append(kind)
        if kind == "enqueue" or details == ([(0, "stdout", "first\n")],):
            outbox.put(0, "stdout", f"during {kind}\n")
        writing.clear()
        sent.append((kind, *details))

    outbox = Outbox(write)
    outbox.begin_chunk()

    assert _ends(lambda: outbox.put(0, "stdout", "first\n"))
    assert _ends(lambda: outbox.send("enqueue"))
    outbox.end_chunk()
    outbox.close()

    assert ("enqueue",) in sent
    lines = "".join(text for kind, *rest in sent if kind == "print" for _, _, text in rest[0])
    assert lines == "first\nduring print\nduring enqueue\n"


@pytest.mark.by_any_method
def test_no_line_is_sent_behind_the_end_of_a_chunk() -> None:
    """A thread may outlive its task, and just have begun to print as the last task ended."""
    sent = list[tuple[Any, ...]]()
    outbox = Outbox(lambda *message: sent.append(message))
    outbox.begin_chunk()
    late = Lines(0, outbox.put)
    late.feed("stdout", "in time\n")

    outbox.end_chunk()
    late.feed("stdout", "too late\n")
    outbox.close()

    assert sent == [("print", [(0, "stdout", "in time\n")])]


@pytest.mark.by_any_method
def test_a_chunk_ends_though_a_thread_prints_faster_than_is_sent() -> None:
    """Also without end: what it prints after the end of the chunk is nobody's."""
    sent = list[str]()

    def write(kind: str, *_: Any) -> None:
        sent.append(kind)
        outbox.put(0, "stdout", "again\n")

    outbox = Outbox(write)
    outbox.begin_chunk()
    late = Lines(0, outbox.put)
    late.feed("stdout", "first\nsecond\n")

    assert _ends(outbox.end_chunk)
    assert set(sent) == {"print"}


@pytest.mark.by_any_method
def test_what_is_printed_while_something_is_sent_follows_in_messages_of_some_size() -> None:
    """A task may print faster than the notebook reads: to add to one text takes ever longer."""
    sent, flood = list[str](), [f"{number}\n" for number in range(30_000)]

    def write(_kind: str, lines: list[tuple[int, str, str]]) -> None:
        sent.append("".join(text for _, _, text in lines))
        if len(sent) == 1:
            for line in flood:
                outbox.put(0, "stdout", line)

    outbox = Outbox(write)
    outbox.begin_chunk()
    outbox.put(0, "stdout", "first\n")
    outbox.end_chunk()
    outbox.close()

    assert "".join(sent) == "first\n" + "".join(flood)
    assert max(map(len, sent)) <= 2 * FULL


@pytest.mark.parametrize("backend", ["serial", "thread", "pool", "process"])
def test_finalizers_may_print_while_a_task_does(notebook: Notebook, backend: str) -> None:
    """Whenever Python collects what is garbage, which may be in the middle of a print."""
    notebook.do(
        "class Node:\n"
        "    def __init__(self): self.me = self\n"
        "    def __del__(self): print('gone')\n"
        "def many(x):\n"
        "    for number in range(5_000):\n"
        "        Node()\n"
        "        print(number)\n"
        "    import gc\n"
        "    gc.collect()\n"
        "    return x"
    )

    reply = notebook.do(f"%pmap -q -w 2 -b {backend} -o run many range(2)")

    assert reply.value == "[0, 1]"
    printed = "[''.join(task.stdout for task in run.tasks).count(word) for word in ('gone', '\\n')]"
    if backend in PROCESSES:  # else another thread, or one that shows a line, may collect it
        assert notebook.get(printed) == [10_000, 20_000]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
@pytest.mark.parametrize("backend", ["serial", "pool", "process"])
def test_handlers_of_signals_may_print_while_a_task_does(notebook: Notebook, backend: str) -> None:
    """As one that says now and then how far the task is."""
    notebook.do(
        "def watched(x):\n"
        "    before = signal.signal(signal.SIGALRM, lambda *_: print('tick'))\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0.003, 0.003)\n"
        "    for number in range(30_000): print(number)\n"
        "    signal.setitimer(signal.ITIMER_REAL, 0)\n"
        "    signal.signal(signal.SIGALRM, before)\n"
        "    return x"
    )

    assert notebook.get(f"%pmap -q -w 2 -b {backend} watched range(2)") == [0, 1]


def test_a_thread_that_outlives_its_task_disturbs_no_run(notebook: Notebook) -> None:
    """Though it prints as chunks end and begin."""
    notebook.do(
        "def printing(x):\n"
        "    for number in range(3_000): print(x, number)\n"
        "def start(x):\n"
        "    threading.Thread(target=printing, args=(x,), daemon=True).start()\n"
        "    return x\n"
        "def rest(x): return x"
    )

    for _ in range(10):
        assert notebook.get("%pmap -q -w 1 start [1]") == [1]
        assert notebook.get("%pmap -q -w 1 rest range(200)") == list(range(200))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other file numbers")
@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)])
def test_a_task_may_close_what_it_prints_to(notebook: Notebook, closed: tuple[int, ...]) -> None:
    """The next run catches it anew, and no file of the worker's own is in the way."""
    notebook.do(
        f"def close(x):\n    for number in {closed}: os.close(number)\n"
        "def write(x):\n    os.write(1, b'one\\n')\n    os.write(2, b'two\\n')\n    return x"
    )
    notebook.do("%pmap -q -w 1 close [1];")

    reply = notebook.do("%pmap -q -w 1 write [7]")

    assert (reply.value, reply.stdout, reply.stderr) == ("[7]", "one\n", "two\n")


@pytest.mark.by_any_method
def test_what_stands_in_for_a_stream_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where runs of two threads overlap all the time, so that one is always under way."""
    under = io.StringIO()
    monkeypatch.setattr(sys, "stdout", under)
    current = caught(lambda: None)
    current.__enter__()
    for _ in range(100):
        following = caught(lambda: None)
        following.__enter__()
        current.__exit__(None, None, None)
        current = following
    there, depth = sys.stdout, 0
    while isinstance(there, Writer):
        there, depth = there.under, depth + 1
    current.__exit__(None, None, None)

    assert depth == 1
    assert sys.stdout is under


PRINTS_AS_A_RUN_ENDS = f"""
import sys, threading
from parmagic.run.workers.output import caught

begun, over = threading.Event(), threading.Event()

class Slow:
    def write(self, text):
        if text == "begun":
            begun.set()
            over.wait({LIMIT})

    def flush(self):
        pass

sys.stdout = Slow()
with caught(lambda: None):
    thread = threading.Thread(target=print, args=("begun",))
    thread.start()
    begun.wait({LIMIT})
over.set()
thread.join()
"""


@pytest.mark.by_any_method
def test_a_thread_may_be_in_the_middle_of_a_print_as_a_run_ends() -> None:
    """As the one of a kernel that runs finalizers; `print` itself does not hold what it fills."""
    told_at_once = os.environ | {"PYTHONMALLOC": "debug"}  # it overwrites what is freed

    ended = subprocess.run(
        [sys.executable, "-c", PRINTS_AS_A_RUN_ENDS], env=told_at_once, check=False
    )

    assert ended.returncode == 0
