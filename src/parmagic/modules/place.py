"""Gives the code of a module file the names and the lines of the cells that it came from.

A profile, a warning, a traceback that a task prints itself then name what serially they would.
"""

from __future__ import annotations

import linecache
from bisect import bisect_right
from collections.abc import Sequence
from functools import partial
from types import CodeType
from typing import NamedTuple


class Place(NamedTuple):
    """Lines of a module file that are lines of a cell, one for one."""

    first: int  # of the module file, from 1
    last: int
    filename: str  # under which the cell was compiled
    line: int  # of the cell, that the first is; of a loop's body it may be above the cell


_UNKNOWN = "...\n"  # for a line of a cell that is not known here; `inspect` ends a block there
_files: dict[str, Sequence[Place]] = {}  # that are loaded here, by their paths


def placed(code: CodeType, places: Sequence[Place]) -> CodeType:
    """Return the code of a module file with each function in it placed where its cell has it.

    The code of a function counts its lines from its first, so only that is changed.
    """
    inner = [one for one in code.co_consts if isinstance(one, CodeType)]
    if not inner:
        return code
    consts = (_placed(one, places) if isinstance(one, CodeType) else one for one in code.co_consts)
    return code.replace(co_consts=tuple(consts))


def _placed(code: CodeType, places: Sequence[Place]) -> CodeType:
    code = placed(code, places)
    line = code.co_firstlineno
    number = bisect_right(places, line, key=lambda place: place.first) - 1
    if number < 0 or line > places[number].last:
        return code
    place = places[number]
    line += place.line - place.first
    return code if line < 0 else code.replace(co_filename=place.filename, co_firstlineno=line)


def show(path: str, places: Sequence[Place]) -> None:
    """Have the lines of cells read as those of files are: by `inspect`, `traceback`, compilers."""
    _files[path] = places
    for filename in {place.filename for place in places}:
        # Read when somebody asks for it, and only if there is no file of this name.
        linecache.cache[filename] = (partial(_source, filename),)
        if filename.startswith("<"):  # such a name is not asked for
            source = _source(filename)
            lines = source.splitlines(keepends=True)
            linecache.cache[filename] = len(source), None, lines, filename


def hide(path: str) -> None:
    """Let go of the lines of a file that is not loaded any more, and of those of its cells."""
    gone = {place.filename for place in _files.pop(path, ())}
    gone.difference_update(place.filename for places in _files.values() for place in places)
    for filename in (path, *gone):
        linecache.cache.pop(filename, None)


def _source(filename: str) -> str:
    """Return what is known here of a cell, each line where the cell has it."""
    lines: list[str] = []
    for path, places in _files.items():
        for first, last, name, line in places:
            if name == filename:
                above = max(0, 1 - line)
                part = linecache.getlines(path)[first - 1 + above : last]
                start = line - 1 + above
                lines += [_UNKNOWN] * (start + len(part) - len(lines))
                lines[start : start + len(part)] = part
    return "".join(lines)
