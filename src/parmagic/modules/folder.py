"""The private folder of this process that holds its module files."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from parmagic.errors import TravelError
from parmagic.modules import caretaker
from parmagic.modules.lock import own
from parmagic.modules.whole_file import write_whole

PREFIX = "parmagic-"
_MEMORY = "/dev/shm"  # noqa: S108 - a file system in memory, on Linux; our folder there is private
_LOCK = "in-use"  # locked as long as the process that made the folder lives
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)  # as on Windows


class Folder:
    """A folder that only this user can read, removed when this process ends.

    If it is killed, and nothing is left to do it, the next process that makes a folder does.
    """

    def __init__(self, root: str) -> None:
        _remove_abandoned(root)
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))  # created with mode 0700
        self._name = str(self.path)
        self._lock = _new_lock(self.path / _LOCK)
        self._owner = os.getpid()
        atexit.register(self.remove)

    def write(self, text: str, named_by: str = "") -> Path:
        """Write a module file, whole or not at all, if none has its name; return its path.

        The name is made from `named_by`, by default the text.
        """
        digest = hashlib.blake2b((named_by or text).encode(), digest_size=8).hexdigest()
        path = self.path / f"cells_{digest}.py"
        if path.is_symlink() or not path.exists():  # what a link leads to is not to be run
            write_whole(str(path), text.encode())
        return path

    def is_there(self) -> bool:
        """Tell whether it is there: some systems remove what was not used for days."""
        return os.path.isdir(self._name)  # noqa: PTH112 - faster, and often asked

    def remove(self) -> None:
        """Remove the folder and all it holds."""
        atexit.unregister(self.remove)
        if os.getpid() != self._owner:
            return  # a child that inherited this object must not take its parent's files away
        if self._lock is not None:
            self._lock.close()
        _remove(self.path)


def _new_lock(path: Path) -> IO[bytes] | None:
    """Make a lock file that is locked from the moment it has its name.

    Another process that found it unlocked would take its folder for abandoned.
    """
    if sys.platform == "win32":  # a file that is open cannot be renamed there
        return _locked(path)
    unnamed = path.with_suffix(".new")
    lock = _locked(unnamed)
    unnamed.rename(path)
    return lock


def _locked(path: Path, create: int = os.O_CREAT) -> IO[bytes] | None:
    """Open `path` and hold a lock on it; None if another process holds it."""
    file = os.fdopen(os.open(path, os.O_RDWR | create | _NO_LINK, 0o600), "r+b")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def _remove_abandoned(root: str) -> None:
    """Remove the folders of processes that were killed: nobody holds their lock any more."""
    for path in Path(root).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.is_symlink() or path.stat().st_uid != _user():
                continue
            if (path / _LOCK).exists():
                _remove_unlocked(path)


def _remove_unlocked(path: Path) -> None:
    """Remove a folder if no process holds its lock.

    Where that is gone, another process is at it: nobody is left who could remove a new one.
    """
    with contextlib.suppress(FileNotFoundError):
        lock = _locked(path / _LOCK, create=0)
        if lock is None:
            return
        lock.close()
    _remove(path)


def _remove(path: Path) -> None:
    """Remove a folder, its lock last: without a lock nobody would know that it is abandoned.

    On Windows a file that others have open stays: they remove it, or the next process does.
    """
    with contextlib.suppress(OSError):
        for one in path.iterdir():
            if one.is_dir() and not one.is_symlink():
                shutil.rmtree(one, ignore_errors=True)
            elif one.name != _LOCK:
                with contextlib.suppress(OSError):
                    one.unlink()
        if all(one.name == _LOCK for one in path.iterdir()):
            shutil.rmtree(path, ignore_errors=True)


def remove_if_abandoned(folder: str, patience: float) -> None:
    """Remove a folder if the process that made it has ended.

    It waits up to `patience` seconds for that process, and for others that have files of it open.
    """
    path, end = Path(folder), time.monotonic() + patience
    while path.exists():
        with contextlib.suppress(OSError):
            _remove_unlocked(path)
        if time.monotonic() > end:
            return
        time.sleep(0.01)


def _user() -> int:
    return 0 if sys.platform == "win32" else os.getuid()


_making = own(threading.Lock())  # workers are started ahead in a thread of their own
_folders: list[Folder] = []  # on disk, and in memory where there is such a place


def private_folder() -> Path:
    """Return the folder for this process's module files, made if it is not there."""
    return _made()[0].path


def buffer_folders() -> list[str]:
    """Return the folders for large buffers, the best first."""
    return [str(folder.path) for folder in reversed(_made())]


def remove_buffers(pid: int) -> None:
    """Remove the files of large results that a worker of this process has left."""
    for folder in tuple(_folders):  # none is made for that: a run may outlast the extension
        for path in folder.path.glob(f"buffers-{pid}-*"):
            path.unlink(missing_ok=True)


def remove_folders(begin: Callable[[], None] = lambda: None) -> None:
    """Remove all files of this process; from when `begin` is called, no more are given out."""
    with _making:
        begin()
        while _folders:
            _folders.pop().remove()
        caretaker.leave()


def write_module(text: str, named_by: str) -> Path:
    """Write a module file in the first folder that has room for it, and return its path.

    If there is one that is named by the same, it is left as it is.
    """
    for folder in _made():
        with contextlib.suppress(OSError):
            return folder.write(text, named_by)
    raise _no_room()


def _made() -> tuple[Folder, ...]:
    with _making:
        for folder in [one for one in _folders if not one.is_there()]:
            folder.remove()
            with contextlib.suppress(OSError):
                _folders.insert(_folders.index(folder), _minded(str(folder.path.parent)))
            _folders.remove(folder)
        if not _folders:
            for root in _roots():
                with contextlib.suppress(OSError):  # it can only be read, or is full
                    _folders.append(_minded(root))
        if not _folders:
            raise _no_room()
        return tuple(_folders)  # another thread may remove them at any time


def _minded(root: str) -> Folder:
    """Make a folder that is removed also if this process and its workers are killed."""
    folder = Folder(root)
    caretaker.mind(folder.path)
    return folder


def _roots() -> Iterator[str]:
    try:
        yield tempfile.gettempdir()
    except FileNotFoundError:  # none can be written; then multiprocessing does not work either
        return
    if sys.platform == "linux" and os.access(_MEMORY, os.W_OK):  # elsewhere it is somebody's folder
        yield _MEMORY


def _no_room() -> TravelError:
    return TravelError(
        "there is no folder to write module files in, which workers import: make room in the one "
        "for temporary files, or set the variable TMPDIR to another before Python starts"
    )


if sys.platform != "win32":
    # A forked process makes folders of its own: these go with this process.
    os.register_at_fork(after_in_child=_folders.clear)
