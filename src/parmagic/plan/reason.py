"""Why something stays serial that calls functions of the user's."""

from __future__ import annotations

import ast
from typing import NamedTuple


class Reason(NamedTuple):
    """What stands in the way, and where."""

    line: int  # of the cell
    text: str


class Refusal(Exception):  # noqa: N818 - no error: what it is raised for stays serial
    """Raised where something in the way is found."""

    def __init__(self, text: str, node: ast.AST) -> None:
        self.reason = Reason(getattr(node, "lineno", 0), text)


def carried(name: str, node: ast.AST) -> Refusal:
    """Make the refusal for a name that a turn reads, and an earlier turn has changed."""
    return Refusal(f"`{name}` carries from one turn to the next", node)
