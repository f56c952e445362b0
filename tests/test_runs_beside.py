"""Runs of several threads of one notebook at the same time, and what they share."""

from __future__ import annotations

import gc
import itertools
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from kernel import MEET, Notebook
from parmagic.magics import held
from parmagic.modules import folder, kept, own_modules
from parmagic.modules.values import buffers
from parmagic.run.backends import pool
from parmagic.run.processes import launch, load_times
from parmagic.run.workers import surroundings
from programs import run_python

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import CodeType, FrameType, FunctionType

pytestmark = pytest.mark.by_any_method  # what is shared is the notebook's, not the workers'
on_unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows copies large data")


@on_unix
def test_large_data_of_two_runs_stay_until_the_second_has_ended(notebook: Notebook) -> None:
    """Also where a third run has other data: each new process of the second reads them again."""
    notebook.do(
        f"{MEET}\nimport numpy, parmagic, threading\n"
        "same, other = numpy.ones(200_000), numpy.ones(300_000)\n"
        "def first(x):\n    touch('first'); wait_for('let-first')\n    return same[x]\n"
        "def second(x):\n    touch('second'); wait_for('let-second')\n    return same[x]\n"
        "def third(x): return other[x]\n"
        "def begin(function, items):\n"
        "    def run(): found.extend(parmagic.pmap(function, items, backend='process', "
        "workers=1).values)\n"
        "    thread = threading.Thread(target=run)\n"
        "    thread.start(); wait_for(function.__name__)\n"
        "    return thread\n"
        "found = []\n"
        "one = begin(first, [0])\ntwo = begin(second, [0, 1, 2])\n"
        "parmagic.pmap(third, [0])\n"
        "touch('let-first'); one.join()\n"
        "touch('let-second'); two.join()"
    )

    assert notebook.get("[float(one) for one in found]") == [1.0] * 4


_ENDED = "the workers were ended while the run went on"


def test_the_extension_is_unloaded_though_a_run_waits_for_its_items() -> None:
    """Which another thread has begun, and which may wait for hours: its workers have ended."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do(
            f"{MEET}\nimport parmagic, threading\n"
            "def items():\n    yield 1\n    yield 2\n"
            "    touch('waits'); wait_for('unloaded')\n    yield 3\n"
            "def run():\n"
            "    try: parmagic.pmap(abs, items(), backend='process', workers=2)\n"
            "    except parmagic.WorkerDied as error: found.append(str(error))\n"
            "found = []\n"
            "thread = threading.Thread(target=run)\nthread.start(); wait_for('waits')"
        )

        notebook.do("%unload_ext parmagic")

        assert notebook.children() == []
        (error,) = notebook.get("touch('unloaded'); thread.join(); found")
        assert error.startswith(_ENDED)


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_run_that_begins_while_the_extension_is_unloaded_ends(backend: str) -> None:
    """With the same error as others: it has lost its files, or its workers."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do(
            f"{MEET}\nimport parmagic, threading\n"
            "from parmagic.run.processes import launch\n"
            "def task(x):\n    touch('begun'); time.sleep(0.01); return x\n"
            "def run():\n"
            f"    try: parmagic.pmap(task, iter(int, 1), backend={backend!r}, workers=1)\n"
            "    except Exception as error: found.append(str(error))\n"
            "def end():\n"  # what comes after all that runs has been told to end
            "    if thread.ident is None: thread.start(); wait_for('begun')\n"
            "    usual()\n"
            "thread = threading.Thread(target=run)\n"
            "found, usual, launch.end = [], launch.end, end"
        )

        notebook.do("%unload_ext parmagic")

        (error,) = notebook.get("thread.join(); found")
        assert error.startswith(_ENDED)


