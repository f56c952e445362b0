"""The task of an `async def` runs its coroutine, on every backend."""

from __future__ import annotations

import pytest

from kernel import MEET, Notebook
from parmagic.run.backend import BACKENDS

ASYNC = """import asyncio
async def half(x):
    await asyncio.sleep(0)
    print("half of", x)
    return 1 / x
async def task(x):
    return await half(x)
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_coroutine_is_run_by_the_task(notebook: Notebook, backend: str) -> None:
    """Its value is the task's, and what it prints is the task's too; the kernel's loop runs."""
    notebook.do(ASYNC)

    reply = notebook.do(f"%pmap -q -b {backend} -o run task [1, 2]")

    assert reply.value == "[1.0, 0.5]"
    assert sorted(reply.stdout.splitlines()) == ["half of 1", "half of 2"]
    assert notebook.get("[t.stdout for t in run.tasks]") == ["half of 1\n", "half of 2\n"]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_coroutine_fails_as_it_would_in_the_notebook(notebook: Notebook, backend: str) -> None:
    """With its own frames, and none of the event loop's."""
    notebook.do(ASYNC)

    error = notebook.run(f"%pmap -q -b {backend} task [1, 0, 2]").error

    assert error.ename == "ZeroDivisionError"
    assert "line 5, in half(x)" in error.traceback
    assert "line 7, in task(x)" in error.traceback
    assert "asyncio" not in error.traceback.replace("import asyncio", "").replace(
        "await asyncio.sleep", ""
    )


def test_many_short_coroutines_travel_together(notebook: Notebook) -> None:
    """A failure among them leaves the values before it."""
    notebook.do(
        "async def tiny(x):\n    if x == 4_000: raise KeyError(x)\n    return x\nimport parmagic"
    )

    assert notebook.get("sum(parmagic.pmap(tiny, range(4_000)).values)") == sum(range(4_000))
    assert notebook.run("%pmap -q tiny range(6_000)").error.ename == "KeyError"
    assert notebook.get("parmagic.last_run().values[:4_000] == list(range(4_000))") is True


@pytest.mark.by_any_method
def test_an_interrupt_cancels_the_coroutine(notebook: Notebook) -> None:
    """What it has in `finally` is run."""
    notebook.do(
        MEET + "import asyncio\n"
        "async def wait(path):\n"
        "    touch(path)\n"
        "    try: await asyncio.sleep(1_000)\n"
        "    finally: touch(path + '-left')\n"
    )

    reply = notebook.stop("%pmap -q -b serial wait ['there']", "there")

    assert reply.error.ename == "KeyboardInterrupt"
    assert (notebook.folder / "there-left").exists()
