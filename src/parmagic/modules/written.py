"""The module files that are there: one for the same code, whatever its cells and comments are."""

from __future__ import annotations

import ast
import contextlib
import os
import re
import threading
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from parmagic.modules.folder import NEW, write_module
from parmagic.modules.quiet import parsed
from parmagic.modules.text import ModuleText

_TOKEN = re.compile(
    r"""(\"\"\"|''')(?:\\.|(?!\1).)*\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*""",
    re.DOTALL,
)
_BLANK = re.compile(r"[ \t\f\r]*\n(?:[ \t\f\r]*\n)*")

_lock = threading.Lock()
_texts: dict[Path, ModuleText] = {}  # as it stands in the file


def write_text(text: ModuleText) -> tuple[Path, ModuleText]:
    """Write a module file named by its code, and return its path and the text that is in it.

    If there is one that differs in comments and in the cells it names, workers may have loaded it:
    it keeps its lines, and the text that is returned leads from them to the cells of now.
    """
    with _lock:
        path = write_module(text.text, _canonical(text.text))
        known = _texts.setdefault(path, text)
        if known is text or known.text == text.text:
            return path, text
        now = known.led_to(text) if len(known.spans) == len(text.spans) else None
        if now is None or (now.text != text.text and not _same_code(known.text, text.text)):
            # What looked like a comment is none: seldom, e.g. in a string within a string.
            path = write_module(text.text, text.text)
            return path, _texts.setdefault(path, text)
        if now.text != known.text:
            _overwrite(path, now.text)
            _texts[path] = replace(known, text=now.text)
        return path, now


def forget() -> None:
    """Forget the files, which have been removed."""
    _texts.clear()


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


def _overwrite(path: Path, text: str) -> None:
    """Have a file name the cells of now; whoever reads it meanwhile reads one or the other."""
    new = path.with_suffix(".new")
    with contextlib.suppress(OSError):
        try:
            descriptor = os.open(new, NEW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text.encode())
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
