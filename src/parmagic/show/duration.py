"""Say a time in the unit a reader would choose."""

from __future__ import annotations

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))  # seconds in each, largest first
_MINUTE = 60  # seconds
_HOUR = 3600  # seconds


def duration(seconds: float) -> str:
    """Say a number of seconds with three significant digits: `85.2 ms`, `1.05 s`, `2 min 5 s`."""
    if seconds <= 0:
        return "0 s"
    # Rounded before the unit is chosen: 0.9999 s is 1 s, not 1000 ms.
    rounded = float(f"{seconds:.3g}")
    if rounded >= _MINUTE:
        return _clock(seconds)
    size, unit = next((pair for pair in _UNITS if rounded >= pair[0] * (1 - 1e-9)), _UNITS[-1])
    return f"{rounded / size:.3g} {unit}"


def _clock(seconds: float) -> str:
    """Say a minute or more as two whole units."""
    if round(seconds) < _HOUR:
        minutes, rest = divmod(round(seconds), _MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
