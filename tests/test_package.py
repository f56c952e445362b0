"""Module files: what stands in them, which line came from which cell, and who may read them."""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from kernel import environment
from parmagic.cells import label
from parmagic.errors import TravelError
from parmagic.modules import folder as folders
from parmagic.modules.folder import Folder
from parmagic.modules.package import Entry, Package, Packer
from parmagic.modules.text import ModuleText
from parmagic.modules.values.buffers import LARGE, wrap
from programs import run_python

on_posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
Pack = Callable[..., Package]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a temporary folder, and none of our folders in it, for each test."""
    folders.remove_folders()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield
    folders.remove_folders()


@pytest.fixture
def pack(shell: InteractiveShell) -> Pack:
    """Return what runs cells, and packs what an expression needs that stands in the next cell."""

    def packed(*cells: str, code: str = "task(x)", also: set[str] | None = None) -> Package:
        for cell in cells:
            assert shell.run_cell(cell, store_history=True).success
        line, number = f"%pmap {code}", shell.execution_count
        name = shell.compile.cache(line, number)
        assert shell.history_manager is not None
        shell.history_manager.store_inputs(number, line)  # where an older IPython has numbers
        entry = Entry(code, name, 1, parameters=("x",), expression=code)
        packer = Packer(entry, shell.user_ns)
        return packer.include(also or set()) or packer.pack()

    return packed


def read(package: Package) -> str:
    """Return the text of the module file on disk."""
    return package.path.read_text(encoding="utf-8")


def executed(package: Package, values: dict[str, Any]) -> dict[str, Any]:
    """Run a module file as a worker does, with given values, and return what it defines."""
    asked: list[str] = []

    class Data:
        def __getitem__(self, name: str) -> Any:
            asked.append(name)
            return values[name]

    namespace: dict[str, Any] = {"__name__": "__main__", "__data__": Data()}
    exec(compile(read(package), package.path, "exec"), namespace)  # noqa: S102 - what workers do
    assert tuple(asked) == package.names
    return namespace


def test_a_module_file_reads_like_a_module(pack: Pack) -> None:
    """Imports, constants, definitions with the cells they came from, and the task."""
    package = pack(
        "import math as m\nfrom os.path import join\nrate = 0.5\nunused = 3",
        "later = 1\ndef helper(x):\n    # why not\n    return m.floor(x * rate)",
        "def task(x):\n    return helper(x) + 1",
    )

    assert read(package) == (
        "# Written by parmagic: what the tasks need, from the cells that define it.\n"
        "import math as m\n"
        "\n"
        "rate = 0.5\n"
        "\n"
        "\n"
        "# In[2], line 2\n"
        "def helper(x):\n"
        "    # why not\n"
        "    return m.floor(x * rate)\n"
        "\n"
        "\n"
        "# In[3], line 1\n"
        "def task(x):\n"
        "    return helper(x) + 1\n"
        "\n"
        "\n"
        "# In[4], line 1\n"
        "def __task__(x):\n"
        "    return (\n"
        "task(x)\n"
        ")\n"
    )
    assert executed(package, {})["__task__"](9) == 5


def test_a_line_of_a_file_without_cells_leads_nowhere() -> None:
    """Such as that of a `partial` of a library's function: all of it is ours."""
    assert ModuleText("half = None", (), ("half",)).origin(1) is None


def test_every_line_leads_back_to_its_cell(pack: Pack, shell: InteractiveShell) -> None:
    """Lines of a definition to the same lines of its cell, lines of the task to the line's own."""
    package = pack(
        "first = 1\n\ndef helper(x):\n    y = x\n    return y",
        "if first:\n    class Kind:\n        def run(self):\n            return helper(1)",
        code="Kind().run() + x",
    )
    lines = read(package).split("\n")

    def origin(text: str) -> tuple[str, int] | None:
        found = package.text.origin(lines.index(text) + 1)
        return found and (label(found[0]), found[1])

    assert origin("def helper(x):") == ("In[1]", 3)
    assert origin("    y = x") == ("In[1]", 4)
    assert origin("    return y") == ("In[1]", 5)
    assert origin("    class Kind:") == ("In[2]", 2)
    assert origin("            return helper(1)") == ("In[2]", 4)
    assert origin("Kind().run() + x") == ("In[3]", 1)
    assert origin(")") == ("In[3]", 1)
    assert package.text.origin(1) is None
    assert executed(package, {})["__task__"](2) == 3


