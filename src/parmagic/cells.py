"""Where code came from: the cells of a notebook, or the files of a script.

IPython is looked at only if it is there already; nothing here imports it.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

# Where `str.splitlines` ends a line, and Python does not.
_SEPARATORS = "\f\v\x1c\x1d\x1e\x85\u2028\u2029"
_found: tuple[object, Mapping[str, int]] = (None, {})  # by an older IPython, and for what state


def shell() -> Any | None:
    """Return the running IPython shell, or None in a plain Python program."""
    # What `get_ipython` does, in a tenth of its time: this is asked for every function.
    kind: Any = getattr(sys.modules.get("IPython.core.interactiveshell"), "InteractiveShell", None)
    return kind.instance() if kind is not None and kind.initialized() else None


def _numbers() -> Mapping[str, int]:
    """Map the file name of each cell that ran to its number in the notebook."""
    running = shell()
    known: Mapping[str, int] | None
    known = getattr(getattr(running, "compile", None), "_filename_map", None)
    if known is None and running is not None:
        return _numbers_by_text(running.history_manager.input_hist_parsed)
    return known or {}


def _numbers_by_text(history: list[str]) -> Mapping[str, int]:
    """Map file names to numbers where IPython does not (before 8.0): it has the text under both.

    What a cell compiles besides, such as the body of a cell magic, has the number of that cell.
    """
    global _found
    compiled = list(getattr(linecache, "_ipython_cache", {}).values())
    state = (len(history), [time for _, time, *_ in compiled])
    if _found[0] != state:  # all texts are compared, and this is asked some twenty times in a run
        texts = ("\n".join(text.splitlines()).rstrip("\n") for text in history)
        latest = {text: number for number, text in enumerate(texts)}
        numbers: dict[str, int] = {}
        number = 0
        for _, _, lines, name in sorted(compiled, key=itemgetter(1)):  # as they were compiled
            number = latest.get("".join(lines).rstrip("\n"), number)
            numbers[name] = number
        _found = state, numbers
    return _found[1]


def label(filename: str) -> str:
    """Name the place that code compiled as `filename` came from: "In[4]", or the file's name."""
    number = _numbers().get(filename)
    return Path(filename).name if number is None else f"In[{number}]"


def is_cell(filename: str) -> bool:
    """Tell whether `filename` is the name under which a cell of this notebook was compiled."""
    return filename in _numbers()


def newest_first() -> list[str]:
    """List what may hold a definition of `__main__`: the cells, newest first, or the script."""
    numbers = _numbers()
    cells = sorted(numbers, key=numbers.__getitem__, reverse=True)
    script = getattr(sys.modules["__main__"], "__file__", None)
    return cells if script is None else [*cells, script]


def source(filename: str) -> str:
    """Return the text of a cell or file as it was compiled; empty if it is not to be had."""
    lines = linecache.getlines(filename)
    if number := _numbers().get(filename):
        # IPython splits a cell there, too: as it was, it is elsewhere.
        history: Any = getattr(getattr(shell(), "history_manager", None), "input_hist_parsed", ())
        text = str(history[number]) if number < len(history) else ""
        other = any(sign in text for sign in _SEPARATORS)
        if other and [f"{line}\n" for line in text.splitlines()] == lines:
            return text
    return "".join(lines)


def python(text: str) -> str:
    """Return what IPython makes of the text of a cell: Python, without `%`, `!` and `?`."""
    running = shell()
    try:
        return text if running is None else str(running.transform_cell(text))
    except Exception:  # noqa: BLE001 - it need not be the text of a cell
        return text
