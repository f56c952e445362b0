"""How long new processes take to load code, with what it imports: a smoothed mean."""

from __future__ import annotations

KNOWN = 64  # pieces of code that are remembered
SMOOTHING = 0.5  # weight of the newest
LOADED = 0.25  # of the mean: a worker that needs less had loaded most of it before

_usual: dict[str, float] = {}


def note(code: str, seconds: float, *, new: bool) -> None:
    """Learn that a process took so long to load what runs `code`.

    `new` says that it had loaded nothing of the notebook's before, so that this was all of it.
    """
    known = _usual.get(code, 0.0)
    if not new and seconds <= LOADED * known:
        return
    _usual[code] = SMOOTHING * seconds + (1 - SMOOTHING) * known if known else seconds
    for oldest in list(_usual)[:-KNOWN]:  # other threads may learn something, and drop the same
        _usual.pop(oldest, None)


def usual(code: str) -> float:
    """Return how long a new process takes to load what runs `code`; 0.0 if none did."""
    return _usual.get(code, 0.0)
