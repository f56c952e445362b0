"""Tasks that an earlier run has shown to be very short travel to one worker, and may come back."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from parmagic import WorkerDied, pmap
from parmagic.modules.folder import buffer_folders
from parmagic.run.backends import pool
from parmagic.run.chunk import Chunk
from parmagic.run.processes.handle import Handle
from parmagic.run.scheduling.sizes import PROMPT, SHORTEST, Sizes
from parmagic.run.scheduling.sizes import SHORT as SHORT_LENGTH
from parmagic.run.workers.claims import Claimant, Claims

SHORT = [(0.0, "", "")] * 8  # items for `wait_or_meet`
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such pipes")


@pytest.fixture(autouse=True)
def _pool() -> Iterator[None]:
    yield
    pool.close()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the numbers of items of the chunks that are given out, as they are."""
    counts: list[int] = []
    give = Handle.give

    def noted(worker: Handle, chunk: Chunk, *more: Any) -> None:
        counts.append(len(chunk.items))
        give(worker, chunk, *more)

    monkeypatch.setattr(Handle, "give", noted)
    return counts


def known_as_short(function: Callable[[Any], object], items: list[Any]) -> None:
    """Have an earlier run say that tasks take no time, whatever else the machine does."""
    pmap(function, items, workers=2)
    call_short()


def call_short(seconds: float = 1e-6) -> None:
    """Have what is known of the lengths of tasks be that they take hardly any time."""
    lengths = pool._kept.pool.lengths
    lengths.update(dict.fromkeys(lengths, seconds))


def wait_for(path: str) -> None:
    """Wait for a file; in vain until the test takes too long."""
    while not Path(path).exists():
        time.sleep(0.01)


def wait_or_meet(item: tuple[Any, ...]) -> None:
    """Take as long as asked; or leave a mark, and wait for another's."""
    seconds, mine, other, *_ = item
    if seconds:
        time.sleep(seconds)
    if mine:
        Path(mine).touch()
        wait_for(other)


def note(item: tuple[str, int, float]) -> int:
    """Add the number to a file after some time."""
    path, number, seconds = item
    time.sleep(seconds)
    with Path(path).open("a") as file:
        file.write(f"{number}\n")
    return number


def kill(item: tuple[float, bool]) -> float:
    """Take as long as asked, and end the worker if asked."""
    seconds, killing = item
    time.sleep(seconds)
    if killing:
        os.kill(os.getpid(), signal.SIGKILL)
    return seconds


@needs_pipes
def test_very_short_tasks_travel_together(given: list[int]) -> None:
    """To wake a second worker takes longer than they do."""
    known_as_short(abs, [*range(8)])
    given.clear()
    run = pmap(abs, range(-8, 0), workers=2)

    assert given[0] == 8
    assert run.values == [8, 7, 6, 5, 4, 3, 2, 1]


def test_only_few_tasks_that_are_very_short_travel_together() -> None:
    """And only where they can be taken back."""
    assert Sizes(2, expected=1e-6, claims=True).next(8) == 8
    assert Sizes(2, expected=1e-6).next(8) == 4
    assert Sizes(2, expected=SHORTEST / 4, claims=True).next(8) == 4
    assert Sizes(2, expected=1e-6, claims=True).next(64) == 16
    assert Sizes(2, expected=1e-6, claims=True).next(None) == 16
    assert Sizes(2, claims=True).next(8) == 1


