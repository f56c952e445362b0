"""The classes that were registered with an abstract base, which does not show them."""

from __future__ import annotations

import abc

from parmagic.main import MAINS


def registered(value: object) -> list[type]:
    """List the classes that were registered with an abstract base, in the order of their names."""
    if not isinstance(value, abc.ABCMeta) or value.__module__ not in MAINS:
        return []
    # Nothing public tells them but a print.
    dump = getattr(abc, "_get_dump", lambda _value: ((),))
    found = [one for reference in dump(value)[0] if (one := reference()) is not None]
    return sorted(found, key=lambda kind: (kind.__module__, kind.__qualname__))