def test_what_is_not_needed_is_not_there(pack: Pack) -> None:
    """No import, constant, definition or value that nothing reads."""
    package = pack(
        "import json, math\nsecret = 'password'\nlist_of = [1]\ndef other(): return json, secret",
        "def task(x): return x",
    )

    text = read(package)
    for word in ("import", "secret", "password", "list_of", "other"):
        assert word not in text.split("\n", 1)[1]
    assert package.names == ()


LOCK = "import threading\nrate = threading.Lock()\nclass Thing:\n    rate = 3\nthing = Thing()"


@pytest.mark.parametrize(
    "body",
    [
        "thing.rate * x",
        "thing . rate",
        "(thing.\n        # its own\n        rate)",
        "thing.\\\n        rate",
        "f'{thing.rate}'",
        "[each for rate in (1, 2) for each in (rate,)]",
        "getattr(thing, 'rate')",
        "(lambda rate: rate)(x)",
    ],
)
def test_an_attribute_is_no_global_of_the_same_name(pack: Pack, body: str) -> None:
    """Here the global could not travel: what is not needed is not looked at."""
    package = pack(LOCK, f"def task(x):\n    return {body}")

    assert "task(x)" in read(package)
    assert "rate" not in package.names


@pytest.mark.parametrize(
    "body",
    ["thing.rate + rate[0]", "[rate for x in [rate[1:]]]", "(lambda: thing.rate(rate))()"],
)
def test_an_attribute_and_a_global_of_the_same_name_are_told_apart(pack: Pack, body: str) -> None:
    """It is in the file, for the function reads it."""
    package = pack(LOCK, "rate = [3] * 100", f"def task(x):\n    return {body}")

    assert "rate" in package.names


@pytest.mark.parametrize(
    "statements",
    [
        "class Inner:\n        rate = 2\n    return Inner.rate",
        "import collections as rate\n    return rate.OrderedDict",
        "from math import pi as rate\n    return rate",
        "rate: int = 3\n    return rate",
    ],
)
def test_what_statements_of_a_function_name_is_its_own(pack: Pack, statements: str) -> None:
    """The global of that name is not needed."""
    package = pack(LOCK, f"def task(x):\n    {statements}")

    assert "rate" not in package.names


def test_values_are_read_in_the_order_of_their_pickles(pack: Pack) -> None:
    """After the classes that they are made of, before the definitions that need them at once."""
    package = pack(
        "class Base:\n    pass",
        "class Unit(Base):\n    def __init__(self, n): self.n = n",
        "unit = Unit(3)\ntable = [unit, 'x']\nnames = {'a': 1}",
        "def task(x, by=names): return table, by, unit",
    )

    text = read(package)
    assert sorted(package.names) == ["names", "table", "unit"]
    assert text.index("class Base") < text.index("class Unit") < text.index("unit = __data__")
    assert text.index('names = __data__["names"]  # dict') < text.index(
        "task.__defaults__ = (names,)"
    )
    namespace = executed(package, {"names": {"a": 1}, "table": [3], "unit": 3})
    assert namespace["__task__"](0) == ([3], {"a": 1}, 3)


def test_what_is_needed_at_once_stands_first(pack: Pack) -> None:
    """Decorators, bases and defaults, though their cells ran later than the first time."""
    package = pack(
        "def task(x): return Late().run(x)",
        "def marked(function): return function",
        "class Early:\n    def run(self, x): return x + start",
        "start = 2",
        "def helper(): return 0",
        "@marked\nclass Late(Early):\n    extra = helper()",
    )

    text = read(package)
    assert text.index("def marked") < text.index("class Late")
    assert text.index("def helper") < text.index("class Late")
    assert text.index("class Early") < text.index("class Late")
    assert executed(package, {})["__task__"](3) == 5


def test_names_for_the_same_thing_stay_so(pack: Pack) -> None:
    """A second name is written as one, and is not a second copy."""
    package = pack("def first(x): return x", "second = first\ndef task(x): return second is first")

    assert "\nsecond = first\n" in read(package)
    assert executed(package, {})["__task__"](0) is True


def test_arguments_may_need_more(pack: Pack) -> None:
    """A class that only the items are made of is written when they turn up."""
    cells = ("def scale(): return 2", "class Item:\n    def value(self): return scale()")

    plain = pack(*cells, code="x.value()")
    more = pack(code="x.value()", also={"Item"})

    assert "class Item" not in read(plain)
    assert "class Item" in read(more)
    assert "def scale" in read(more)


