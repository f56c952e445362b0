"""How long new processes take to load code, with what it imports: a smoothed mean."""

from __future__ import annotations

KNOWN = 64  # pieces of code that are remembered
SMOOTHING = 0.5  # weight of the newest
LOADED = 0.25  # of the mean: who needs less had loaded most of it before

_usual: dict[str, float] = {}


def note(code: str, seconds: float) -> None:
    """Learn that a process took so long to load what runs `code`."""
    known = _usual.get(code, 0.0)
    if seconds <= LOADED * known:
        return
    _usual[code] = SMOOTHING * seconds + (1 - SMOOTHING) * known if known else seconds
    if len(_usual) > KNOWN:
        del _usual[next(iter(_usual))]


def usual(code: str) -> float:
    """Return how long a new process takes to load what runs `code`; 0.0 if none did."""
    return _usual.get(code, 0.0)
