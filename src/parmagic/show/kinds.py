"""The kinds of chart, by their names, and the kinds of file that one can be saved as."""

from __future__ import annotations

import os
from pathlib import PurePath

from parmagic.arguments import closest
from parmagic.errors import PlanError

USUAL, SWEEP = "summary", "sweep"
KINDS = (USUAL, "timeline", "breakdown", SWEEP)
FORMATS = ("png", "svg", "pdf")


def kind_called(name: object) -> str:
    """Return the kind of chart that has a name; a PlanError if there is none."""
    if isinstance(name, str) and name in KINDS:
        return name
    near = closest(str(name), KINDS)
    meant = f": did you mean {near!r}?" if near else "."
    raise PlanError(f"there is no chart {name!r}{meant} The kinds are {', '.join(KINDS)}")


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the kind of picture that a file name ends in; a ValueError if that is none."""
    suffix = PurePath(path).suffix
    if suffix.lower().removeprefix(".") in FORMATS:
        return suffix.lower().removeprefix(".")
    said = f"the suffix {suffix!r}" if suffix else "no suffix"
    raise ValueError(
        f"cannot save the chart as {os.fspath(path)!r}, which has {said}: "
        "end the name in .png, .svg or .pdf"
    )
