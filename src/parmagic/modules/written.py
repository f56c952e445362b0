"""The module files that are there: one for the same code, whatever its cells and comments are.

A file stays as long as a run on record has it, or anything that is to be run; of the others, only
those that were wanted last.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shutil
import sys
import threading
import weakref
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from parmagic.modules.folder import write_module
from parmagic.modules.lock import own
from parmagic.modules.quiet import parsed
from parmagic.modules.text import ModuleText
from parmagic.modules.whole_file import write_whole

MOST = 64  # files that are kept though nobody holds them; half of them are removed at once
_TOKEN = re.compile(
    r"""(\"\"\"|''')(?:\\.|(?!\1).)*\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*""",
    re.DOTALL,
)
_BLANK = re.compile(r"[ \t\f\r]*\n(?:[ \t\f\r]*\n)*")


@dataclass(eq=False)
class _File:
    """A module file."""

    name: str  # what its name is made from
    text: ModuleText  # as it stands there
    path: Path = Path()
    holders: weakref.WeakSet[object] = field(default_factory=weakref.WeakSet)


_lock = own(threading.Lock())
_files: dict[str, _File] = {}  # by their code, that which was wanted last at the end
_removed = 0  # how many have been removed


def write_text(text: ModuleText) -> tuple[Path, ModuleText]:
    """Write a module file named by its code, and return its path and the text that is in it.

    If there is one that differs in comments and in the cells it names, workers may have loaded it:
    it keeps its lines, and the text that is returned leads from them to the cells of now.
    """
    with _lock:
        file = _file(_canonical(text.text), text)
        known = file.text
        if known is text or known.text == text.text:
            return file.path, text
        now = known.led_to(text) if len(known.spans) == len(text.spans) else None
        if now is None or (now.text != text.text and not _same_code(known.text, text.text)):
            # What looked like a comment was none, such as `#` in a string within an f-string.
            file = _file(text.text, text)
            return file.path, file.text
        if now.text != known.text:
            with contextlib.suppress(OSError):  # then it names the cells of before
                write_whole(str(file.path), now.text.encode())
            file.text = replace(known, text=now.text)
        return file.path, now


def hold(path: Path, holder: object) -> None:
    """Keep a file as long as `holder` lives."""
    with _lock:
        for file in reversed(_files.values()):
            if file.path == path:
                file.holders.add(holder)
                return


def forget() -> None:
    """Forget the files, which have been removed; or are of the parent, in a process just forked."""
    with _lock:
        _files.clear()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=forget)


def _file(code: str, text: ModuleText) -> _File:
    """Return the file of some code; it is written if it is not there."""
    # No name is used again: workers may have loaded the file that was removed.
    file = _files.get(code) or _File(f"{code}{_removed or ''}", text)
    file.path = write_module(file.text.text, file.name)  # its folder may have been removed
    _files.pop(code, None)
    _files[code] = file
    _remove_unwanted()
    return file


def _remove_unwanted() -> None:
    global _removed
    if len(_files) <= MOST:
        return
    older = list(_files.items())[: -MOST // 2]
    gone = [_files.pop(code).path for code, file in older if not file.holders]
    _removed += len(gone)
    for path in gone:
        with contextlib.suppress(OSError):  # as on Windows, if somebody reads it
            path.unlink()
    stems = {path.stem for path in gone}
    for folder in {path.parent for path in gone}:
        with contextlib.suppress(OSError):  # it may have been removed
            for copy in folder.iterdir():  # with data beside it: see `beside`
                stem, dash, _ = copy.name.partition("-")
                if dash and stem in stems:
                    shutil.rmtree(copy, ignore_errors=True)


@lru_cache(maxsize=64)  # of the texts that are kept, each is asked for at every run
def _canonical(source: str) -> str:
    """Return source without comments and blank lines, so that the same code is the same text."""
    strings: list[str] = []

    def keep(match: re.Match[str]) -> str:
        if match[0].startswith("#"):
            return ""
        strings.append(match[0])
        return f'"{len(strings)}"'

    lines = _BLANK.sub("\n", _TOKEN.sub(keep, source))
    return "\n".join([lines.strip(), *strings])


def _same_code(one: str, other: str) -> bool:
    return ast.dump(parsed(one)) == ast.dump(parsed(other))
