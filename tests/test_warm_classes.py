"""What tasks leave behind in classes and globals of a warm worker is gone when it must be."""

from __future__ import annotations

import pytest

from kernel import Notebook

RUN = "%pmap -q -w 1 task [1, 2]"
COUNTED = """
import abc
class Kind(abc.ABC):
    seen = []
    deep = {"a": [1]}
    count = 0
    one = None
    class Inner:
        names = {"a"}
def task(x):
    Kind.seen.append(x)
    Kind.deep["a"].append(x)
    Kind.deep[x] = x
    Kind.count += 1
    Kind.new = getattr(Kind, "new", 0) + 1
    Kind.__len__ = lambda self: 1
    Kind.Inner.names.add(x)
    one = Kind.one = Kind.one or [x]
    return list(Kind.seen), str(Kind.deep), Kind.count, Kind.new, len(Kind.Inner.names), one
"""


@pytest.mark.parametrize("edit", ["", "Kind.seen = []", "Kind.seen.clear()", COUNTED])
def test_each_run_begins_with_the_attributes_that_classes_have_in_the_notebook(
    notebook: Notebook, edit: str
) -> None:
    """Lists in them, what a task set, and what it added; within a run they stay in the worker."""
    notebook.do(COUNTED)
    first = notebook.get(RUN)
    notebook.do(edit)

    assert notebook.get(RUN) == first == notebook.get(RUN)
    assert first[1][2] == 2


def test_methods_that_a_task_replaces_or_deletes_are_back_in_the_next_run(
    notebook: Notebook,
) -> None:
    """So are values that it deletes."""
    notebook.do(
        "class Kind:\n    size = 1\n    def method(self): return 'own'\n"
        "def task(x):\n"
        "    had = Kind().method(), Kind.size\n"
        "    del Kind.size\n"
        "    Kind.method = lambda self: 'new'\n"
        "    return had"
    )

    assert [notebook.get("%pmap -q -w 1 task [1]") for _ in range(2)] == [[("own", 1)]] * 2


def test_a_global_that_is_set_back_has_in_workers_the_value_it_is_set_to(
    notebook: Notebook,
) -> None:
    """What tasks assigned to it before the edit is not found again."""
    notebook.do("n = 0\ndef task(x):\n    global n\n    n += 1\n    return n")
    assert notebook.get(RUN) == [1, 2]
    notebook.do("n = 5")
    assert notebook.get(RUN) == [6, 7]
    notebook.do("n = 0")

    assert notebook.get(RUN) == [1, 2]
