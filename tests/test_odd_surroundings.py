"""Scripts without what most have: a standard output, a short path, names that are still free."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from kernel import LIMIT, environment
from parmagic.run import launch
from parmagic.run.backend import BACKENDS
from parmagic.run.descendants import descendants

on_each_backend = pytest.mark.parametrize("backend", BACKENDS)


def run_script(folder: Path, code: str, *arguments: str, temporary: str = "tmp") -> str:
    """Write a script and run it; return what it wrote to its standard output."""
    script, temporary_folder = folder / "script.py", folder / temporary
    script.write_text(dedent(code), encoding="utf-8")
    temporary_folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(script), *arguments],
        cwd=folder,
        env=environment(folder, temporary_folder),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
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
    monkeypatch.delattr(os, "getsid")

    assert descendants(os.getpid()) == []