def test_the_same_code_has_the_same_file(pack: Pack, shell: InteractiveShell) -> None:
    """A file is named by what is in it, so an edit is another file, and no edit is none."""
    first = pack("level = 1\nbox = [1]\ndef task(x): return level, box")
    shell.user_ns["box"] = [1]
    same = pack()
    shell.user_ns["box"] = [2]
    data = pack()
    shell.user_ns["level"] = 2
    code = pack()

    assert first.path == same.path == data.path
    assert first.key == same.key
    assert data.key != first.key
    assert code.path != first.path


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (
            ["import threading\nlock = threading.Lock()", "def task(x):\n    return lock"],
            (
                "`lock` (_thread.lock), read by `task` in In[2] line 2, cannot be sent to another "
                "process (cannot pickle '_thread.lock' object): let tasks return values instead, "
                "or use `--backend thread`"
            ),
        ),
        (
            ["items = iter(())\ndef gen(): yield 1\nmade = gen()", "def task(x): return made"],
            "`made` (generator), read by `task` in In[2] line 1, cannot be sent",
        ),
        (
            ["import types\nown = types.ModuleType('own')", "def task(x):\n\n    return own.x"],
            (
                "`own` (module own), read by `task` in In[2] line 3, cannot be imported by another "
                "process: it was made by hand, not imported"
            ),
        ),
        (
            [
                "import sys, types\nsys.modules['own_made'] = types.ModuleType('own_made')",
                "import own_made\ndef task(x): return own_made.x",
            ],
            "`own_made` (module own_made), read by `task` in In[2] line 2, cannot be imported by",
        ),
    ],
)
def test_what_cannot_travel_is_refused_by_name(pack: Pack, cells: list[str], message: str) -> None:
    """With its type, where it is read, why, and what to do."""
    with pytest.raises(TravelError) as refusal:
        pack(*cells)

    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    "made",
    [
        "threading.RLock()",
        "threading.Event()",
        "queue.Queue()",
        "multiprocessing.Lock()",
        "multiprocessing.Queue()",
        "multiprocessing.Value('i', 0)",
    ],
)
def test_what_tasks_would_share_is_not_to_be_made_in_each(pack: Pack, made: str) -> None:
    """A lock of its own would guard nothing, and a queue of its own lead nowhere."""
    queue = ", and add tasks by `parmagic.enqueue`, with `--queue`" if "Queue" in made else ""
    said = f"let tasks return values instead{queue}, or use `--backend"
    with pytest.raises(TravelError, match=said):
        pack(f"import multiprocessing, queue, threading\nm = {made}", "def task(x): return m, x")


def test_what_a_task_needs_for_itself_is_to_be_made_in_it(pack: Pack) -> None:
    """It serves a worker as well as the notebook."""
    with pytest.raises(TravelError, match="make it inside the function, or use `--backend"):
        pack("import threading\nown = threading.local()", "def task(x): return own, x")


@on_posix
def test_only_the_user_can_read_what_is_written(tmp_path: Path) -> None:
    """The folder is 0700 and every file 0600, whatever the umask allows."""
    before = os.umask(0)
    try:
        made = Folder(str(tmp_path))
        made.write("a = 1\n")
    finally:
        os.umask(before)

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in made.path.iterdir()} == {0o600}
    made.remove()


def test_a_file_is_written_whole_and_once(tmp_path: Path) -> None:
    """Under a name made of its content; nothing half written is left beside it."""
    made = Folder(str(tmp_path))

    first = made.write("é = 1\n")
    changed = first.stat().st_mtime_ns
    again, other = made.write("é = 1\n"), made.write("é = 2\n")

    assert first == again != other
    assert first.stat().st_mtime_ns == changed
    assert first.read_bytes() == "é = 1\n".encode()
    assert sorted(made.path.glob("*.py")) == sorted([first, other])
    assert len(list(made.path.iterdir())) == 3  # and the lock
    made.remove()


