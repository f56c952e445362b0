"""Writes files that only this user can read."""

from __future__ import annotations

import os
import threading

NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)  # as on Windows


def write_whole(path: str, contents: bytes) -> None:
    """Write a file whole or not at all, in the place of what has its name: also of a link."""
    temporary = f"{path}.{os.getpid()}-{threading.get_native_id()}"
    descriptor = os.open(temporary, NEW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
        os.replace(temporary, path)  # noqa: PTH105 - pathlib takes a worker 3 ms to import
    except BaseException as error:  # KeyboardInterrupt too
        os.unlink(temporary)  # noqa: PTH108 - as above
        # Windows replaces none that is just read: it does with what is there.
        if not isinstance(error, PermissionError):
            raise
