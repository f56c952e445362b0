"""The colours of the chart: the user's own text and background, and three that all can tell apart.

The three are of the palette of Okabe and Ito, "Color Universal Design" (2008); blue and vermilion
have a contrast of at least 3 on white and on black.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import matplotlib as mpl
from matplotlib.colors import to_hex, to_rgba

SERIAL = "#D55E00"  # vermilion
PARALLEL = "#0072B2"  # blue
FAILED = "#CC79A7"  # reddish purple
NEAR_BLACK = "#111111"

_DARK = 0.5  # luminance below which a colour is dark


class Ink(NamedTuple):
    """The user's colours of the moment, and two shades between text and background."""

    text: str
    muted: str
    faint: str
    background: str


def ink() -> Ink:
    """Read the user's colours; a transparent background becomes one on which the text is read."""
    text = to_hex(mpl.rcParams["text.color"])
    background = to_rgba(mpl.rcParams["figure.facecolor"])
    under = "white" if is_dark(text) else NEAR_BLACK
    opaque = to_hex(background) if background[3] == 1 else under
    # The eye tells shades of black less well than shades of white.
    faint = 0.15 if is_dark(opaque) else 0.07
    return Ink(text, blend(text, opaque, 0.65), blend(text, opaque, faint), opaque)


@lru_cache(maxsize=1024)
def blend(front: str, back: str, share: float) -> str:
    """Mix two colours; `share` is that of the first, from 0 to 1."""
    pairs = zip(to_rgba(front)[:3], to_rgba(back)[:3], strict=True)
    red, green, blue = (share * f + (1 - share) * b for f, b in pairs)
    return to_hex((red, green, blue))


def is_dark(colour: str) -> bool:
    """Tell whether white is read better on a colour than black."""
    red, green, blue = to_rgba(colour)[:3]
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue  # weights of ITU-R BT.709
    return luminance < _DARK
