"""Private names of classes, as Python keeps them."""

from __future__ import annotations


def mangled(name: str, owner: str) -> str:
    """Return what an attribute is called that the body of a class calls `name`."""
    private = name.startswith("__") and not name.endswith("__")
    return f"_{owner.lstrip('_')}{name}" if private else name
