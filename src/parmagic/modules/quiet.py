"""Reads code of the notebook without a word: what Python warns of there, the cell has shown."""

from __future__ import annotations

import ast
import warnings


def quiet() -> warnings.catch_warnings[None]:
    """Return a context in which Python warns of nothing; no code of the user's may run there."""
    return warnings.catch_warnings(action="ignore")


def parsed(source: str) -> ast.Module:
    """Parse code, as `ast.parse` does, without warnings such as that of an unknown escape."""
    with quiet():
        return ast.parse(source)