@pytest.mark.skipif("forkserver" not in launch.methods(), reason="there is no fork server here")
@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_run_says_so_that_loses_its_folder_as_it_starts_workers(backend: str) -> None:
    """The fork server's socket was to lie in it."""
    with Notebook(start_method="forkserver") as notebook:
        notebook.do(
            "import parmagic\n"
            "from parmagic.run.backends import pool\n"
            "from parmagic.run.processes import launch, server\n"
            "pool.close()\n"
            "def address(family):\n"
            "    path = usual(family)\n"
            "    launch.end_files()\n"
            "    return path\n"
            "usual, server._CONNECTION.arbitrary_address = server._address, address"
        )

        error = notebook.run(f"%pmap -b {backend} -w 1 abs [-1]").error

        assert error.evalue.startswith(_ENDED)


def test_a_run_whose_workers_are_closed_under_it_says_so() -> None:
    """Where it did not notice in time that they are to end, as on a busy machine."""
    with Notebook(start_method=launch.methods()[0]) as notebook:
        notebook.do(
            f"{MEET}\nimport parmagic, threading\n"
            "from parmagic.run.processes.listener import Listener\n"
            "def listen(listener, workers, seconds):\n"
            "    if seconds: touch('listens'); wait_for('unloaded')\n"
            "    return usual(listener, workers, seconds)\n"
            "def run():\n"
            "    try: parmagic.pmap(abs, [-1], workers=1)\n"
            "    except Exception as error: found.append(str(error))\n"
            "parmagic.pmap(abs, [-1], workers=1)\n"
            "found, usual, Listener.listen = [], Listener.listen, listen\n"
            "thread = threading.Thread(target=run)\nthread.start(); wait_for('listens')"
        )

        notebook.do("%unload_ext parmagic")

        (error,) = notebook.get("touch('unloaded'); thread.join(); found")
        assert error.startswith(_ENDED)


def test_workers_that_a_run_may_just_be_ending_are_not_asked_whether_they_live() -> None:
    """As after each cell, for the next one to be warm, though a thread of the user's has them."""
    method = launch.methods()[0]
    pool.prepare(method, 1)
    kept = pool._kept
    asked = list[object]()

    def use() -> None:
        kept.pool.workers[0].kill()
        asked.extend((pool.lacking(1), pool.warm(method)))
        kept.pool.workers.clear()

    assert kept.alone(use)
    assert asked == ["", 0]
    assert pool.lacking(1) == method
    pool.close()


def test_the_extension_is_unloaded_while_another_thread_imports_a_backend() -> None:
    """Of which nothing is there yet: all else is ended."""
    with Notebook() as notebook:
        notebook.do(
            "%load_ext parmagic\nimport parmagic, sys, types\n"
            "parmagic.pmap(abs, [-1])\n"
            "name = 'parmagic.run.backends.interpreter'\n"
            "sys.modules[name] = types.ModuleType(name)"
        )

        notebook.do("%unload_ext parmagic")

        assert notebook.children() == []


PRESSED = """
import signal, sys, parmagic

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "parmagic.run.backends.process":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
try:
    parmagic.pmap(abs, [-1], backend="process")
except KeyboardInterrupt:
    print(hasattr(sys.modules.get("parmagic.run.backends.process"), "run"))
"""


def test_an_interrupt_does_not_cut_off_the_import_of_a_backend(tmp_path: Path) -> None:
    """It could leave the lock of a module to nobody, for which other threads wait for ever."""
    script = tmp_path / "pressed.py"
    script.write_text(PRESSED)

    done = run_python(tmp_path, str(script))

    assert (done.stdout, done.stderr) == ("True\n", "")


