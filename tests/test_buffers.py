"""Large buffers on their way into a file: what goes wrong there leaves nothing half done."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mapped import fail_at_two
from parmagic import pmap
from parmagic.modules.folder import buffer_folders
from parmagic.modules.values import buffers
from parmagic.modules.values.buffers import PARALLEL, STEP, receive, wrap
from parmagic.run.job import Job
from parmagic.run.scheduling import notes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows they stay in pickles")


def _large() -> Any:
    return np.arange(2 * PARALLEL // 8)


def test_what_a_thread_that_helps_could_not_write_is_not_taken_for_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a full disk it may be the only one to hear: the array comes another way, and is whole."""
    usual = os.pwrite
    failed = threading.Event()

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        if threading.current_thread() is threading.main_thread():
            failed.wait(60)
        elif not failed.is_set():
            failed.set()
            raise OSError(errno.ENOSPC, "no space left")
        return usual(descriptor, data, offset)

    monkeypatch.setattr(os, "pwrite", pwrite)
    array = _large()

    parcel = wrap([array], [str(tmp_path)])

    assert failed.is_set()
    assert np.array_equal(receive(parcel)[0], array)
    assert list(tmp_path.iterdir()) == []


def test_where_no_thread_is_to_be_had_that_helps_nobody_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item was said to be one that cannot be sent."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    array = _large()

    assert np.array_equal(receive(wrap([array], [str(tmp_path)]))[0], array)


def test_an_interrupt_leaves_no_file_behind_and_nobody_who_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The number of the file, which is closed, may be that of another at once."""
    usual, threads = os.pwrite, set(threading.enumerate())
    begun = threading.Event()

    def pwrite(descriptor: int, data: memoryview, offset: int) -> int:
        if threading.current_thread() is threading.main_thread():
            begun.wait(60)
            raise KeyboardInterrupt
        begun.set()
        return usual(descriptor, data[: STEP // 64], offset)

    monkeypatch.setattr(os, "pwrite", pwrite)

    with pytest.raises(KeyboardInterrupt):
        wrap([_large()], [str(tmp_path)])

    assert set(threading.enumerate()) <= threads
    assert list(tmp_path.iterdir()) == []


def test_what_a_thread_that_helps_could_not_compare_is_not_taken_for_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor does the run go on with it."""
    usual, failed = np.array_equal, threading.Event()

    def array_equal(one: Any, other: Any) -> bool:
        if threading.current_thread() is threading.main_thread():
            failed.wait(60)
        elif not failed.is_set():
            failed.set()
            raise MemoryError
        return usual(one, other)

    monkeypatch.setattr(np, "array_equal", array_equal)
    one, other = (memoryview(bytearray(2 * PARALLEL)) for _ in range(2))

    with pytest.raises(MemoryError):
        buffers.same([one], [other])


@pytest.mark.parametrize("at", [(Job, "look_at_code"), (notes, "unreturned")], ids=["code", "item"])
def test_an_interrupt_while_an_array_is_on_its_way_leaves_no_file_behind(
    monkeypatch: pytest.MonkeyPatch, at: tuple[Any, str]
) -> None:
    """Its worker has not been given it yet: code, or the items, are looked through before that."""

    def press(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(*at, press)

    with pytest.raises(KeyboardInterrupt):
        pmap(fail_at_two, [np.ones(200_000)], workers=1)

    assert [one for folder in buffer_folders() for one in Path(folder).glob("buffers-*")] == []
