"""The kinds of file a picture can be saved as."""

from __future__ import annotations

import os
from pathlib import PurePath

FORMATS = ("png", "svg", "pdf")


def format_of(path: str | os.PathLike[str]) -> str:
    """Return the kind of picture that a file name asks for by its suffix.

    Raises:
        ValueError: if the suffix is none of those in `FORMATS`.

    """
    suffix = PurePath(path).suffix
    if suffix.lower().removeprefix(".") in FORMATS:
        return suffix.lower().removeprefix(".")
    said = f"the suffix {suffix!r}" if suffix else "no suffix"
    raise ValueError(
        f"cannot save the chart as {os.fspath(path)!r}, which has {said}: "
        "end the name in .png, .svg or .pdf"
    )
