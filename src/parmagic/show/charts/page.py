"""A figure laid out in inches from its top left corner, with text that is measured first."""

from __future__ import annotations

import io
import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from parmagic.show.charts.ink import ink
from parmagic.show.charts.letters import lettering

DPI = 100  # dots per inch at which it is laid out and shown
SHARPNESS = 2  # pixels drawn for each that is shown, for screens of high resolution
COMPRESSION = 3  # zlib's level for a png: the default takes twice the time for a tenth less
_MOST_CHARACTERS = 400  # of a line that are looked at: more than the width of any page
_BREAK = re.compile(r"(?<!×)\s+(?!(?:µs|ms|s|min|%|×|[kMGT]?B)(?!\w))")  # not within `2 s`, `× 2`
_USUAL_SIZE = 10.0  # points: the font size for which the layout is given


class Picture(Figure):
    """A Figure that shows itself in a notebook as one image, whether or not pyplot is imported."""

    alt = ""  # what it says, in words
    title = ""

    def rendered(self, format: str = "png") -> bytes:  # noqa: A002 - as matplotlib names it
        """Return the file that shows it: png, svg or pdf."""
        file = io.BytesIO()
        description = {"png": "Description", "svg": "Description", "pdf": "Subject"}[format]
        more: Any = {"pil_kwargs": {"compress_level": COMPRESSION}} if format == "png" else {}
        # Not by `savefig`, which would follow what the user's style says about saving.
        self.canvas.print_figure(
            file,
            dpi=DPI * SHARPNESS,
            format=format,
            facecolor=self.get_facecolor(),
            bbox_inches=self.bbox_inches,
            metadata={"Title": self.title, description: self.alt},
            **more,
        )
        return file.getvalue()

    def pixels(self) -> tuple[int, int]:
        """Return the width and height at which it is to be shown."""
        width, height = self.get_size_inches()
        return round(width * DPI), round(height * DPI)

    def bundle(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what IPython shows: the image, its size and its alternative text."""
        width, height = self.pixels()
        data = {"text/plain": self.alt, "image/png": self.rendered()}
        return data, {"image/png": {"width": width, "height": height, "alt": self.alt}}

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        del include, exclude  # IPython drops what it does not want
        return self.bundle()


class Page:
    """A picture in the making. Lengths are in inches at a font size of 10 points."""

    def __init__(self, width: float) -> None:
        self.ink = ink()
        self.points = float(mpl.rcParams["font.size"])
        self._scale = self.points / _USUAL_SIZE
        self.width = width
        self.height = 1.0
        self.picture = Picture(
            figsize=(width * self._scale, self._scale),
            dpi=DPI,
            facecolor=self.ink.background,
            edgecolor="none",
        )
        self.picture.set_layout_engine("none")  # the user's style may have chosen one
        canvas: Any = FigureCanvasAgg(self.picture)
        self._renderer = canvas.get_renderer()
        self._lengths: dict[tuple[str, int], float] = {}  # inches

    def set_height(self, height: float) -> None:
        """Give the page its height, before anything is put on it."""
        self.height = height
        # Whole pixels, so that the image has exactly the size that is announced.
        wide, high = (round(x * self._scale * DPI) + 0.01 for x in (self.width, height))
        self.picture.set_size_inches(wide / DPI, high / DPI)

    def style(self, text: str, size: float = 1.0, **more: Any) -> tuple[str, dict[str, Any]]:
        """Return a text as it can be drawn, and the properties that draw it as it is written."""
        drawn, families = lettering(text, more.pop("family", None))
        properties = {
            "family": families,
            "fontsize": self.points * size,
            "color": self.ink.text,
            "parse_math": False,
            "usetex": False,
        }
        return drawn, properties | more

    def length(self, text: str, size: float = 1.0, **more: Any) -> float:
        """Measure a text."""
        drawn, properties = self.style(text, size, **more)
        font = FontProperties(
            family=properties["family"],
            size=properties["fontsize"],
            weight=properties.get("weight"),
        )
        key = drawn, hash(font)
        if key not in self._lengths:  # measuring takes as long as drawing
            width, _, _ = self._renderer.get_text_width_height_descent(drawn, font, ismath=False)
            self._lengths[key] = float(width) / DPI / self._scale
        return self._lengths[key]

    def wrap(self, text: str, room: float, most: int, size: float = 1.0, **more: Any) -> list[str]:
        """Break a text into at most `most` lines that fit; the last is cut if it must be."""
        lines: list[str] = []
        rest = [words for words in _BREAK.split(text) if words]
        while rest and len(lines) < most - 1:
            count = self._fitting(rest, room, size, **more)
            lines.append(self.cut(" ".join(rest[:count]), room, size, **more))
            rest = rest[count:]
        return [*lines, self.cut(" ".join(rest), room, size, **more)] if rest else lines

    def _fitting(self, words: list[str], room: float, size: float, **more: Any) -> int:
        """Return how many of the words fit into a line, at least one."""

        def too_long(count: int) -> bool:
            return self.length(" ".join(words[:count]), size, **more) > room

        return 1 + bisect_left(range(2, len(words) + 1), True, key=too_long)

    def cut(self, text: str, room: float, size: float = 1.0, **more: Any) -> str:
        """Cut a line so that it fits, and mark where."""
        longest = min(len(text), _MOST_CHARACTERS)
        if longest == len(text) and self.length(text, size, **more) <= room:
            return text

        def too_long(count: int) -> bool:
            return self.length(f"{text[:count]}…", size, **more) > room

        kept = bisect_left(range(1, longest), True, key=too_long)
        return f"{text[:kept].rstrip()}…"

    def write(self, left: float, top: float, text: str, size: float = 1.0, **more: Any) -> None:
        """Write one line; `top` is the top of its letters' line."""
        drawn, properties = self.style(text, size, va="top", **more)
        self.picture.text(left / self.width, 1 - top / self.height, drawn, **properties)

    def line(self, xs: Sequence[float], ys: Sequence[float], **style: Any) -> None:
        """Put a line through some points on the page, or matplotlib's markers at them."""
        places = [x / self.width for x in xs], [1 - y / self.height for y in ys]
        self.picture.add_artist(Line2D(*places, transform=self.picture.transFigure, **style))

    def swatch(self, left: float, top: float, width: float, height: float, **style: Any) -> None:
        """Put a small rectangle on the page."""
        corner = left / self.width, 1 - (top + height) / self.height
        size = width / self.width, height / self.height
        transform = self.picture.transFigure
        self.picture.add_artist(Rectangle(corner, *size, transform=transform, **style))

    def axes(
        self, left: float, top: float, width: float, height: float, *, scaled: bool = False
    ) -> Axes:
        """Add axes with nothing on them; only if `scaled`, they can have ticks."""
        place = (
            left / self.width,
            1 - (top + height) / self.height,
            width / self.width,
            height / self.height,
        )
        axes = self.picture.add_axes(place, facecolor="none")
        if not scaled:  # ticks take longer than all else of small axes
            axes.set_axis_off()
            return axes
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        axes.tick_params(which="both", length=0, bottom=False, left=False, top=False, right=False)
        axes.set(xticks=[], yticks=[])
        return axes
