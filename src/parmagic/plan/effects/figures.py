"""Whether a function draws in the notebook's current figure, which a worker process has not."""

from __future__ import annotations

from collections.abc import Iterator

from parmagic.plan.effects.effects import Effects
from parmagic.plan.effects.pure import Meaning

# What makes a figure of its own, or puts one away; what only looks something up.
_OWN = frozenset(("figure", "subplots", "subplot_mosaic", "close"))
_LOOKS = frozenset(("cm", "colormaps", "get_cmap", "rcParams", "show", "style", "Figure", "Axes"))


def drawing(known: Effects, meaning: Meaning) -> Iterator[str]:
    """Say that a function draws by `matplotlib.pyplot` in a figure that it has not made."""
    asked = {name for owner, name in known.asked if _is_pyplot(owner, meaning)}
    if asked - _LOOKS and not asked & _OWN:
        yield "draws in the current figure"


def _is_pyplot(owner: str, meaning: Meaning) -> bool:
    return bool(owner) and meaning.path(owner) == "matplotlib.pyplot"
