"""What a library's decorator has made of a function, and does not look like one of the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marks import on_workers

if TYPE_CHECKING:
    from kernel import Notebook

LIBRARY = """
import functools, threading

class Compiled:  # as of `numba.cfunc`, which does not say where the function was
    def __init__(self, function):
        self.__wrapped__, self.lock = function, threading.Lock()
        self.__name__ = self.__qualname__ = function.__name__
    def __call__(self, *args): return self.__wrapped__(*args)

class Dispatcher(Compiled):  # as of `numba.njit`, which does
    def __init__(self, function):
        super().__init__(function)
        functools.update_wrapper(self, function)

def checked(function):  # as `beartype`: by a text that nobody can look up
    names = {"function": function}
    exec("def check(*args): return function(*args)", names)
    return functools.update_wrapper(names["check"], function)

def decorator(function):  # as that of the package `decorator`: of the library, by its name
    def make(inner):
        return functools.update_wrapper(lambda *args: function(inner, *args), inner)
    make.__wrapped__, make.__name__ = function, function.__name__
    make.__qualname__ = function.__qualname__
    return make

class Native:  # as a function of C++, by Boost: it has a name, and none within its module
    __module__, __name__, __slots__ = "made", "native", ()
    def __call__(self, x): return x + 1
    def __reduce_ex__(self, how): raise TypeError("no function can be pickled")
    def __getattribute__(self, name):
        if name == "__qualname__": raise AttributeError(name)
        return object.__getattribute__(self, name)

native = Native()
"""
CELL = """
import made
K = 10
@made.Compiled
def compiled(x): return x * K
@made.checked
def asked(x): return x + K
@made.decorator
def more(function, x): return function(x) + 0.5
@more
def decorated(x): return x
def task(x): return compiled(x), asked(x), decorated(x)
"""


@on_workers
def test_what_a_library_has_made_of_a_function_is_made_again(
    notebook: Notebook, backend: str
) -> None:
    """Also where it tells neither its source nor its module; and with what has been edited."""
    (notebook.folder / "made.py").write_text(LIBRARY, encoding="utf-8")
    notebook.do(CELL)
    line = f"%pmap -q -w 2 -b {backend} task range(2)"

    assert notebook.get(line) == [(0, 10, 0.5), (10, 11, 1.5)]
    notebook.do("K = 20")
    assert notebook.get(line) == [(0, 20, 0.5), (20, 21, 1.5)]
    assert notebook.get(f"%pmap -q -b {backend} compiled range(2)") == [0, 20]
    assert notebook.get(f"%pmap -q -b {backend} asked range(2)") == [20, 21]


@on_workers
def test_a_function_is_imported_from_where_it_says_that_it_is(
    notebook: Notebook, backend: str
) -> None:
    """Also where it does not say so as functions of Python do."""
    (notebook.folder / "made.py").write_text(LIBRARY, encoding="utf-8")
    notebook.do("import made\nfrom made import native as imported\ndef task(x): return imported(x)")

    for line in ("made.native", "imported", "task"):
        assert notebook.get(f"%pmap -q -b {backend} {line} range(2)") == [1, 2]


def test_a_cell_says_what_to_do_with_what_is_no_function(notebook: Notebook) -> None:
    """Its calls are no tasks of a cell, though it was written as a function."""
    (notebook.folder / "made.py").write_text(LIBRARY, encoding="utf-8")
    notebook.do("import made\n@made.Dispatcher\ndef fast(x): return x * 2")

    said = notebook.do("%%parallel\na = fast(1)\nb = fast(2)").stderr

    assert said.strip() == (
        "nothing ran in parallel: no statement of this cell calls a function of your own, as in "
        "`a = simulate(1)`; `fast` is a `Dispatcher`, no function: `%pmap fast ...` runs it"
    )
    assert notebook.get("a, b") == (2, 4)
