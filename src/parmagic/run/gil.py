"""Whether threads of this interpreter exclude each other."""

from __future__ import annotations

import sys


def excludes() -> bool:
    """Tell whether only one of them can compute at a time."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())
