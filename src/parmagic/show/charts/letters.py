"""Find a font for every character, so that no label is drawn as a warning and empty boxes."""

from __future__ import annotations

from functools import lru_cache

import matplotlib as mpl
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.ft2font import FT2Font

_WIDER = (  # families that hold what Latin fonts do not, as the common systems name them
    *("DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans JP", "Noto Sans SC"),
    *("Source Han Sans", "Yu Gothic", "Hiragino Sans", "PingFang SC", "Microsoft YaHei"),
    *("Malgun Gothic", "Apple SD Gothic Neo", "Arial Unicode MS", "WenQuanYi Zen Hei"),
    *("IPAexGothic", "Noto Sans Arabic", "Noto Sans Devanagari", "Nirmala UI", "Segoe UI Symbol"),
)
_UNKNOWN = "?"  # stands for a character that no font here can draw


def lettering(text: str, family: str | None = None) -> tuple[str, list[str]]:
    """Return the text in one line, as it can be drawn, and the font families that draw it.

    `family` is a family to prefer; without it, the user's own.
    """
    families = [family] if family else list(mpl.rcParams["font.family"])
    fonts = [_font(name) for name in families]
    drawn = []
    for character in " ".join(text.split()):
        if any(_has(font, character) for font in fonts):
            drawn.append(character)
            continue
        wider = next(
            (name for name in _WIDER if name in _names() and _has(_font(name), character)), None
        )
        if wider is not None:
            families.append(wider)
            fonts.append(_font(wider))
        drawn.append(_UNKNOWN if wider is None else character)
    return "".join(drawn), families


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(fontManager.get_font_names())


def _font(family: str) -> FT2Font:
    """Return the font that a family stands for at this moment."""
    return get_font(findfont(FontProperties(family=[family])))


def _has(font: FT2Font, character: str) -> bool:
    """Tell whether a font can draw a character."""
    return bool(font.get_char_index(ord(character)))