def test_a_module_that_another_thread_imports_meanwhile_is_known(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Or workers would not see edits of it before one more module was imported."""
    for name in ("imported_before", "imported_meanwhile"):
        (tmp_path / f"{name}.py").touch()
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    usual = own_modules.is_own_file

    def is_own_file(path: str) -> bool:
        thread = threading.Thread(target=__import__, args=("imported_meanwhile",))
        thread.start()
        thread.join()
        return usual(path)

    __import__("imported_before")
    monkeypatch.setattr(own_modules, "is_own_file", is_own_file)
    own_modules.files()

    assert {"imported_before", "imported_meanwhile"} <= set(own_modules.files().values())


def test_what_loading_takes_is_noted_by_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the one has done when the other is given its turn."""
    monkeypatch.setattr(load_times, "KNOWN", 1)
    monkeypatch.setattr(load_times, "_usual", {})
    number = itertools.count()

    def note() -> None:
        load_times.note(f"code {next(number)}", 1.0, new=True)

    def note_two() -> None:
        note()
        note()

    _switch_at_each_instruction([load_times.note], note_two, note)

    assert load_times.usual(f"code {next(number) - 1}") == 1.0


def test_packages_are_kept_by_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or dropped at the same time, as where the extension is unloaded."""
    monkeypatch.setattr(kept, "MOST", 1)
    made: list[Any] = []

    def keep() -> None:
        made.append(object())
        kept.keep_package(made[-1], made[-1])

    def keep_too_many() -> None:
        keep()
        keep()

    def meanwhile() -> None:
        kept.clear()
        keep()

    _switch_at_each_instruction([kept.keep_package, kept._drop_oldest], keep_too_many, meanwhile)

    kept.clear()


def test_texts_are_read_by_several_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where one of them forgets all: there were too many."""

    def text_of(_code: CodeType) -> str:
        return "text"

    monkeypatch.setattr(held, "_text_of", text_of)
    found: list[str] = []

    def read() -> None:
        found.append(held.text_by_itself(cast("FunctionType", text_of)))

    _switch_at_each_instruction([held.text_by_itself], read, held._texts.clear)

    assert set(found) == {"text"}


def test_an_interrupt_does_not_leave_garbage_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may come as soon as the collector has been stopped."""
    stop = gc.disable

    def stop_and_interrupt() -> None:
        stop()
        raise KeyboardInterrupt

    monkeypatch.setattr(gc, "disable", stop_and_interrupt)
    try:
        with pytest.raises(KeyboardInterrupt), buffers.no_collection():
            pass
        assert gc.isenabled()
    finally:
        gc.enable()


def test_a_folder_may_be_removed_as_soon_as_it_is_there() -> None:
    """As where another thread unloads the extension: who asked for it is given its name."""
    found: list[str] = []
    try:
        _switch_at_each_instruction(
            [folder.private_folder],
            lambda: found.append(folder.private_folder().name),
            folder.remove_folders,
        )
    finally:
        folder.remove_folders()

    assert all(name.startswith("parmagic-") for name in found)


def test_the_environment_is_that_of_now_whichever_thread_has_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Workers would be given an older one until it is changed again."""
    number = itertools.count()

    def read() -> None:
        monkeypatch.setenv("READ_AT", str(next(number)))
        surroundings.environment()

    def read_and_check() -> None:
        read()
        sys.settrace(None)
        assert surroundings.environment() == dict(os.environ)

    _switch_at_each_instruction([surroundings.environment], read_and_check, read)


def _switch_at_each_instruction(
    functions: Sequence[Callable[..., Any]],
    act: Callable[[], None],
    meanwhile: Callable[[], object],
) -> None:
    """Call `act` again and again, and have another thread do something before it goes on.

    Once before each of the instructions of the functions: there Python may give others their turn.
    """
    codes = {cast("FunctionType", one).__code__ for one in functions}
    number = 0
    while _switched_before(number, codes, act, meanwhile):
        number += 1
    assert number > 3


def _switched_before(
    number: int, codes: set[CodeType], act: Callable[[], None], meanwhile: Callable[[], object]
) -> bool:
    """Do that once; False if there were not so many instructions."""
    count = 0

    def look(frame: FrameType, event: str, _details: object) -> Any:
        nonlocal count
        if frame.f_code not in codes:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            if count == number:
                thread = threading.Thread(target=meanwhile)
                thread.start()
                thread.join()
            count += 1
        return look

    usual = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # before: or Python 3.12 looks at none
    sys.settrace(look)
    try:
        act()
    finally:
        sys.settrace(usual)
    return count > number
