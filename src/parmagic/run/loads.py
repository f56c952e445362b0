"""How long new processes took to load code, with what it imports: the longest that was seen."""

from __future__ import annotations

KNOWN = 64  # pieces of code that are remembered

_longest: dict[str, float] = {}


def note(code: str, seconds: float) -> None:
    """Learn that a process took so long to load what runs `code`."""
    if seconds > _longest.get(code, 0.0):
        _longest[code] = seconds
        if len(_longest) > KNOWN:
            del _longest[next(iter(_longest))]


def longest(code: str) -> float:
    """Return the most seconds that a process took to load what runs `code`; 0.0 if none did."""
    return _longest.get(code, 0.0)
