"""What is to be typed instead is an option of a magic, or an argument of `pmap`: as was asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kernel import Notebook, Reply
from parmagic import PlanError
from parmagic.run.typed import as_arguments, speak_of_arguments

BEGIN = """
%load_ext parmagic
import os, threading, parmagic
from parmagic import enqueue, pmap
lock, seen = threading.Lock(), []
def guarded(x): return lock, x
def lazily(x): return (x for _ in "a")
def dies(x): os.kill(os.getpid(), 9)
def grows(x): enqueue(grows, x + 1)
def adds(x): enqueue(print, lock)
def asks(x):
    if x not in seen: seen.append(x)
"""
THREAD = "`--backend thread`", '`backend="thread"`'
# The line of `%pmap`, the call of `pmap`, and what each is told to type.
SAID = {
    "data that cannot be sent": ("guarded [1]", "guarded, [1]", *THREAD),
    "an item that cannot be sent": (
        "-b process id [lock]",
        "id, [lock], backend='process'",
        *THREAD,
    ),
    "a value that cannot be sent": ("lazily [1]", "lazily, [1]", *THREAD),
    "a task that cannot be enqueued": ("-Q adds [1]", "adds, [1], queue=True", *THREAD),
    "a worker without memory": ("dies [1]", "dies, [1]", "fewer workers (`-w`)", "(`workers`)"),
    "a queue that grows": (
        *("-Q --max-tasks 3 grows [1]", "grows, [1], queue=True, max_tasks=3"),
        *("past `--max-tasks 3`:", "past `max_tasks=3`:"),
    ),
    "a bound of no queue": (
        *("--max-tasks 3 id [1]", "id, [1], max_tasks=3"),
        *("`--max-tasks` bounds a queue: add `--queue`", "`max_tasks` bounds a queue: add `queue="),
    ),
    "a tolerance without a comparison": (
        *("--close 0.1 id [1]", "id, [1], close=0.1", "add `--compare`", "add `compare=True`"),
    ),
    "a script of a backend that is chosen": (
        *("-b auto --export a.py id [1]", "id, [1], backend='auto', export='a.py'"),
        *("type e.g. `-b pool`", 'type e.g. `backend="pool"`'),
    ),
}


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    """One kernel: how its workers start has no part in what is said."""
    with Notebook() as started:
        started.do(BEGIN)
        yield started


def message(reply: Reply) -> str:
    """Return what an error, or a usage error, says."""
    return reply.error.evalue if reply.errors else reply.usage_error


@pytest.mark.parametrize(("line", "call", "option", "argument"), SAID.values(), ids=SAID)
def test_what_is_to_be_typed_is_of_the_magic_or_of_the_call(
    notebook: Notebook, line: str, call: str, option: str, argument: str
) -> None:
    """The same message, in the words of who asked."""
    after_line = message(notebook.run(f"%pmap -q {line}"))
    after_call = message(notebook.run(f"pmap({call})"))

    assert option in after_line
    assert argument in after_call
    assert "`-" not in after_call


def test_kept_errors_and_remarks_of_a_call_speak_of_arguments_too(notebook: Notebook) -> None:
    """They are read from the record."""
    notebook.do("kept = pmap(lazily, [1, 2], errors='keep', workers=1)")
    assert notebook.get("['`backend=\"thread\"`' in str(one) for one in kept]") == [True, True]
    assert notebook.get("[str(one.error) for one in kept.tasks] == [*map(str, kept)]") is True

    notebook.do("told = pmap(asks, [1, 2], workers=1).remarks")
    assert notebook.get("[one[-26:] for one in told]") == [
        'in each worker: use `backend="thread"`'[-26:]
    ]


def test_an_error_of_ours_that_a_task_raises_may_have_arguments_of_any_kind() -> None:
    """They are the user's, as those of a class derived from it."""
    error = PlanError(3, "`-w 2`")

    speak_of_arguments(error)

    assert error.args == (3, "`workers=2`")


def test_nothing_but_options_is_written_as_arguments() -> None:
    """Code of the user's stays, and so does what only looks like an option."""
    assert (
        as_arguments("`-b pool -w 2`: `--max-tasks 9`")
        == '`backend="pool", workers=2`: `max_tasks=9`'
    )
    for text in ("`-x` is no name", "`x -w 2`", "--queue", "`-1`", "`f(--queue)`"):
        assert as_arguments(text) == text
