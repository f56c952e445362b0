"""The rows of the table that are known to fail, and why."""

from __future__ import annotations

_NOT_YET = "a worker has it otherwise than the notebook, or not at all"

KNOWN: dict[str, str] = {}
