"""Scripts without what most have: a standard output, a short path, names that are still free."""

from __future__ import annotations

import gc
import logging
import os
import select
import socket
import string
import sys
import threading
import warnings
import zipfile
from multiprocessing import Pipe, resource_tracker
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace

import pytest

from marks import on_each_backend
from parmagic.modules.beside import keep
from parmagic.run.processes import launch, loss
from parmagic.run.processes.backlog import Backlog
from parmagic.run.processes.descendants import descendants
from parmagic.run.workers import child
from programs import run_python


def run_script(folder: Path, code: str, *arguments: str, temporary: str = "tmp") -> str:
    """Write a script and run it; return what it wrote to its standard output."""
    script, temporary_folder = folder / "script.py", folder / temporary
    script.write_text(dedent(code), encoding="utf-8")
    temporary_folder.mkdir()
    done = run_python(folder, str(script), *arguments, temporary=temporary_folder)
    assert done.returncode == 0, done.stderr
    return done.stdout


@on_each_backend
def test_a_script_without_a_standard_output_goes_on(tmp_path: Path, backend: str) -> None:
    """As under `pythonw`: there `print` does nothing, in tasks too."""
    code = """
        import sys, parmagic
        def task(x):
            print("task", x)
            return x
        where, sys.stdout = sys.stdout, None
        where.write(str(parmagic.pmap(task, range(3), backend=sys.argv[1]).values))
    """

    assert run_script(tmp_path, code, backend) == "[0, 1, 2]"


@pytest.mark.parametrize("method", launch.methods())
def test_workers_start_where_the_main_module_has_lost_its_spec(tmp_path: Path, method: str) -> None:
    """As it has after `%reset -f`; nothing is left in its place."""
    code = """
        import sys, parmagic
        def square(x):
            return x * x
        del __spec__
        print(parmagic.pmap(square, [2], start_method=sys.argv[1]).values, "__spec__" in globals())
    """

    assert run_script(tmp_path, code, method) == "[4] False\n"


@on_each_backend
def test_a_task_may_write_bytes_and_configure_its_output(tmp_path: Path, backend: str) -> None:
    """As a script may: it is shown with the rest, and kept in the record."""
    code = """
        import sys, parmagic
        def task(x):
            sys.stdout.reconfigure(line_buffering=True)
            sys.stdout.buffer.write(b"bytes\\n")
            print("text")
        run = parmagic.pmap(task, [1], backend=sys.argv[1])
        print(run.tasks[0].stdout.split())
    """

    assert run_script(tmp_path, code, backend).split("\n")[:3] == [
        "bytes",
        "text",
        "['bytes', 'text']",
    ]


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_a_module_of_the_user_may_be_called_resource(tmp_path: Path, backend: str) -> None:
    """Workers do without what they would have from Python's own."""
    (tmp_path / "resource.py").write_text("limit = 5\n")
    code = """
        import sys, parmagic, resource
        def task(x): return x + resource.limit
        print(parmagic.pmap(task, [1], backend=sys.argv[1], workers=9).values)
    """

    assert run_script(tmp_path, code, backend) == "[6]\n"


@on_each_backend
def test_a_module_of_the_user_called_resource_may_fail(tmp_path: Path, backend: str) -> None:
    """As a script does that was given no argument."""
    (tmp_path / "resource.py").write_text("import sys\nname = sys.argv[5]\n")
    code = """
        import sys, parmagic
        def task(x): return x + 5
        print(parmagic.pmap(task, [1], backend=sys.argv[1], workers=9).values)
    """

    assert run_script(tmp_path, code, backend) == "[6]\n"


@pytest.mark.parametrize("backend", ["pool", "process"])
def test_python_s_own_modules_may_lie_in_a_zip_file(tmp_path: Path, backend: str) -> None:
    """As in the embeddable Python for Windows, where one loader is that of all of them."""
    with zipfile.ZipFile(tmp_path / "python.zip", "w") as file:
        for name in (logging.__file__, string.__file__):
            file.write(name, Path(name).relative_to(Path(os.__file__).parent))
    code = """
        import sys, parmagic
        sys.path.insert(0, "python.zip")
        def task(x):
            import logging
            logging.warning("logged")
            return "python.zip" in logging.__file__
        print(parmagic.pmap(task, [1], backend=sys.argv[1]).values)
    """

    assert run_script(tmp_path, code, backend) == "[True]\n"


