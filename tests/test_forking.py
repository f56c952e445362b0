"""Processes that the notebook forks itself: what they have of ours keeps nothing alive."""

from __future__ import annotations

import sys

import pytest

from kernel import Notebook, is_alive, wait_until
from parmagic.run.processes import launch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
_FORK = (
    "import multiprocessing, time\n"
    "child = multiprocessing.get_context('fork').Process(target=time.sleep, args=(600,))\n"
    "child.start()"
)


@pytest.mark.parametrize("start_method", launch.methods())
def test_a_process_that_the_notebook_has_forked_does_not_hold_up_reloading(
    start_method: str,
) -> None:
    """Such as that of a `multiprocessing.Manager()`, before Python 3.14."""
    with Notebook(start_method=start_method) as notebook:
        notebook.do("def square(x): return x * x")
        notebook.do("%pmap square range(3)")
        notebook.do(_FORK)

        notebook.do("%reload_ext parmagic")

        assert notebook.get("child.is_alive()")
        assert notebook.get("%pmap -q square range(3)") == [0, 1, 4]
        notebook.do("child.kill()")


def test_a_process_that_the_notebook_has_forked_keeps_no_worker_of_a_dead_one() -> None:
    """Nor the server that started it."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do("def square(x): return x * x")
        notebook.do("%pmap square range(3)")
        before = notebook.children()
        ours = [one for one in before if one.name() != "xargs"]
        notebook.do(_FORK)
        (forked,) = [one for one in notebook.children() if one not in before]

        notebook.kill()

        try:
            wait_until(lambda: not any(is_alive(one) for one in ours))
            assert is_alive(forked)
        finally:
            forked.kill()
