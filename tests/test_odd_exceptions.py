"""Exceptions that refuse to be written to, or that nobody expects, in a real kernel."""

from __future__ import annotations

import pytest

from kernel import Notebook
from marks import by_any_method, on_each_backend

IN_THE_KERNEL = [
    pytest.param(options, marks=by_any_method)
    for options in ("-b thread", "-b thread -Q", "-b serial")
]

_CLASSES = """
import asyncio, parmagic, threading
from dataclasses import dataclass
@dataclass(frozen=True)
class Frozen(Exception):
    code: int
class NoNote(Exception):
    def add_note(self, note): raise RuntimeError("no note")
class NoSet(Exception):
    def __setattr__(self, name, value): raise RuntimeError("not set")
class NoTruth(Exception):
    def __bool__(self): raise RuntimeError("neither true nor false")
class Answers(Exception):
    def __getattr__(self, name): return None
class Leaves(Exception):
    def __reduce__(self): raise SystemExit(3)
class Own(BaseException): pass
class Reads(Exception):
    def __init__(self, x): self.origin = threading.Lock(), x
    def __str__(self): return str(self.origin[1])
    def __bool__(self): raise RuntimeError("nor can Python itself say what it is")
class Bare(Exception):  # as that of beartype: what makes it again leaves its message out
    def __reduce_ex__(self, how): return type(self).__new__, (type(self),), {"kept": 1}
    def __str__(self): return str(self.args[0])
class Exits:
    def __reduce__(self): raise SystemExit(4)
def fail(x):
    if x == 1: raise kind(3)
    return x
def gives(error):
    yield from range(2)
    raise error
def same(x): return x
"""


@pytest.fixture(scope="module", autouse=True)
def _definitions(notebook: Notebook) -> None:
    notebook.do(_CLASSES)


@on_each_backend
@pytest.mark.parametrize(
    "kind", ["Frozen", "NoNote", "NoSet", "NoTruth", "Answers", "Reads", "Bare"]
)
def test_an_exception_of_an_odd_class_is_raised_as_by_a_loop(
    notebook: Notebook, backend: str, kind: str
) -> None:
    """Though it cannot be written to, given a note or asked whether it is true."""
    notebook.do(f"kind = {kind}")

    # IPython adds one of its own where it asks an exception whether it is true.
    error = notebook.run(f"%pmap -q -b {backend} fail range(3)").errors[0]

    assert (error.ename, error.evalue.splitlines()[0]) == (kind, "3")
    assert notebook.get("parmagic.last_run().values[:1]") == [0]
    assert notebook.get(
        f"[str(one) for one in parmagic.pmap(fail, range(3), backend={backend!r}, "
        "errors='keep').values]"
    ) == list("032")


@on_each_backend
def test_exceptions_that_are_each_others_context_are_shown(
    notebook: Notebook, backend: str
) -> None:
    """IPython itself follows them round and round, and then shows nothing."""
    notebook.do(
        "def circle(x):\n"
        "    one, other = ValueError('one'), KeyError('other')\n"
        "    one.__context__, other.__context__ = other, one\n"
        "    raise one"
    )

    error = notebook.run(f"%pmap -q -b {backend} circle [1, 2]").error

    assert (error.ename, "KeyError: 'other'" in error.traceback) == ("ValueError", True)


@pytest.mark.parametrize("kind", ["Frozen", "NoSet", "NoTruth"])
@pytest.mark.parametrize("body", ["made = [fail(x) for x in range(3)]", "{loop}"])
def test_an_exception_of_an_odd_class_is_raised_by_a_cell(
    notebook: Notebook, kind: str, body: str
) -> None:
    """Of a comprehension, and of a loop, which has made the changes before it."""
    notebook.do(f"kind = {kind}\nmade = []")
    loop = "for x in range(3):\n    made.append(fail(x))"

    error = notebook.run(f"%%parallel --no-plot -q\n{body.format(loop=loop)}").errors[0]

    assert error.ename == kind
    assert notebook.get("made") == ([0] if body == "{loop}" else [])


@by_any_method
def test_an_odd_exception_of_the_serial_run_ends_a_comparison(notebook: Notebook) -> None:
    """There is nothing to compare then."""
    notebook.do("kind = NoTruth")

    assert notebook.run("%pmap -q --compare fail range(3)").errors[0].ename == "NoTruth"


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_what_ends_a_program_when_it_is_pickled_ends_no_worker(
    notebook: Notebook, backend: str
) -> None:
    """A value is named, and an exception comes in words."""
    notebook.do("kind = Leaves\ndef make(x): return Exits()")

    error = notebook.run(f"%pmap -q -b {backend} fail range(3)").error
    assert error.ename == "Leaves"
    error = notebook.run(f"%pmap -q -b {backend} make [1]").error
    assert (error.ename, "returned an Exits" in error.evalue) == ("TravelError", True)


@pytest.mark.parametrize("options", [*IN_THE_KERNEL, "-b pool", "-b process"])
@pytest.mark.parametrize(
    ("raised", "ename"),
    [
        ("asyncio.CancelledError()", "CancelledError"),
        ("KeyboardInterrupt()", "KeyboardInterrupt"),
        ("GeneratorExit()", "GeneratorExit"),
        ("Own()", "Own"),
    ],
)
def test_an_iterable_may_raise_anything(
    notebook: Notebook, options: str, raised: str, ename: str
) -> None:
    """The run ends with it as a loop would, after what comes before, in whatever thread it is."""
    reply = notebook.run(f"%pmap -q {options} same gives({raised})")

    assert [error.ename for error in reply.errors] == [ename]
    assert notebook.get("parmagic.last_run().values") == [0, 1]


@by_any_method
def test_a_thread_that_ends_early_ends_the_run(notebook: Notebook) -> None:
    """No value is missing in silence: here whoever records a value fails."""
    notebook.do(
        "from parmagic.measure.records import Records\n"
        "usual = Records.finish\n"
        "def broken(records, first, *rest):\n"
        "    if first == 3: raise MemoryError('no room')\n"
        "    return usual(records, first, *rest)\n"
        "Records.finish = broken"
    )
    try:
        error = notebook.run("%pmap -q -b thread -w 2 same range(6)").error
    finally:
        notebook.do("Records.finish = usual")

    assert (error.ename, error.evalue) == ("MemoryError", "no room")


@on_each_backend
def test_an_exception_that_holds_what_cannot_be_sent_is_of_its_class(
    notebook: Notebook, backend: str
) -> None:
    """So `except ValueError` takes it; what cannot be sent is there as it was shown."""
    notebook.do(
        "import threading\n"
        "class Kept(ValueError): pass\n"
        "def refuse(x):\n"
        "    error = Kept('no', threading.Lock(), x)\n"
        "    error.lock, error.code = threading.Lock(), 7\n"
        "    raise error"
    )

    error = notebook.run(f"%pmap -q -b {backend} refuse [5]").error

    assert error.ename == "Kept"
    assert error.evalue.startswith("('no', <unlocked _thread.lock object")
    assert notebook.get("error = parmagic.last_run().error; error.args[0], error.args[2]") == (
        "no",
        5,
    )
    assert notebook.get("error.code") == 7