@pytest.mark.skipif("forkserver" not in launch.methods(), reason="there is no fork server")
def test_a_path_too_long_for_a_socket_is_named(tmp_path: Path) -> None:
    """With what to type instead; other ways to start workers need no socket."""
    code = """
        import parmagic
        try:
            parmagic.pmap(abs, [-1], backend="pool", start_method="forkserver")
        except OSError as error:
            print(error)
        print(parmagic.pmap(abs, [-1], backend="pool", start_method="spawn").values)
    """

    said = run_script(tmp_path, code, temporary="long" * 30)

    assert "is too long for the fork server's socket: set the variable TMPDIR" in said
    assert said.endswith("choose the start method `spawn`\n[1]\n")


def test_windows_does_not_tell_what_a_worker_has_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """And has no function to ask it by: the worker is ended all the same."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delattr(os, "getsid", raising=False)

    assert descendants(os.getpid()) == []


def test_what_a_process_of_a_task_reads_need_not_be_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A task may start several at once; Windows replaces no file that one of them has open."""
    module = tmp_path / "cells_1.py"
    module.write_text("x = __data__['x']\n")
    first = keep(str(module), {"x": 5})
    replace = os.replace

    def refuse(old: str, new: str) -> None:
        if Path(new).exists():
            raise PermissionError(13, "Access is denied", new)
        replace(old, new)

    monkeypatch.setattr(os, "replace", refuse)

    assert keep(str(module), {"x": 5}) == first
    assert {path.name for path in Path(first).parent.iterdir()} == {"cells_1.py", "cells_1.data"}


def test_a_status_of_windows_is_said_as_it_is_known() -> None:
    """An access violation is found by its hexadecimal number; other exit codes are small."""
    assert loss._cause(0xC0000005) == "exit code 0xC0000005"
    assert loss._cause(3) == "exit code 3"


@pytest.mark.skipif(not hasattr(select, "poll"), reason="Windows has no such tracker")
def test_a_tracker_that_nobody_reads_for_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or multiprocessing would warn in tasks; on macOS one who asks for no event is told none."""

    class Poll:
        def __init__(self) -> None:
            self._poll = select_poll()

        def register(self, number: int, events: int) -> None:
            if events:
                self._poll.register(number, events)

        def poll(self, timeout: float) -> list[tuple[int, int]]:
            return self._poll.poll(timeout)

    select_poll = select.poll
    monkeypatch.setattr(select, "poll", Poll)
    reader, writer = os.pipe()
    tracker = SimpleNamespace(_fd=writer)
    monkeypatch.setattr(resource_tracker, "_resource_tracker", tracker)

    child._forget_tracker()
    assert tracker._fd == writer
    os.close(reader)
    child._forget_tracker()
    assert tracker._fd is None


@pytest.mark.parametrize("platform", [sys.platform, "darwin"])
def test_nobody_waits_until_a_worker_reads(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    """It may be starting; a pipe of Windows takes 8 kB, and cannot be asked whether it has room."""
    if platform != sys.platform == "win32":
        pytest.skip("Windows cannot write as macOS does")
    near, far = Pipe()
    monkeypatch.setattr(sys, "platform", platform)
    backlog = Backlog(near)
    messages = [bytes([number]) * 200_000 for number in range(3)]
    for message in messages:
        backlog.put(message)

    read: list[bytes] = []
    while len(read) < len(messages):
        backlog.write()
        if far.poll(0.01):
            reader = threading.Thread(target=lambda: read.append(far.recv_bytes()))
            reader.start()
            while reader.is_alive():
                backlog.write()

    assert read == messages
    backlog.put(messages[0])
    backlog.close()
    near.close()
    far.close()


def test_the_default_timeout_of_sockets_is_not_for_what_workers_are_sent() -> None:
    """Who reads from the web sets one: `recv` on the other end would not wait any more."""
    near, far = Pipe()
    socket.setdefaulttimeout(0.001)
    try:
        backlog = Backlog(near)
    finally:
        socket.setdefaulttimeout(None)

    backlog.put(bytes(2_000_000))  # more than there is room for
    assert backlog or sys.platform == "win32"
    assert sys.platform == "win32" or os.get_blocking(near.fileno())
    backlog.close()
    near.close()
    far.close()


def test_a_worker_that_is_forgotten_leaves_its_connection_alone() -> None:
    """As in a process that was forked: what is open is the connection's, which closes it itself."""
    near, far = Pipe()
    with warnings.catch_warnings(action="error"):
        Backlog(near)
        gc.collect()

    near.send("still open")
    assert far.recv() == "still open"
    near.close()
    far.close()
