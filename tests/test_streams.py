"""What stands in for the streams while tasks run, and which lines of a traceback are ours."""

from __future__ import annotations

import gc
import io
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

import pytest

import parmagic
from parmagic.run import screen
from parmagic.run.workers.failure import take_apart
from parmagic.run.workers.frames import without_ours
from parmagic.run.workers.output import Lines, Writer, caught


class Counting(io.StringIO):
    """A stream that counts how often it is flushed."""

    flushes = 0

    def flush(self) -> None:
        """Count it."""
        self.flushes += 1


def test_a_stand_in_for_a_stream_runs_nothing_as_it_is_deallocated() -> None:
    """Python would silently lose an interrupt that strikes there."""
    under = Counting()
    writer = Writer("stdout", lambda: None, under)

    del writer
    gc.collect()

    assert under.flushes == 0


def test_what_is_printed_soon_after_something_else_is_shown_though_nothing_follows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As by a script, whose output goes to a pipe, and that then computes for long."""
    now, under = [10.0], Counting()
    monkeypatch.setattr(sys, "stdout", under)
    monkeypatch.setattr("parmagic.run.screen.time", SimpleNamespace(perf_counter=lambda: now[0]))
    shown = screen.Screen(None)
    stage = screen.Stage("pool", 2, 0, 4, 1.0)

    shown.show(0, "stdout", "one\n")
    shown.show(0, "stdout", "two\n")
    shown.see(stage)
    assert under.flushes == 1

    now[0] += 2 * screen.PAUSE
    shown.see(stage)
    shown.see(stage)
    assert under.flushes == 2


def test_bytes_below_a_stand_in_for_a_stream_may_be_wrapped_as_text() -> None:
    """As modules do that print UTF-8 everywhere: `sys.stdout = io.TextIOWrapper(...)`."""
    under, said = io.TextIOWrapper(io.BytesIO(), write_through=True), list[str]()
    lines = Lines(0, lambda _task, _stream, text: said.append(text))
    writer = Writer("stdout", lambda: lines, under)

    with io.TextIOWrapper(writer.buffer, encoding="utf-8") as wrapper:
        wrapper.write("one ä\n")
    writer.buffer.writelines([b"two\n", b"three\n"])

    assert said == ["one ä\n", "two\n", "three\n"]
    assert not under.closed


def test_a_stand_in_for_a_stream_is_good_for_what_a_file_is() -> None:
    """Libraries ask whether it is one, and print to it in several ways."""
    under, said = io.StringIO(), list[str]()
    lines = Lines(0, lambda _task, _stream, text: said.append(text))
    writer = Writer("stdout", lambda: lines, under)

    print("one", file=writer)
    writer.writelines(["two\n", "three"])
    lines.finish()
    writer.close()
    writer.end()
    writer.write("after")

    assert isinstance(writer, io.TextIOBase)
    assert (writer.writable(), writer.readable(), writer.seekable()) == (True, False, False)
    assert (writer.isatty(), writer.closed, hasattr(writer, "buffer")) == (False, False, False)
    assert ("".join(said), under.getvalue()) == ("one\ntwo\nthree", "after")


def test_the_streams_are_put_back_if_one_of_them_cannot_be_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever happens between the two."""
    before = sys.stdout
    monkeypatch.delattr(sys, "stderr")

    with pytest.raises(AttributeError), caught(lambda: None):
        pass

    monkeypatch.undo()
    assert sys.stdout is before


def test_only_files_in_the_package_are_left_out_of_tracebacks() -> None:
    """A module of the user's may lie beside it, and have a name that begins like it."""
    package = Path(parmagic.__file__).parent
    known: dict[str, object] = {}
    for name in (f"{package}/ours.py", f"{package}_tools.py"):
        code = "def inner(): 1 / 0" if name.endswith("_tools.py") else "def outer(): inner()"
        exec(compile(code, name, "exec"), known)  # noqa: S102 - a file with such a name

    with pytest.raises(ZeroDivisionError) as raised:
        known["outer"]()  # type: ignore[operator]
    left = without_ours(raised.tb.tb_next, None)

    assert [frame.filename for frame in traceback.extract_tb(left)] == [f"{package}_tools.py"]


def test_a_worker_sends_no_frame_of_our_own_files() -> None:
    """Nor the last one, as where a task writes no bytes to what stands in for a stream."""
    writer = Writer("stdout", lambda: Lines(0, print), io.TextIOWrapper(io.BytesIO()))

    with pytest.raises(TypeError) as raised:
        writer.buffer.write("text")
    (link,) = take_apart(raised.value)

    assert [frame.filename for frame in link.frames] == [__file__]