@pytest.mark.parametrize("claims", [pytest.param(True, marks=needs_pipes), False])
def test_tasks_that_turn_out_long_do_not_keep_others_waiting_behind_them(
    claims: bool, given: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They were short in an earlier run, so a worker is given several, and gives them back.

    Two that wait for each other would wait in vain behind one another.
    """

    def full(*_: object) -> None:
        raise OSError("no room")

    if not claims:
        monkeypatch.setattr(os, "mkfifo", full, raising=False)
    known_as_short(wait_or_meet, SHORT)
    given.clear()
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    items = [(0.1, "", ""), (0.0, one, other), (0.0, other, one), *SHORT[3:]]
    run = pmap(wait_or_meet, items, workers=2)

    assert given[0] == (8 if claims else 4)
    assert run.tasks[1].worker != run.tasks[2].worker


@needs_pipes
def test_tasks_behind_one_that_does_not_end_are_taken_back(tmp_path: Path) -> None:
    """The first waits for the last, which is given to another worker meanwhile."""
    known_as_short(wait_or_meet, SHORT)
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    run = pmap(wait_or_meet, [(0.0, one, other), *SHORT[2:], (0.0, other, one)], workers=2)

    assert run.tasks[0].worker != run.tasks[-1].worker


@needs_pipes
@pytest.mark.parametrize("length", [SHORT_LENGTH / 20, SHORT_LENGTH * 2])
def test_each_task_runs_once_whoever_claims_it(length: float, tmp_path: Path) -> None:
    """Also where the worker goes on in the moment in which the notebook takes tasks back.

    Whether the clocks are read around all tasks, or around each.
    """
    path = tmp_path / "numbers"
    known_as_short(note, [(str(tmp_path / "before"), number, 0.0) for number in range(8)])
    for turn in range(40):
        call_short(length)
        path.write_text("")
        items = [(str(path), number, PROMPT * turn / 80) for number in range(8)]
        run = pmap(note, items, workers=2)

        assert run.values == [*range(8)]
        assert sorted(map(int, path.read_text().split())) == [*range(8)]


@needs_pipes
@pytest.mark.parametrize("seconds", [0.0, 0.05])
@pytest.mark.parametrize("guilty", [0, 3])
def test_a_death_among_tasks_that_travelled_together_costs_one_task(
    seconds: float, guilty: int
) -> None:
    """Before what is not begun is taken back, and after."""
    known_as_short(kill, [(0.0, False)] * 8)
    run = pmap(kill, [(seconds, number == guilty) for number in range(8)], workers=2, errors="keep")

    assert [type(value) for value in run.values].count(WorkerDied) == 1
    assert isinstance(run.values[guilty], WorkerDied)


@needs_pipes
def test_a_task_is_claimed_by_one_alone(tmp_path: Path) -> None:
    """Either by the worker or by the notebook, and those of an earlier chunk by nobody."""
    claims, claimant = Claims(str(tmp_path / "claims")), Claimant()
    claimant.use(claims.path)
    claims.offer(3)
    assert claimant.claim()
    assert claims.take_back() == 2
    assert not claimant.claim()
    claims.offer(2)
    claims.offer(1)
    assert [claimant.claim(), claimant.claim()] == [True, False]
    claims.close()
    assert not claimant.claim()
    claimant.close()
    assert [*tmp_path.iterdir()] == []
    assert not claimant.claim()


@needs_pipes
def test_items_that_cannot_be_sent_let_no_worker_claim_tasks_of_another(tmp_path: Path) -> None:
    """Between them there are several chunks, of which a worker may have two."""
    known_as_short(note, [(str(tmp_path / "before"), number, 0.0) for number in range(8)])
    path = tmp_path / "numbers"
    path.write_text("")
    items: list[Any] = [(str(path), number, 0.05 * (number == 0)) for number in range(16)]
    with Path(os.devnull).open("rb") as file:
        items[2] = items[4] = file
        run = pmap(note, items, workers=2, errors="keep")

    others = [number for number in range(16) if number not in {2, 4}]
    assert [run.values[number] for number in others] == others
    assert sorted(map(int, path.read_text().split())) == others


@needs_pipes
def test_large_items_that_are_taken_back_leave_no_file(tmp_path: Path) -> None:
    """Each is in a new file then, which its worker removes."""
    known_as_short(wait_or_meet, SHORT)
    before = _files_of_buffers()
    one, other = str(tmp_path / "one"), str(tmp_path / "other")
    large = pickle.PickleBuffer(bytes(2_000_000))
    items = [(0.0, one, other), *[(0.0, "", "", large)] * 6, (0.0, other, one)]
    pmap(wait_or_meet, items, workers=2)

    assert _files_of_buffers() == before


def _files_of_buffers() -> list[Path]:
    return [path for each in buffer_folders() for path in Path(each).glob("buffers-*")]


@needs_pipes
def test_a_pipe_that_could_not_be_opened_is_tried_again(
    given: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files may be few only for a while."""
    usual = os.open

    def none_left(path: Any, *more: Any, **others: Any) -> int:
        if "claims" in str(path):
            raise OSError(errno.EMFILE, "too many open files")
        return usual(path, *more, **others)

    known_as_short(abs, [*range(8)])
    pool.close()  # it may have a pipe of earlier runs
    monkeypatch.setattr(os, "open", none_left)
    pmap(abs, range(8), workers=2)
    monkeypatch.setattr(os, "open", usual)
    call_short()
    given.clear()
    pmap(abs, range(8), workers=2)

    assert given[0] == 8
