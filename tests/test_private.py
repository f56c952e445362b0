"""What lies on disk is for this user alone, is no more than needed, and does not stay."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel import Notebook, is_alive, wait_until
from marks import by_each_method
from parmagic.modules.folder import Folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are those of POSIX")
CELLS = """
import os
os.umask(0)
SECRET = "do not write " + "me down"
import numpy as np
needed, hidden = np.arange(300_000.0), np.full(300_000, 4711.25)

def work(x):
    return float(needed[x])

def untouched(x):
    return "not of " + "anybody's concern", hidden

def die(x):
    os._exit(3)
"""


def folders_of(notebook: Notebook) -> list[Path]:
    """List the folders of a kernel: on disk, and in memory."""
    notebook.do("from parmagic.modules.folder import buffer_folders")
    return [Path(one) for one in notebook.get("buffer_folders()")]


def files_in(folders: list[Path]) -> Iterator[Path]:
    """Yield all that lies in folders, at any depth."""
    for folder in folders:
        yield from folder.rglob("*")


@by_each_method
def test_folders_and_files_are_private(method: str) -> None:
    """Whatever the umask of the notebook; also those that tasks and crashed workers leave."""
    with Notebook(start_method=method) as notebook:
        notebook.do(CELLS)
        notebook.do(
            "import multiprocessing\n"
            "def nested(x):\n"
            "    with multiprocessing.Pool(1) as pool:\n"
            "        return pool.map(work, [x])"
        )
        notebook.do("%pmap -q -w 2 -o run work range(4)\nrun.modules[0].path")
        notebook.do("%pmap -q nested [1]")
        notebook.run("%pmap -q die [1]")
        folders = folders_of(notebook)
        found = list(files_in(folders))

        assert len(folders) >= 1
        for folder in folders:
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert folder.stat().st_uid == os.getuid()
            assert len(folder.name.removeprefix("parmagic-")) >= 8
        assert {path.suffix for path in found} >= {".py", ".data", ""}
        for path in found:
            allowed = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.lstat().st_mode) == allowed, path
            assert not path.is_symlink()


@by_each_method
def test_nothing_of_the_notebook_is_written_but_what_is_needed(method: str) -> None:
    """Neither text of other cells, nor values that no task reads."""
    with Notebook(start_method=method) as notebook:
        notebook.do(CELLS)
        notebook.do("%pmap -q -w 2 -o run work range(4)\nrun.modules[0].path")
        hidden = notebook.do("print(hidden[:64].tobytes().hex())").stdout.strip()
        needed = notebook.do("print(needed[:64].tobytes().hex())").stdout.strip()

        contents = [path.read_bytes() for path in files_in(folders_of(notebook)) if path.is_file()]

        assert any(b"def work(x):" in one for one in contents)
        assert any(bytes.fromhex(needed) in one for one in contents)
        assert not any(bytes.fromhex(hidden) in one for one in contents)
        for word in (b"SECRET", b"write me down", b"untouched", b"anybody"):
            assert not any(word in one for one in contents)


def test_names_of_folders_cannot_be_guessed(tmp_path: Path) -> None:
    """Each has another one, in which nothing of the process is found again."""
    folders = [Folder(str(tmp_path)) for _ in range(20)]
    names = {folder.path.name for folder in folders}
    for folder in folders:
        folder.remove()

    assert len(names) == 20
    assert not any(str(os.getpid()) in name for name in names)
    assert not list(tmp_path.iterdir())


def test_no_file_is_followed_through_a_link(tmp_path: Path) -> None:
    """Neither to be read, nor to be written, nor to be removed."""
    victim = tmp_path / "victim"
    victim.mkdir()
    target = victim / "target.py"
    target.write_text("mine = 1\n")
    (tmp_path / "parmagic-link").symlink_to(victim)
    bait = tmp_path / "parmagic-bait"
    bait.mkdir()
    (bait / "in-use").symlink_to(target)
    folder = Folder(str(tmp_path))
    path = folder.write("text = 2\n")
    path.unlink()
    path.symlink_to(target)

    again = folder.write("text = 2\n")

    assert again == path
    assert not path.is_symlink()
    assert path.read_text() == "text = 2\n"
    (folder.path / "inner").symlink_to(victim)
    folder.remove()
    assert target.read_text() == "mine = 1\n"
    assert (tmp_path / "parmagic-link").is_symlink()
    shutil.rmtree(bait)


@by_each_method
@pytest.mark.parametrize(
    "end",
    [
        "unload",
        "exit",
        "exit at work",
        "kill",
        "kill at work",
        "kill at work in C",
        "kill all at work",
    ],
)
def test_nothing_is_left(method: str, end: str) -> None:
    """After unloading, at the end of the kernel, and where it was killed: no file anywhere.

    Also if it was killed with its workers, as a front end does that restarts it.
    """
    with Notebook(start_method=method) as notebook:
        notebook.do(CELLS)
        notebook.do("%pmap -q -w 2 -o run work range(4)\nrun.modules[0].path")
        folders = folders_of(notebook)
        started = notebook.children()
        assert all(folder.is_dir() for folder in folders)

        if end == "unload":
            notebook.do("%unload_ext parmagic")
        if "at work" in end:
            work = "sum(range(10 ** 15))" if end.endswith("in C") else "needed[x] = x"
            notebook.do(f"def busy(x):\n    open(f'at-{{x}}', 'w')\n    while True: {work}")
            notebook.send("%pmap -q -w 2 busy range(2)")
            wait_until(lambda: len(list(notebook.folder.glob("at-*"))) == 2)
        if end.startswith("exit"):
            notebook.shut_down()
        elif end.startswith("kill all"):
            notebook.kill_all()
        elif end.startswith("kill"):
            notebook.kill()
        wait_until(lambda: not any(is_alive(process) for process in started))

        wait_until(lambda: not any(folder.exists() for folder in folders))
        wait_until(lambda: not list(notebook.temporary.iterdir()))


@by_each_method
def test_workers_remove_the_files_of_a_killed_notebook_where_nothing_else_can(method: str) -> None:
    """Where there is no program that could do it, they end by themselves, and not before."""
    with Notebook(start_method=method) as notebook:
        notebook.do("%unload_ext parmagic\nimport os\nos.environ['PATH'] = '/nowhere'")
        notebook.use(method)
        notebook.do(CELLS)
        notebook.do("%pmap -q -w 2 -o run work range(4);")
        folders, started = folders_of(notebook), notebook.children()
        assert "xargs" not in [process.name() for process in started]

        notebook.kill()
        wait_until(lambda: not any(is_alive(process) for process in started))

        assert not any(folder.exists() for folder in folders)


def test_what_is_still_open_does_not_keep_a_folder_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes no file that is open: the next notebook that starts removes the rest."""
    left = tmp_path / "parmagic-left"
    left.mkdir()
    for name in ("crash-1-0", "cells_1.py", "in-use"):
        (left / name).touch()
    unlink = os.unlink

    def refuse(path: os.PathLike[str] | str, **options: int) -> None:
        if os.fspath(path).endswith("crash-1-0"):
            raise PermissionError(path)
        unlink(path, **options)

    monkeypatch.setattr(os, "unlink", refuse)
    Folder(str(tmp_path)).remove()
    assert {path.name for path in left.iterdir()} == {"crash-1-0", "in-use"}
    monkeypatch.undo()
    Folder(str(tmp_path)).remove()

    assert not list(tmp_path.iterdir())
