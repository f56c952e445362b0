"""Say a number of bytes in the unit a reader would choose."""

from __future__ import annotations

_UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "bytes"))  # bytes in each, largest first


def size(count: float) -> str:
    """Say a number of bytes with up to three significant digits: `512 bytes`, `3.2 MB`."""
    rounded = float(f"{count:.3g}")
    unit, name = next((pair for pair in _UNITS if rounded >= pair[0]), _UNITS[-1])
    return f"{rounded / unit:.3g} {name}"