@on_posix
def test_a_large_buffer_travels_inside_where_a_file_of_its_size_may_not_be_made(
    tmp_path: Path,
) -> None:
    """As under `ulimit -f`; neither the file nor its number is left."""
    import resource

    value = pickle.PickleBuffer(bytearray(2 * LARGE))
    limit, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    free = os.dup(0)  # the next number that is free
    os.close(free)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGE, most))
    try:
        parcel = wrap(value, [str(tmp_path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    after = os.dup(0)
    os.close(after)

    assert (parcel.path, len(parcel.inside)) == ("", 1)
    assert list(tmp_path.iterdir()) == []
    assert after == free


def test_a_file_whose_writing_is_interrupted_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next run writes it again: half a module is worse than none."""
    made = Folder(str(tmp_path))

    def interrupted(handle: int, _mode: str) -> None:
        os.close(handle)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made.write("a = 1\n")

    assert made.write("a = 1\n").read_bytes() == b"a = 1\n"
    made.remove()


def test_a_folder_is_removed_with_all_that_is_in_it(tmp_path: Path) -> None:
    """And can be removed twice."""
    made = Folder(str(tmp_path))
    made.write("a = 1\n")

    made.remove()
    made.remove()

    assert not list(tmp_path.iterdir())


@on_posix
def test_the_lock_of_a_folder_is_removed_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes it may be killed meanwhile: the next process must see that it can go."""
    made = Folder(root=str(tmp_path))
    made.write("x = 1\n")
    (made.path / "beside").mkdir()

    def killed(path: Path, *, ignore_errors: bool) -> None:
        assert ignore_errors
        if path == made.path:
            raise KeyboardInterrupt
        path.rmdir()

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            made.remove()

    assert [one.name for one in made.path.iterdir()] == ["in-use"]
    Folder(str(tmp_path)).remove()
    assert not made.path.exists()


@on_posix
def test_the_folder_of_a_killed_process_is_removed_by_the_next(tmp_path: Path) -> None:
    """But not that of a process that lives, nor what only is called like ours."""
    code = (
        "import sys, time\n"
        "from parmagic.modules.folder import Folder\n"
        f"made = Folder({str(tmp_path)!r})\n"
        "made.write('a = 1')\n"
        "print(made.path, flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code]
    (tmp_path / "parmagic-notes").mkdir()
    (tmp_path / "parmagic-notes" / "mine.txt").touch()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "parmagic-link").symlink_to(elsewhere)
    (elsewhere / "in-use").touch()
    processes = [
        subprocess.Popen(
            command,
            env=environment(tmp_path, tmp_path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    killed, alive = (Path(process.stdout.readline().strip()) for process in processes)  # type: ignore[union-attr]
    processes[0].send_signal(signal.SIGKILL)
    processes[0].wait()
    assert killed.is_dir()

    made = Folder(str(tmp_path))

    assert not killed.exists()
    assert list(alive.glob("*.py"))
    assert (tmp_path / "parmagic-notes" / "mine.txt").exists()
    assert (elsewhere / "in-use").exists()
    processes[1].communicate("")  # it ends, and takes its folder along
    assert not alive.exists()
    made.remove()
    for process in processes:
        process.stdout.close()  # type: ignore[union-attr]
        process.stdin.close()  # type: ignore[union-attr]


@on_posix
def test_a_forked_child_does_not_remove_its_parents_folder(tmp_path: Path) -> None:
    """It has a copy of the object, not of the right."""
    code = (
        "import os\n"
        "from parmagic.modules.folder import Folder\n"
        f"made = Folder({str(tmp_path)!r})\n"
        "if os.fork() == 0:\n"
        "    made.remove()\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "print(made.path.is_dir())\n"
    )
    done = run_python(tmp_path, "-c", code)

    assert done.stdout == "True\n", done.stderr
    assert not list(tmp_path.glob("parmagic-*"))


@pytest.mark.parametrize("collecting", [True, False])
def test_the_garbage_collector_is_left_as_it_was(shell: InteractiveShell, collecting: bool) -> None:
    """Also where something cannot travel: it only pauses while syntax trees are made."""
    shell.run_cell("import threading\nlock = threading.Lock()\ndef bad(x): return lock")
    shell.run_cell("def good(x): return x")
    before = gc.isenabled()
    try:
        (gc.enable if collecting else gc.disable)()
        for name in ("good", "bad"):
            packer = Packer(Entry(name, "<cell>", 1, value=shell.user_ns[name]), shell.user_ns)
            with contextlib.suppress(TravelError):
                packer.pack()
            assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


def test_an_item_that_needs_nothing_new_has_nothing_packed_again(
    shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its size is asked for, and a large table would be pickled for each."""
    shell.run_cell("def call(item): return item()\nitems = [lambda: 1]")
    packer = Packer(Entry("call", "<cell>", 1, value=shell.user_ns["call"]), shell.user_ns)
    names = packer.private((), shell.user_ns["items"])
    monkeypatch.setattr(packer, "pack", lambda: pytest.fail("packed again"))

    assert packer.private((), shell.user_ns["items"]) == names
    assert list(names) == [id(shell.user_ns["items"][0])]


def test_what_cannot_be_sent_of_a_class_leaves_nothing_in_the_file(pack: Pack) -> None:
    """A closure with a lock, which the body of the class makes: each worker makes its own."""
    package = pack(
        "import threading\n"
        "def guarded(lock):\n"
        "    def get(self, x):\n"
        "        with lock: return x + 1\n"
        "    return get\n"
        "class Reader:\n"
        "    get = guarded(threading.Lock())\n"
        "def task(x): return Reader().get(x)"
    )

    assert executed(package, {})["task"](1) == 2
    assert "__make_" not in read(package)
